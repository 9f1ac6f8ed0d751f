// What a verifier asks of a ledger, and a reader that answers from a record (test vectors).
// Not here: how a node is really asked (see the pages that bring a reader).
import { equal, fromHex } from './bytes';
import { Unavailable } from './errors';

/** Numbers of the offices that may co-sign a head: court's witness, notary, association. */
export const WITNESS_OFFICES = [5, 3, 4] as const;

/** What a node claims to be. code_hashes: EIP-55 address → 0x keccak-256 of the code found there now. */
export interface LedgerIdentity {
  chain_id: number;
  code_hashes: Map<string, string>;
}

/** A batch as recorded on the chain; block_time: unix seconds. */
export interface AnchoredBatch {
  number: number;
  root: Uint8Array;
  size: number;
  previous_head: Uint8Array;
  head: Uint8Array;
  block_number: number;
  block_hash: Uint8Array;
  block_time: number;
  transaction: Uint8Array;
}

/** Questions to the chain. Every method rejects with Unavailable when no sane answer can be had. */
export interface LedgerReader {
  /** Chain id and code hashes, as the node reports them now. */
  identity(): Promise<LedgerIdentity>;
  /** Number of the last batch; 0 before the first. */
  head(): Promise<number>;
  /** One batch by its number (from 1); null when there is no such batch. */
  batch(number: number): Promise<AnchoredBatch | null>;
  /** Did the signer hold this office at a time in unix seconds? */
  holdsOffice(signer: Uint8Array, office: number, at: number): Promise<boolean>;
  /** Is that block final by the ledger's rule? */
  isFinal(blockNumber: number): Promise<boolean>;
  /** Hash of a block by its number; null when the node does not have it. */
  blockHash(number: number): Promise<Uint8Array | null>;
}

/** A batch in JSON: bytes as 0x text. */
export type BatchJson = { [K in keyof AnchoredBatch]: AnchoredBatch[K] extends Uint8Array ? string : AnchoredBatch[K] };

/** A ledger's answers as a test vector records them (docs/proof-format.md, section 14). */
export interface LedgerJson {
  away: boolean;
  chain_id: number;
  code_hashes: Record<string, string>;
  batches: BatchJson[];
  offices: { signer: string; office: number; from: number; until: number }[];
  final_to: number;
}

/** Bytes of 0x text; Unavailable when it is none. */
export function bytesOf(text: string): Uint8Array {
  const bytes = typeof text === 'string' && text.startsWith('0x') ? fromHex(text.slice(2)) : null;
  if (!bytes) throw new Unavailable('the node answered something else');
  return bytes;
}

/** A batch from its JSON; Unavailable when that is none. */
export function batchOf(one: BatchJson): AnchoredBatch {
  const numbers = [one.number, one.size, one.block_number, one.block_time];
  if (!numbers.every(Number.isSafeInteger)) throw new Unavailable('the node answered something else');
  const { root, previous_head, head, block_hash, transaction } = one;
  return {
    ...one, root: bytesOf(root), previous_head: bytesOf(previous_head), head: bytesOf(head),
    block_hash: bytesOf(block_hash), transaction: bytesOf(transaction.toLowerCase()),
  };
}

export class RecordedLedger implements LedgerReader {
  private readonly batches: AnchoredBatch[];

  constructor(private readonly record: LedgerJson) {
    this.batches = record.batches.map(batchOf);
  }

  async identity(): Promise<LedgerIdentity> {
    if (this.record.away) throw new Unavailable('no answer');
    return { chain_id: this.record.chain_id, code_hashes: new Map(Object.entries(this.record.code_hashes)) };
  }

  async head(): Promise<number> {
    return this.batches[this.batches.length - 1]?.number ?? 0;
  }

  async batch(number: number): Promise<AnchoredBatch | null> {
    return this.batches.find((one) => one.number === number) ?? null;
  }

  async holdsOffice(signer: Uint8Array, office: number, at: number): Promise<boolean> {
    return this.record.offices.some(
      (one) => one.office === office && one.from <= at && at < one.until && equal(bytesOf(one.signer), signer),
    );
  }

  async isFinal(blockNumber: number): Promise<boolean> {
    return blockNumber <= this.record.final_to;
  }

  async blockHash(number: number): Promise<Uint8Array | null> {
    return this.batches.find((one) => one.block_number === number)?.block_hash ?? null;
  }
}
