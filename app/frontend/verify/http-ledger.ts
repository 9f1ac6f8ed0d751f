// Asks the installation's node, by questions that name a batch, a block or a witness's public key and nothing of a statement.
import { request } from '../lib/api';
import { fromHex, toHex } from '../verifier/bytes';
import { Unavailable } from '../verifier/errors';
import { batchOf, type AnchoredBatch, type BatchJson, type LedgerIdentity, type LedgerReader } from '../verifier/ledger';

interface IdentityAnswer {
  chain_id: number;
  code_hashes: Record<string, string>;
  batches: number;
}

interface BatchAnswer {
  batch: BatchJson | null;
  final: boolean;
}

/** The reader of one verification: each question is asked once. */
export class HttpLedger implements LedgerReader {
  private readonly asked = new Map<string, Promise<unknown>>();
  private final = new Map<number, boolean>();

  /** base: the address below which the questions are answered. */
  constructor(private readonly base: string) {}

  async identity(): Promise<LedgerIdentity> {
    const { chain_id, code_hashes } = await this.ask<IdentityAnswer>('/identity');
    return { chain_id, code_hashes: new Map(Object.entries(code_hashes)) };
  }

  async head(): Promise<number> {
    return (await this.ask<IdentityAnswer>('/identity')).batches;
  }

  async batch(number: number): Promise<AnchoredBatch | null> {
    const { batch, final } = await this.ask<BatchAnswer>(`/batches/${number}`);
    if (!batch) return null;
    this.final.set(batch.block_number, final);
    return batchOf(batch);
  }

  async isFinal(blockNumber: number): Promise<boolean> {
    return this.final.get(blockNumber) ?? false;
  }

  async blockHash(number: number): Promise<Uint8Array | null> {
    const { hash } = await this.ask<{ hash: string | null }>(`/blocks/${number}`);
    return hash === null ? null : fromHex(hash.slice(2));
  }

  async holdsOffice(signer: Uint8Array, office: number, at: number): Promise<boolean> {
    const { offices } = await this.ask<{ offices: number[] }>(`/offices?signer=${toHex(signer)}&at=${at}`);
    return offices.includes(office);
  }

  private ask<T>(path: string): Promise<T> {
    const known = this.asked.get(path) as Promise<T> | undefined;
    if (known) return known;
    const answer = request<T>(this.base + path).catch((error: unknown) => {
      throw new Unavailable(error instanceof Error ? error.message : String(error));
    });
    this.asked.set(path, answer);
    return answer;
  }
}
