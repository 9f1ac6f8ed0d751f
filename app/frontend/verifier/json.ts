// Strict reading of one JSON object, and its RFC 8785 bytes. Objects are Maps, so that no key has a meaning of its own.
// Not here: which keys there are (see fields.ts and the formats).
import { MalformedInput } from './errors';
import { utf8 } from './bytes';

/** Integers outside ±(2^53 − 1) are kept as bigint, for the fields' readers to refuse by place. */
export type Json = null | boolean | number | bigint | string | Json[] | JsonObject;
export type JsonObject = Map<string, Json>;

const MAX_DEPTH = 24;
const INTEGER = /-?(?:0|[1-9][0-9]*)/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const SPACE = /[ \t\n\r]*/y;
/** In unicode mode only lone halves match. */
const HALF_CHARACTER = /[\ud800-\udfff]/u;
const ESCAPES: Record<string, string> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
/** Longer numbers cannot be meant; reading them would take time that grows with the square of their length. */
const MAX_DIGITS = 4_300;

/** Parse one JSON object; refuses duplicate keys, fractions, wrong UTF-8, half characters, too deep and too much. */
export function loadJson(data: Uint8Array | string, where: string, maxBytes: number): JsonObject {
  if (typeof data === 'string' && data.length > maxBytes) throw new MalformedInput(`longer than ${maxBytes} bytes`, where);
  if (typeof data === 'string' && HALF_CHARACTER.test(data)) throw new MalformedInput('not UTF-8', where);
  const raw = typeof data === 'string' ? utf8(data) : data;
  if (raw.length > maxBytes) throw new MalformedInput(`longer than ${maxBytes} bytes`, where);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    throw new MalformedInput('not UTF-8', where);
  }
  if (!text.trim()) throw new MalformedInput('empty', where);
  return new Parser(text, where).object();
}

class Parser {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly where: string,
  ) {}

  /** The whole text as one object. */
  object(): JsonObject {
    const value = this.value(1);
    this.space();
    if (this.at < this.text.length) this.refuse('not JSON: something follows the value');
    if (!(value instanceof Map)) throw new MalformedInput('not a JSON object', this.where);
    return value;
  }

  private value(depth: number): Json {
    this.space();
    const next = this.text[this.at];
    if (next === '{' || next === '[') {
      if (depth > MAX_DEPTH) throw new MalformedInput(`nested deeper than ${MAX_DEPTH}`, this.where);
      this.at += 1;
      return next === '{' ? this.members(depth) : this.items(depth);
    }
    if (next === '"') return this.string();
    for (const [word, meaning] of [['null', null], ['true', true], ['false', false]] as const) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return meaning;
      }
    }
    return this.integer();
  }

  private members(depth: number): JsonObject {
    const found: JsonObject = new Map();
    if (this.passes('}')) return found;
    do {
      this.space();
      if (this.text[this.at] !== '"') this.refuse('not JSON: a key is expected');
      const key = this.string();
      if (found.has(key)) throw new MalformedInput(`key ${quoted(key)} appears twice`, this.where);
      if (!this.passes(':')) this.refuse('not JSON: a colon is expected');
      found.set(key, this.value(depth + 1));
    } while (this.passes(','));
    if (!this.passes('}')) this.refuse('not JSON: a comma or a brace is expected');
    return found;
  }

  private items(depth: number): Json[] {
    const found: Json[] = [];
    if (this.passes(']')) return found;
    do found.push(this.value(depth + 1));
    while (this.passes(','));
    if (!this.passes(']')) this.refuse('not JSON: a comma or a bracket is expected');
    return found;
  }

  private string(): string {
    this.at += 1;
    let found = '';
    for (;;) {
      found += this.match(PLAIN);
      const next = this.text[this.at];
      this.at += 1;
      if (next === '"') break;
      if (next !== '\\') this.refuse('not JSON: an unfinished text');
      found += this.escape();
    }
    if (HALF_CHARACTER.test(found)) throw new MalformedInput('half a surrogate pair, which has no UTF-8 form', this.where);
    return found;
  }

  private escape(): string {
    const kind = this.text[this.at] ?? '';
    this.at += 1;
    if (kind === 'u') {
      const digits = this.text.slice(this.at, this.at + 4);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.refuse('not JSON: an unknown escape');
      this.at += 4;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    return ESCAPES[kind] ?? this.refuse('not JSON: an unknown escape');
  }

  private integer(): number | bigint {
    const digits = this.match(INTEGER);
    if (!digits) this.refuse('not JSON: a value is expected');
    if (/[.eE]/.test(this.text[this.at] ?? '')) throw new MalformedInput('a number is not an integer', this.where);
    if (digits.length > MAX_DIGITS) throw new MalformedInput('a number is too long', this.where);
    const value = Number(digits);
    return Number.isSafeInteger(value) ? value + 0 : BigInt(digits);
  }

  private passes(sign: string): boolean {
    this.space();
    if (this.text[this.at] !== sign) return false;
    this.at += 1;
    return true;
  }

  private space(): void {
    this.match(SPACE);
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  private refuse(message: string): never {
    const before = this.text.slice(0, this.at).split('\n');
    const place = `line ${before.length} column ${(before[before.length - 1]?.length ?? 0) + 1}`;
    throw new MalformedInput(`${message} at ${place}`, this.where);
  }
}

/** A key for a message, cut to a length that can be shown. */
export function quoted(key: string): string {
  return `'${[...key].slice(0, 64).join('')}'`;
}

/** How many Unicode characters a text has. */
export function characters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** RFC 8785 text of a value whose numbers are safe integers. */
function canonicalText(value: Json): string {
  if (value instanceof Map) {
    const names = [...value.keys()].sort((one, other) => (one < other ? -1 : one > other ? 1 : 0));
    return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalText(value.get(name) ?? null)}`).join(',')}}`;
  }
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (typeof value === 'bigint') throw new MalformedInput('no canonical form: an integer beyond 2^53 - 1');
  return JSON.stringify(value);
}

/** RFC 8785 (JCS) bytes of a value. */
export function canonicalBytes(value: Json): Uint8Array {
  return utf8(canonicalText(value));
}

/** An object of the given members, for canonical bytes. */
export function objectOf(members: Record<string, Json>): JsonObject {
  return new Map(Object.entries(members));
}
