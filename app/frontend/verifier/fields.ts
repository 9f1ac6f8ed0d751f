// One JSON object being read strictly: take every key by name and kind, then call done().
// A key that is missing, of another kind, out of bounds or left over raises MalformedInput with its path.
import { fromBase64, fromHex } from './bytes';
import { MalformedInput, UnknownVersion } from './errors';
import { characters, quoted, type Json, type JsonObject } from './json';
import { checksumAddress } from './address';
import { parseInstant } from './instant';

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

export class Fields {
  private readonly left: JsonObject;

  constructor(
    value: Json,
    readonly where: string,
  ) {
    if (!(value instanceof Map)) throw new MalformedInput('not an object', where);
    this.left = new Map(value);
  }

  /** Where a key stands, for messages. */
  path(key: string): string {
    return `${this.where}.${key}`;
  }

  /** The keys that are still there. */
  keys(): string[] {
    return [...this.left.keys()];
  }

  /** The raw value of a key that must be present. */
  take(key: string): Json {
    const value = this.left.get(key);
    if (value === undefined) throw new MalformedInput('missing', this.path(key));
    this.left.delete(key);
    return value;
  }

  /** An object of some of the members as they stand, without taking them. */
  copy(...keys: string[]): JsonObject {
    return new Map(keys.map((key) => [key, this.left.get(key) ?? null]));
  }

  /** Reads `format`, which has to be the name given. */
  format(name: string): void {
    const found = this.text('format', { max: 1_000 });
    if (found !== name) throw new UnknownVersion(`format ${quoted(found)} is not ${name}`, this.path('format'));
  }

  /** A string of min to max characters. */
  text(key: string, { max = 1_000, min = 0 } = {}): string {
    return textOf(this.take(key), this.path(key), min, max);
  }

  /** A string, or null. */
  optionalText(key: string, max: number): string | null {
    const value = this.take(key);
    return value === null ? null : textOf(value, this.path(key), 0, max);
  }

  /** One of the words given. */
  word<T extends string>(key: string, words: readonly T[]): T {
    const text = this.text(key);
    const found = words.find((word) => word === text);
    if (found === undefined) throw new MalformedInput(`unknown ${key} ${quoted(text)}`, this.path(key));
    return found;
  }

  /** An integer from low to high. */
  integer(key: string, { low = 0, high = Number.MAX_SAFE_INTEGER } = {}): number {
    const value = this.take(key);
    if (typeof value !== 'number' && typeof value !== 'bigint') throw new MalformedInput('not an integer', this.path(key));
    if (typeof value === 'bigint' || value < low || value > high) {
      throw new MalformedInput(`not between ${low} and ${high}`, this.path(key));
    }
    return value;
  }

  /** True or false. */
  boolean(key: string): boolean {
    const value = this.take(key);
    if (typeof value !== 'boolean') throw new MalformedInput('not true or false', this.path(key));
    return value;
  }

  /** Bytes written as `0x` and lower-case hexadecimal: `size` exactly, or up to `max`. */
  hex(key: string, bounds: { size: number } | { max: number }): Uint8Array {
    return hexOf(this.take(key), this.path(key), bounds);
  }

  /** Bytes written in standard, padded, canonical base64. */
  base64(key: string, max: number): Uint8Array {
    return base64Of(this.take(key), this.path(key), max);
  }

  /** A UTC time in RFC 3339 form ending in Z, kept as text. */
  instant(key: string): string {
    const value = this.text(key, { max: 32 });
    parseInstant(value, this.path(key));
    return value;
  }

  /** An address in the mixed-case form of EIP-55, from any case. */
  address(key: string): string {
    const text = this.text(key, { max: 42 });
    if (!ADDRESS.test(text)) throw new MalformedInput('not an address', this.path(key));
    return checksumAddress(text);
  }

  /** A list of at most `max`, each entry read with its path. */
  list<T>(key: string, max: number, read: (value: Json, where: string) => T): T[] {
    const value = this.take(key);
    if (!Array.isArray(value)) throw new MalformedInput('not a list', this.path(key));
    if (value.length > max) throw new MalformedInput(`more than ${max} entries`, this.path(key));
    return value.map((entry, number) => read(entry, `${this.path(key)}[${number}]`));
  }

  /** A nested object, to be read in the same way. */
  object(key: string): Fields {
    return new Fields(this.take(key), this.path(key));
  }

  /** Refuse whatever was not taken. */
  done(): void {
    const [first] = this.keys().sort();
    if (first !== undefined) throw new MalformedInput(`unknown key ${quoted(first)}`, this.where);
  }
}

function textOf(value: Json, where: string, min: number, max: number): string {
  if (typeof value !== 'string') throw new MalformedInput('not a string', where);
  const length = value.length <= max ? value.length : characters(value);
  if (length > max || (min > 0 && length < min)) throw new MalformedInput(`not ${min} to ${max} characters`, where);
  return value;
}

/** Bytes of `0x` and lower-case hexadecimal: `size` exactly, or up to `max`. */
export function hexOf(value: Json, where: string, bounds: { size: number } | { max: number }): Uint8Array {
  const most = 'size' in bounds ? bounds.size : bounds.max;
  const text = textOf(value, where, 0, Math.max(1_000, 2 + 2 * most));
  const bytes = text.startsWith('0x') ? fromHex(text.slice(2)) : null;
  if (!bytes) throw new MalformedInput('not 0x and lower-case hexadecimal', where);
  if ('size' in bounds && bytes.length !== bounds.size) throw new MalformedInput(`not ${bounds.size} bytes of hexadecimal`, where);
  if (bytes.length > most) throw new MalformedInput(`longer than ${most} bytes`, where);
  return bytes;
}

/** Bytes of standard, padded, canonical base64, up to `max`. */
export function base64Of(value: Json, where: string, max: number): Uint8Array {
  const text = textOf(value, where, 0, Math.ceil(max / 3) * 4);
  const bytes = fromBase64(text);
  if (!bytes) throw new MalformedInput('not base64', where);
  if (bytes.length > max) throw new MalformedInput(`longer than ${max} bytes`, where);
  return bytes;
}

const FREE_DEPTH = 8;

/** Refuse unsafe integers and deep nesting in free JSON; the value itself is the first of eight levels. */
export function checkFree(value: Json, where: string, depth: number = FREE_DEPTH): void {
  if (depth === 0) throw new MalformedInput('nested too deep', where);
  if (value instanceof Map) {
    for (const [key, item] of value) checkFree(item, `${where}.${[...key].slice(0, 64).join('')}`, depth - 1);
  } else if (Array.isArray(value)) {
    value.forEach((item, number) => checkFree(item, `${where}[${number}]`, depth - 1));
  } else if (typeof value === 'bigint') {
    throw new MalformedInput('an integer beyond 2^53 - 1', where);
  }
}
