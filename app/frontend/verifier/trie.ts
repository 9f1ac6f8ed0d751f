// Walks a Merkle-Patricia proof from a root to the value of a key; every listed node has to be used, in its order.
import { equal } from './bytes';
import { MalformedInput, Tampered } from './errors';
import { keccak } from './hashes';
import { readRlp, type Item } from './rlp';

function nibblesOf(bytes: Uint8Array): number[] {
  return [...bytes].flatMap((byte) => [byte >> 4, byte & 15]);
}

/** The nibbles of a hex-prefix path (yellow paper, appendix C), and whether it ends in a leaf. */
function hexPrefix(path: Uint8Array): { nibbles: number[]; leaf: boolean } {
  const [flag, second, ...rest] = nibblesOf(path);
  if (flag === undefined || second === undefined || flag > 3) throw new MalformedInput('not a hex-prefix path');
  const odd = flag & 1;
  if (!odd && second !== 0) throw new MalformedInput('a hex-prefix path is not canonical');
  return { nibbles: odd ? [second, ...rest] : rest, leaf: flag >= 2 };
}

/** The RLP value at keccak-256 of `key` below `root`. Tampered or MalformedInput when the nodes do not lead there. */
export function valueAt(root: Uint8Array, key: Uint8Array, nodes: readonly Uint8Array[]): Uint8Array {
  const way = nibblesOf(keccak(key));
  let used = 0;
  const listed = (hash: Uint8Array): Item => {
    const node = nodes[used];
    used += 1;
    if (!node || !equal(keccak(node), hash)) throw new Tampered('a node is missing or is not the one referred to');
    if (used > 1 && node.length < 32) throw new Tampered('a short node stands inside its parent');
    return readRlp(node);
  };
  let node = listed(root);
  for (;;) {
    const items = node.list;
    if (items?.length === 17) {
      const turn = way.shift();
      if (turn === undefined) throw new Tampered('the key ends in a branch');
      node = follow(items[turn], listed);
      continue;
    }
    const [path, next] = items?.length === 2 ? items : [];
    if (!path?.text || !next) throw new MalformedInput('not a node of a Merkle-Patricia trie');
    const { nibbles, leaf } = hexPrefix(path.text);
    if (!leaf && nibbles.length === 0) throw new MalformedInput('an extension without a path');
    if (nibbles.some((nibble, at) => way[at] !== nibble)) throw new Tampered('the path leads to another key');
    way.splice(0, nibbles.length);
    if (leaf) {
      if (way.length || !next.text) throw new Tampered('the path leads to another key');
      if (used !== nodes.length) throw new Tampered('a node is not used');
      return next.text;
    }
    node = follow(next, listed);
  }
}

/** The node that a reference leads to: by its hash, or inside its parent where it is shorter than 32 bytes. */
function follow(reference: Item | undefined, listed: (hash: Uint8Array) => Item): Item {
  if (reference?.list) {
    if (reference.whole.length >= 32) throw new MalformedInput('a node of 32 bytes or more inside its parent');
    return reference;
  }
  if (reference?.text?.length === 32) return listed(reference.text);
  throw new Tampered('nothing is stored under this key');
}
