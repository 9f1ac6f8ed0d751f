// Distinguished Encoding Rules (X.690): reading only, and only what is encoded in the one right way.
// Not here: what the structures mean (see x509.ts, token.ts, revocation.ts).
import { latin1, toBigInt } from './bytes';
import { MalformedInput } from './errors';
import { instantOf, type Instant } from './instant';

/** One value: its identifier byte, its content, and the whole encoding. */
export interface Der {
  tag: number;
  body: Uint8Array;
  whole: Uint8Array;
}

export const TAG = {
  BOOLEAN: 0x01, INTEGER: 0x02, BITS: 0x03, OCTETS: 0x04, NULL: 0x05, OID: 0x06, ENUM: 0x0a, UTF8: 0x0c,
  PRINTABLE: 0x13, T61: 0x14, IA5: 0x16, UTC_TIME: 0x17, TIME: 0x18, VISIBLE: 0x1a, UNIVERSAL: 0x1c, BMP: 0x1e,
  SEQUENCE: 0x30, SET: 0x31,
} as const;
/** The identifier byte of a context-specific value. */
export const context = (number: number, constructed = true): number => (constructed ? 0xa0 : 0x80) | number;

function refuse(problem: string): never {
  throw new MalformedInput(`not DER: ${problem}`);
}

function valueAt(data: Uint8Array, at: number): Der {
  const [tag, first] = [data[at], data[at + 1]];
  if (tag === undefined || first === undefined) refuse('it ends early');
  if ((tag & 0x1f) === 0x1f) refuse('a tag beyond 30');
  let [start, length] = [at + 2, first];
  if (first >= 0x80) {
    const stated = data.subarray(start, start + first - 0x80);
    if (first === 0x80 || first > 0x84 || stated.length !== first - 0x80) refuse('a length without bounds');
    [start, length] = [start + stated.length, Number(toBigInt(stated))];
    if (stated[0] === 0 || length < 0x80) refuse('a length that is not the shortest');
  }
  if (start + length > data.length) refuse('it ends early');
  return { tag, body: data.subarray(start, start + length), whole: data.subarray(at, start + length) };
}

/** Reads exactly one value. */
export function readDer(data: Uint8Array): Der {
  const value = valueAt(data, 0);
  if (value.whole.length !== data.length) refuse('something follows the value');
  return value;
}

/** The values inside a constructed one. */
export function children(value: Der): Der[] {
  const found: Der[] = [];
  for (let at = 0; at < value.body.length; at += found[found.length - 1]?.whole.length ?? 1) found.push(valueAt(value.body, at));
  return found;
}

const PARTS = 0x20;
const MAX_NESTING = 64;

/** Is it one DER value all the way down? Lengths, integers, truth values and times; the order of sets is not looked at. */
export function checkDer(data: Uint8Array): void {
  checkValue(readDer(data), 0);
}

function checkValue(value: Der, depth: number): void {
  if (depth > MAX_NESTING) refuse('values too deep inside each other');
  if (value.tag & PARTS) children(value).forEach((one) => checkValue(one, depth + 1));
  else if (value.tag === TAG.BOOLEAN) boolean(value);
  else if (value.tag === TAG.INTEGER || value.tag === TAG.ENUM) integer(value, value.tag);
  else if (value.tag === TAG.TIME && !TIME.test(latin1(value.body))) refuse('not a time');
}

/** The members of one SEQUENCE, to be taken in their order. */
export class Members {
  private readonly left: Der[];

  constructor(value: Der | undefined, tag: number = TAG.SEQUENCE) {
    if (value?.tag !== tag) refuse('a value of another kind');
    this.left = children(value);
  }

  /** The next member, of a given kind when one is given. */
  next(...tags: number[]): Der {
    const value = this.left.shift();
    if (!value || (tags.length && !tags.includes(value.tag))) refuse('a value of another kind');
    return value;
  }

  /** The next member if it is of this kind. */
  optional(...tags: number[]): Der | null {
    const first = this.left[0];
    return first && tags.includes(first.tag) ? (this.left.shift() ?? null) : null;
  }

  /** Nothing may be left. */
  done(): void {
    if (this.left.length) refuse('more values than expected');
  }
}

/** The only value inside an explicit tag. */
export function inner(value: Der): Der {
  return readDer(value.body);
}

