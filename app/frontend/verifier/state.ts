// What a block's own header proves about the ledger: header, account and the record of one head (section 6.1).
import { addressBytes } from './address';
import { concat, integerBytes, toBigInt } from './bytes';
import { MalformedInput } from './errors';
import { keccak } from './hashes';
import { integerOf, readRlp, wordOf } from './rlp';
import { valueAt } from './trie';

/** Storage slot of the contract's mapping from head to record. */
const RECORDS_SLOT = 4;
const MAX_RECORD = 32;

/** number and time (unix seconds) of a block, its hash and its state root. */
export interface Header {
  hash: Uint8Array;
  number: bigint;
  time: bigint;
  stateRoot: Uint8Array;
}

/** Reads the RLP of a header. */
export function readHeader(data: Uint8Array): Header {
  const items = readRlp(data).list;
  if (!items || items.length < 15 || items.some((item) => !item.text)) throw new MalformedInput('not a block header');
  return { hash: keccak(data), number: integerOf(items[8], 8), time: integerOf(items[11], 8), stateRoot: wordOf(items[3]) };
}

/** Storage root and code hash of the account at `address`. */
export function readAccount(stateRoot: Uint8Array, address: string, nodes: readonly Uint8Array[]): { storageRoot: Uint8Array; codeHash: Uint8Array } {
  const items = readRlp(valueAt(stateRoot, addressBytes(address), nodes)).list;
  if (items?.length !== 4) throw new MalformedInput('not an account');
  integerOf(items[0], 8);
  integerOf(items[1], 32);
  return { storageRoot: wordOf(items[2]), codeHash: wordOf(items[3]) };
}

/** The ledger's record of a head. */
export interface Entry {
  blockTime: bigint;
  blockNumber: bigint;
  size: bigint;
  number: bigint;
}

/** Reads the record of `head` from the contract's storage. */
export function readEntry(storageRoot: Uint8Array, head: Uint8Array, nodes: readonly Uint8Array[]): Entry {
  const slot = keccak(concat(head, integerBytes(RECORDS_SLOT, 32)));
  const value = integerOf(readRlp(valueAt(storageRoot, slot, nodes)), MAX_RECORD);
  if (!value) throw new MalformedInput('an empty record');
  const packed = integerBytes(value, MAX_RECORD);
  const part = (number: number): bigint => toBigInt(packed.subarray(8 * number, 8 * number + 8));
  return { blockTime: part(0), blockNumber: part(1), size: part(2), number: part(3) };
}
