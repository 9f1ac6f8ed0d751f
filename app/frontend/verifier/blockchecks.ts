// The checks that rest on a block's own header: what it proves, who vouches for its hash, and the block's time.
// Not here: how the bytes are read (see state.ts) and what a node says (see look.ts).
import { equal, toHex } from './bytes';
import { EvidenceError } from './errors';
import { fromUnix, instantText } from './instant';
import { absence, type Look } from './look';
import type { Proof, StateClaim } from './proof';
import { readAccount, readEntry, readHeader, type Header } from './state';
import type { TrustedWitness, TrustRoot } from './trust';
import { check, NOT_PROVIDED, passedIf, type Check, type Facts, type Status } from './verdict';

/** The end of the year 9999: later times have no RFC 3339 form. */
const LAST_SECOND = 253_402_300_799n;

/** The block that everything rests on: that of the header; without a readable one, the anchor's. */
export interface Block {
  number: bigint;
  hash: Uint8Array;
  time: bigint;
  /** Is it the block that took the batch in? */
  atAnchor: boolean;
}

export interface StateLook {
  checks: Check[];
  block: Block;
}

/** What the proof's `state` proves. */
export function lookAtState(trust: TrustRoot, proof: Proof): StateLook {
  const { anchor, state } = proof;
  const own = { number: BigInt(anchor.block_number), hash: anchor.block_hash, time: BigInt(anchor.block_time), atAnchor: true };
  if (!state) return { checks: [check('integrity', 'state.header', 'UNDETERMINED', { reason: NOT_PROVIDED })], block: own };
  const checks: Check[] = [];
  const header = noted(checks, 'state.header', () => readHeader(state.header));
  if (!header) return { checks, block: own };
  checks.push(headerCheck(proof, header));
  const storageRoot = accountRoot(checks, trust, header, state);
  if (storageRoot) entryCheck(checks, proof, storageRoot, state);
  const atAnchor = header.number === own.number && equal(header.hash, own.hash);
  return { checks, block: { number: header.number, hash: header.hash, time: header.time, atAnchor } };
}

/** What reading gives; null, and a failed check, when it cannot be read. */
function noted<T>(checks: Check[], code: string, read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    checks.push(check('integrity', code, 'FAILED', { where: code, message: error.message }));
    return null;
  }
}

function judged(code: string, holds: boolean, detail: Facts, reason: string): Check {
  return check('integrity', code, passedIf(holds), holds ? detail : { ...detail, reason });
}

function headerCheck(proof: Proof, header: Header): Check {
  const { anchor } = proof;
  const [number, time] = [BigInt(anchor.block_number), BigInt(anchor.block_time)];
  const same = equal(header.hash, anchor.block_hash) && header.time === time;
  const detail: Facts = {
    block_number: shown(header.number), block_hash: toHex(header.hash), block_time: moment(header.time), anchored_in: anchor.block_number,
  };
  return judged('state.header', header.number > number || (header.number === number && same), detail, 'other_block');
}

function accountRoot(checks: Check[], trust: TrustRoot, header: Header, state: StateClaim): Uint8Array | null {
  const contract = trust.evidence_ledger;
  const account = noted(checks, 'state.account', () => readAccount(header.stateRoot, contract, state.account));
  if (!account) return null;
  const [found, expected] = [toHex(account.codeHash), trust.code_hashes.get(contract) ?? null];
  checks.push(judged('state.account', found === expected, { contract, code_hash: found, expected_code_hash: expected }, 'other_state'));
  return found === expected ? account.storageRoot : null;
}

function entryCheck(checks: Check[], proof: Proof, storageRoot: Uint8Array, state: StateClaim): void {
  const entry = noted(checks, 'state.entry', () => readEntry(storageRoot, proof.batch.head, state.storage));
  if (!entry) return;
  const claimed = [proof.batch.number, proof.inclusion.size, proof.anchor.block_number, proof.anchor.block_time];
  const recorded = [entry.number, entry.size, entry.blockNumber, entry.blockTime];
  const detail: Facts = {
    number: shown(entry.number), size: shown(entry.size), recorded_block_number: shown(entry.blockNumber), block_time: moment(entry.blockTime),
  };
  checks.push(judged('state.entry', recorded.every((value, at) => value === BigInt(claimed[at] ?? -1)), detail, 'other_state'));
}

