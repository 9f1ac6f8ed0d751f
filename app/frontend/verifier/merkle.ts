// RFC 9162 §2.1 trees over the commitments of a batch, and the chain of heads.
import { concat, integerBytes } from './bytes';
import { MalformedInput } from './errors';
import { sha256 } from './hashes';

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
const HEAD = Uint8Array.of(2);

/** The root that a path leads to (§2.1.3.2); MalformedInput when the path cannot belong to index and size. */
export function rootFromPath(commitment: Uint8Array, index: number, size: number, path: readonly Uint8Array[]): Uint8Array {
  let node = BigInt(index);
  let last = BigInt(size) - 1n;
  let value = sha256(concat(LEAF, commitment));
  for (const step of path) {
    if (last === 0n) throw new MalformedInput('path too long for the tree');
    if (node & 1n || node === last) {
      value = sha256(concat(NODE, step, value));
      while (!(node & 1n) && node) [node, last] = [node >> 1n, last >> 1n];
    } else {
      value = sha256(concat(NODE, value, step));
    }
    [node, last] = [node >> 1n, last >> 1n];
  }
  if (last) throw new MalformedInput('path too short for the tree');
  return value;
}

/** SHA-256(0x02 ‖ previous head ‖ root ‖ size as 8 bytes): one head stands for all before. */
export function nextHead(previous: Uint8Array, root: Uint8Array, size: number): Uint8Array {
  return sha256(concat(HEAD, previous, root, integerBytes(size, 8)));
}
