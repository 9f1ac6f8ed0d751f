// Recursive Length Prefix (yellow paper, appendix B), canonical forms only.
import { MalformedInput } from './errors';
import { toBigInt } from './bytes';

/** A string or a list, with the bytes that encode it. */
export interface Item {
  whole: Uint8Array;
  text: Uint8Array | null;
  list: Item[] | null;
}

/** Lists inside lists that are read. */
const MAX_DEPTH = 16;

/** Reads exactly one item; MalformedInput for any other encoding than the shortest. */
export function readRlp(data: Uint8Array): Item {
  const item = itemAt(data, 0, MAX_DEPTH);
  if (item.whole.length !== data.length) throw new MalformedInput('something follows the RLP item');
  return item;
}

function itemAt(data: Uint8Array, at: number, lists: number): Item {
  const first = data[at];
  if (first === undefined) throw new MalformedInput('RLP ends early');
  if (first < 0x80) return { whole: data.subarray(at, at + 1), text: data.subarray(at, at + 1), list: null };
  const isList = first >= 0xc0;
  const [start, end] = extent(data, at, first - (isList ? 0xc0 : 0x80));
  const whole = data.subarray(at, end);
  const body = data.subarray(start, end);
  if (!isList) {
    if (body.length === 1 && (body[0] ?? 0) < 0x80) throw new MalformedInput('RLP is not canonical');
    return { whole, text: body, list: null };
  }
  if (lists === 0) throw new MalformedInput('RLP nested too deep');
  const list: Item[] = [];
  for (let next = 0; next < body.length; next += list[list.length - 1]?.whole.length ?? 1) {
    list.push(itemAt(body, next, lists - 1));
  }
  return { whole, text: null, list };
}

/** Where the body of an item starts and ends; `kind` is its first byte without the part that tells lists from strings. */
function extent(data: Uint8Array, at: number, kind: number): [number, number] {
  let [start, length] = [at + 1, kind];
  if (kind > 55) {
    const size = kind - 55;
    const stated = data.subarray(at + 1, at + 1 + size);
    if (stated.length < size || stated[0] === 0 || size > 4) throw new MalformedInput('RLP is not canonical');
    [start, length] = [at + 1 + size, Number(toBigInt(stated))];
    if (length < 56) throw new MalformedInput('RLP is not canonical');
  }
  if (start + length > data.length) throw new MalformedInput('RLP ends early');
  return [start, start + length];
}

/** An integer without leading zeros, of at most `size` bytes. */
export function integerOf(item: Item | undefined, size: number): bigint {
  const text = item?.text;
  if (!text || text[0] === 0 || text.length > size) throw new MalformedInput('not an RLP integer');
  return toBigInt(text);
}

/** A string of exactly `size` bytes. */
export function wordOf(item: Item | undefined, size = 32): Uint8Array {
  if (item?.text?.length !== size) throw new MalformedInput(`not ${size} bytes in RLP`);
  return item.text;
}