/** Number and hash of a block. */
export interface BlockHash {
  number: number;
  hash: Uint8Array;
}

/** Does somebody whom the verifier believes vouch for the block's hash? brought: a block that the verifier knows. */
export function knownCheck(
  proof: Proof, block: Block, brought: BlockHash | null, look: Look, witnesses: readonly TrustedWitness[],
): Check {
  const words = [
    ...(brought ? [{ by: 'given', number: BigInt(brought.number), hash: brought.hash }] : []),
    ...(look.blockHash ? [{ by: 'node', number: block.number, hash: look.blockHash }] : []),
  ].map((one) => ({ ...one, says: wordOf(one, block, proof) }));
  const vouching: Facts[] = words.filter(({ says }) => says === 'PASSED').map(({ by }) => ({ by }));
  if (block.atAnchor) vouching.push(...witnesses.map(({ name, office }) => ({ by: 'witness', name, office })));
  const others: Facts[] = words
    .filter(({ says }) => says === 'FAILED')
    .map(({ by, number, hash }) => ({ by, block_number: shown(number), block_hash: toHex(hash) }));
  const detail: Facts = {
    block_number: shown(block.number), block_hash: toHex(block.hash), block_time: moment(block.time), vouched_by: vouching, contradicted_by: others,
  };
  if (others.length) return check('integrity', 'block.known', 'FAILED', { ...detail, reason: 'other_block' });
  if (!vouching.length) {
    return check('integrity', 'block.known', 'UNDETERMINED', { ...detail, reason: 'nobody_vouches', remains: ['block_hash'] });
  }
  const remains = [...new Set(vouching.map(({ by }) => `${String(by)}_honest`))].sort();
  return check('integrity', 'block.known', 'PASSED', { ...detail, remains });
}

/** What a hash of the block of that number says of the block in question: UNDETERMINED where nothing. */
function wordOf(told: { number: bigint; hash: Uint8Array }, block: Block, { anchor }: Proof): Status {
  if (told.number === block.number) return passedIf(equal(told.hash, block.hash));
  return told.number === BigInt(anchor.block_number) && !equal(told.hash, anchor.block_hash) ? 'FAILED' : 'UNDETERMINED';
}

/** Do block and time of the proof agree with state and ledger? The time is the operator's clock, not a proof. */
export function blockTimeCheck(proof: Proof, state: StateLook, known: Check, look: Look): Check {
  const { anchor } = proof;
  const detail: Facts = { block_number: anchor.block_number, block_time: moment(BigInt(anchor.block_time)), clock: 'operator' };
  const parts = [...state.checks, known].map(({ status }) => status);
  const proven = parts.every((status) => status === 'PASSED');
  const word = ledgerWord(proof, look);
  if (word.status === 'FAILED') return check('time', 'time.block', 'FAILED', { ...detail, ...word.facts });
  if (parts.includes('FAILED')) return check('time', 'time.block', 'FAILED', { ...detail, reason: 'other_block' });
  if (word.status === 'PASSED' || (proven && state.block.atAnchor)) return check('time', 'time.block', 'PASSED', detail);
  return check('time', 'time.block', 'UNDETERMINED', { ...detail, ...(proven ? { reason: 'later_block' } : word.facts) });
}

/** Are block and transaction of the proof those of the ledger's batch? UNDETERMINED where it cannot say. */
function ledgerWord(proof: Proof, look: Look): { status: Status; facts: Facts } {
  if (look.problem) return { status: 'UNDETERMINED', facts: look.problem };
  const { anchor } = proof;
  if (!look.batch) {
    return { status: look.identity.status === 'FAILED' ? 'FAILED' : 'UNDETERMINED', facts: { reason: absence(look, proof) } };
  }
  const { block_number, block_hash, block_time, transaction } = look.batch;
  const same = block_number === anchor.block_number && block_time === anchor.block_time;
  if (same && equal(block_hash, anchor.block_hash) && equal(transaction, anchor.transaction)) return { status: 'PASSED', facts: {} };
  return { status: 'FAILED', facts: { recorded_block_number: block_number } };
}

/** RFC 3339 text of unix seconds; null beyond the year 9999. */
function moment(seconds: bigint): string | null {
  return seconds <= LAST_SECOND ? instantText(fromUnix(Number(seconds))) : null;
}

/** A number as JSON carries it; as text where it is too large. */
function shown(value: bigint): number | string {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
}