/** An integer of any size. */
export function integer(value: Der, tag: number = TAG.INTEGER): bigint {
  const [first, second] = value.body;
  if (value.tag !== tag || first === undefined) refuse('not an integer');
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) refuse('an integer that is not the shortest');
  const plain = toBigInt(value.body);
  return first >= 0x80 ? plain - (1n << BigInt(8 * value.body.length)) : plain;
}

/** An integer from low to high. */
export function smallInteger(value: Der, low: number, high: number, tag: number = TAG.INTEGER): number {
  const found = integer(value, tag);
  if (found < BigInt(low) || found > BigInt(high)) refuse('an integer out of bounds');
  return Number(found);
}

/** True (FF) or false (00). */
export function boolean(value: Der): boolean {
  const [byte] = value.body;
  if (value.tag !== TAG.BOOLEAN || value.body.length !== 1 || (byte !== 0 && byte !== 0xff)) refuse('not true or false');
  return byte === 0xff;
}

/** An object identifier in dotted form. */
export function oid(value: Der): string {
  if (value.tag !== TAG.OID || value.body.length === 0 || value.body.length > 128) refuse('not an object identifier');
  const arcs: bigint[] = [];
  let [arc, open] = [0n, false];
  for (const byte of value.body) {
    if (!open && byte === 0x80) refuse('an object identifier that is not the shortest');
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    open = byte >= 0x80;
    if (!open) {
      arcs.push(arc);
      arc = 0n;
    }
  }
  if (open) refuse('an unfinished object identifier');
  const first = arcs.shift() ?? 0n;
  const top = first < 80n ? first / 40n : 2n;
  return [top, first - 40n * top, ...arcs].join('.');
}

/** The bytes of an octet string. */
export function octets(value: Der): Uint8Array {
  if (value.tag !== TAG.OCTETS) refuse('not an octet string');
  return value.body;
}

/** The bytes of a bit string that fills whole bytes. */
export function bits(value: Der): Uint8Array {
  if (value.tag !== TAG.BITS || value.body[0] !== 0) refuse('not a bit string of whole bytes');
  return value.body.subarray(1);
}

/** Is bit `number` (from the left) of a bit string set? */
export function hasBit(value: Der, number: number): boolean {
  if (value.tag !== TAG.BITS || value.body.length === 0 || (value.body[0] ?? 0) > 7) refuse('not a bit string');
  return Boolean((value.body[1 + (number >> 3)] ?? 0) & (0x80 >> (number & 7)));
}

const DECODERS: Record<number, (body: Uint8Array) => string> = {
  [TAG.UTF8]: (body) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body),
  [TAG.BMP]: (body) => wide(body, 2),
  [TAG.UNIVERSAL]: (body) => wide(body, 4),
  [TAG.PRINTABLE]: latin1,
  [TAG.IA5]: latin1,
  [TAG.VISIBLE]: latin1,
  [TAG.T61]: latin1,
};

function wide(body: Uint8Array, size: number): string {
  if (body.length % size) refuse('half a character');
  let text = '';
  for (let at = 0; at < body.length; at += size) {
    const code = Number(toBigInt(body.subarray(at, at + size)));
    if (code > 0x10ffff) refuse('no such character');
    text += size === 2 ? String.fromCharCode(code) : String.fromCodePoint(code);
  }
  return text;
}

/** The text of a character string of any usual kind. */
export function text(value: Der): string {
  const decode = DECODERS[value.tag];
  if (!decode) refuse('not a text');
  try {
    return decode(value.body);
  } catch (error) {
    if (error instanceof MalformedInput) throw error;
    return refuse('not UTF-8');
  }
}

const UTC_TIME = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
const TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d*[1-9]))?Z$/;

/** A UTCTime (1950 to 2049) or a GeneralizedTime, both in the DER form that ends in Z. */
export function time(value: Der): Instant {
  const short = value.tag === TAG.UTC_TIME;
  if (!short && value.tag !== TAG.TIME) refuse('not a time');
  const found = (short ? UTC_TIME : TIME).exec(latin1(value.body));
  if (!found) refuse('not a time');
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const whole = short ? year + (year < 50 ? 2000 : 1900) : year;
  return instantOf(whole, month, day, hour, minute, second, found[7] ?? '') ?? refuse('no such time');
}
