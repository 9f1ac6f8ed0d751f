// What a node says about a proof's batch and block, asked once before any check is made.
// A node that is away is remembered as such: it is never a sign of forgery.
import { toHex, utf8 } from './bytes';
import { EvidenceError } from './errors';
import { keccak } from './hashes';
import { WITNESS_OFFICES, type AnchoredBatch, type LedgerIdentity, type LedgerReader } from './ledger';
import type { Proof } from './proof';
import type { TrustRoot } from './trust';
import type { Facts, Status } from './verdict';

/** Hash of the code of an address where nothing is deployed (yet). */
const NO_CODE = toHex(keccak(utf8('')));

/** The answers of a node; `problem` when there are none. */
export interface Look {
  problem: Facts | null;
  identity: { status: Status; detail: Facts };
  /** UNDETERMINED when the trust root does not say which code the register of offices has. */
  officials: Status;
  /** Batches on the ledger. */
  count: number;
  batch: AnchoredBatch | null;
  final: boolean;
  /** Hash that the node has for the block in question; null when it does not have that block. */
  blockHash: Uint8Array | null;
  /** Did the signer hold an office of a witness when the recorded block was made? */
  heldOffice(signer: Uint8Array, at: number): Promise<boolean>;
}

/** Asks the reader everything that the checks need; block: the number of the block whose hash is in question. */
export async function lookAt(reader: LedgerReader | null, trust: TrustRoot, proof: Proof, block: number): Promise<Look> {
  const look: Look = {
    problem: null, identity: { status: 'UNDETERMINED', detail: {} }, officials: 'UNDETERMINED', count: 0, batch: null,
    final: false, blockHash: null, heldOffice: async () => false,
  };
  if (!reader) return { ...look, problem: { reason: 'offline' } };
  try {
    await ask(look, reader, trust, proof, block);
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    look.problem = { reason: 'unavailable', message: error.message };
  }
  return look;
}

async function ask(look: Look, reader: LedgerReader, trust: TrustRoot, proof: Proof, block: number): Promise<void> {
  const identity = await reader.identity();
  look.identity = judged(identity, trust);
  if (look.identity.status !== 'PASSED') return;
  const expected = trust.code_hashes.get(trust.officials);
  if (expected !== undefined) look.officials = identity.code_hashes.get(trust.officials) === expected ? 'PASSED' : 'FAILED';
  look.count = await reader.head();
  look.batch = await reader.batch(proof.batch.number);
  look.final = look.batch !== null && (await reader.isFinal(look.batch.block_number));
  look.blockHash = await reader.blockHash(block);
  look.heldOffice = async (signer, at) => {
    for (const office of WITNESS_OFFICES) if (await reader.holdsOffice(signer, office, at)) return true;
    return false;
  };
}

function judged(identity: LedgerIdentity, trust: TrustRoot): Look['identity'] {
  const contract = trust.evidence_ledger;
  const [found, expected] = [identity.code_hashes.get(contract) ?? null, trust.code_hashes.get(contract) ?? null];
  const detail: Facts = {
    chain_id: identity.chain_id, expected_chain_id: trust.chain_id, contract, code_hash: found, expected_code_hash: expected,
  };
  const sameChain = identity.chain_id === trust.chain_id;
  if (sameChain && (found === null || found === NO_CODE)) return { status: 'UNDETERMINED', detail: { ...detail, reason: 'not_there_yet' } };
  return { status: sameChain && found === expected ? 'PASSED' : 'FAILED', detail };
}

/** Why there is no batch to look at. */
export function absence(look: Look, proof: Proof): string {
  if (look.identity.status === 'FAILED') return 'other_ledger';
  return proof.batch.number > look.count ? 'not_there_yet' : 'not_there';
}

