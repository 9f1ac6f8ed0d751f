// Byte strings: hexadecimal, base64, UTF-8, big-endian integers. Every reader here is strict.
// Not here: hashes (see hashes.ts) and structures.

const HEX_DIGITS = /^(?:[0-9a-f]{2})*$/;
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const ENCODER = new TextEncoder();

/** One byte string from several. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Are both the same bytes? */
export function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** The order of byte strings, as DER sorts the members of a set: negative, zero or positive. */
export function compare(one: Uint8Array, other: Uint8Array): number {
  const shared = Math.min(one.length, other.length);
  for (let at = 0; at < shared; at += 1) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

/** Lower-case hexadecimal without a prefix. */
export function hex(value: Uint8Array): string {
  let text = '';
  for (const byte of value) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** `0x` and lower-case hexadecimal. */
export function toHex(value: Uint8Array): string {
  return `0x${hex(value)}`;
}

/** Bytes of lower-case hexadecimal without a prefix; null when it is something else. */
export function fromHex(text: string): Uint8Array | null {
  if (!HEX_DIGITS.test(text)) return null;
  const value = new Uint8Array(text.length / 2);
  for (let at = 0; at < value.length; at += 1) value[at] = Number.parseInt(text.slice(2 * at, 2 * at + 2), 16);
  return value;
}

/** Standard padded base64 (RFC 4648 §4). */
export function toBase64(value: Uint8Array): string {
  let text = '';
  for (let at = 0; at < value.length; at += 3) {
    const [a, b, c] = [value[at] ?? 0, value[at + 1], value[at + 2]];
    text += BASE64[a >> 2] ?? '';
    text += BASE64[((a & 3) << 4) | ((b ?? 0) >> 4)] ?? '';
    text += b === undefined ? '=' : (BASE64[((b & 15) << 2) | ((c ?? 0) >> 6)] ?? '');
    text += c === undefined ? '=' : (BASE64[c & 63] ?? '');
  }
  return text;
}

/** Bytes of standard, padded, canonical base64; null when it is something else. */
export function fromBase64(text: string): Uint8Array | null {
  if (text.length % 4) return null;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const value = new Uint8Array((text.length / 4) * 3 - padding);
  let [bits, held, at] = [0, 0, 0];
  for (let index = 0; index < text.length - padding; index += 1) {
    const digit = base64Digit(text.charCodeAt(index));
    if (digit < 0) return null;
    bits = ((bits << 6) | digit) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      value[at] = (bits >> held) & 0xff;
      at += 1;
    }
  }
  return bits & ((1 << held) - 1) ? null : value;
}

function base64Digit(code: number): number {
  if (code >= 65 && code <= 90) return code - 65;
  if (code >= 97 && code <= 122) return code - 71;
  if (code >= 48 && code <= 57) return code + 4;
  if (code === 43) return 62;
  return code === 47 ? 63 : -1;
}

/** Unpadded base64url of bytes (RFC 4648 §5). */
export function toBase64Url(value: Uint8Array): string {
  return toBase64(value).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/** UTF-8 bytes of a text that holds no half surrogate pairs. */
export function utf8(text: string): Uint8Array {
  return ENCODER.encode(text);
}

/** The text of ASCII or Latin-1 bytes. */
export function latin1(value: Uint8Array): string {
  let text = '';
  for (const byte of value) text += String.fromCharCode(byte);
  return text;
}

/** A big-endian integer that is not negative. */
export function toBigInt(value: Uint8Array): bigint {
  return value.length === 0 ? 0n : BigInt(toHex(value));
}

/** `value` as exactly `size` bytes, big-endian; it must fit. */
export function integerBytes(value: bigint | number, size: number): Uint8Array {
  const bytes = fromHex(value.toString(16).padStart(2 * size, '0'));
  if (!bytes || bytes.length !== size) throw new RangeError(`not an unsigned integer of ${size} bytes`);
  return bytes;
}
