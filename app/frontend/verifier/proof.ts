// The proof file of one anchored statement, read strictly. It names no trust.
// Not here: what its parts prove (see verify.ts) and the format in words (see docs/proof-format.md).
import { MalformedInput } from './errors';
import { base64Of, Fields, hexOf } from './fields';
import { loadJson, type Json } from './json';
import { parseEntry, type CustodyEntry } from './custody';
import { parseStatement, type Statement } from './statement';

export const MAX_PROOF_BYTES = 4_000_000;
const LATEST = 253_402_300_799;

export interface Inclusion { index: number; size: number; path: Uint8Array[] }
export interface BatchClaim { number: number; root: Uint8Array; previous_head: Uint8Array; head: Uint8Array }
/** block_time: unix seconds, the operator's clock; hashes 32 bytes; contract in EIP-55 form. */
export interface AnchorClaim {
  chain_id: number;
  contract: string;
  transaction: Uint8Array;
  block_number: number;
  block_hash: Uint8Array;
  block_time: number;
}
/** Header (RLP) of a block, and Merkle-Patricia nodes (RLP) from the root down. */
export interface StateClaim { header: Uint8Array; account: Uint8Array[]; storage: Uint8Array[] }
export interface RevocationClaim { kind: 'crl' | 'ocsp'; value: Uint8Array }
/** An RFC 3161 token with what is needed to check it; `raw` is the JSON that a renewal's imprint covers. */
export interface TokenClaim {
  authority: string;
  token: Uint8Array;
  certificates: Uint8Array[];
  revocations: RevocationClaim[];
  raw: Json;
}
/** A first token over the head and the renewals after it. */
export interface TokenLine extends TokenClaim { renewals: TokenClaim[] }
export interface WitnessClaim { signer: Uint8Array; signature: Uint8Array }

export interface Proof {
  statement: Statement;
  inclusion: Inclusion;
  batch: BatchClaim;
  anchor: AnchorClaim;
  state: StateClaim | null;
  attestation: Uint8Array;
  timestamps: TokenLine[];
  witnesses: WitnessClaim[];
  custody: CustodyEntry[];
}

/** Reads a proof file. Raises MalformedInput or UnknownVersion, naming the place. */
export function parseProof(data: Uint8Array | string): Proof {
  const fields = new Fields(loadJson(data, 'proof', MAX_PROOF_BYTES), 'proof');
  fields.format('hezheng-proof/1');
  const proof = {
    statement: parseStatement(fields.take('statement'), 'proof.statement'),
    inclusion: readInclusion(fields.object('inclusion')),
    batch: readBatch(fields.object('batch')),
    anchor: readAnchor(fields.object('anchor')),
    state: readState(fields.take('state'), 'proof.state'),
    attestation: fields.hex('attestation', { size: 65 }),
    timestamps: fields.list('timestamps', 16, readLine),
    witnesses: fields.list('witnesses', 64, readWitness),
    custody: fields.list('custody', 10_000, parseEntry),
  };
  fields.done();
  return proof;
}

function readInclusion(fields: Fields): Inclusion {
  const index = fields.integer('index');
  const size = fields.integer('size', { low: 1 });
  const path = fields.list('path', 64, hash);
  fields.done();
  if (index >= size) throw new MalformedInput('not below the size', 'proof.inclusion.index');
  return { index, size, path };
}

function hash(value: Json, where: string): Uint8Array {
  return hexOf(value, where, { size: 32 });
}

function readBatch(fields: Fields): BatchClaim {
  const batch = {
    number: fields.integer('number', { low: 1 }),
    root: fields.hex('root', { size: 32 }),
    previous_head: fields.hex('previous_head', { size: 32 }),
    head: fields.hex('head', { size: 32 }),
  };
  fields.done();
  return batch;
}

function readAnchor(fields: Fields): AnchorClaim {
  const anchor = {
    chain_id: fields.integer('chain_id', { low: 1 }),
    contract: fields.address('contract'),
    transaction: fields.hex('transaction', { size: 32 }),
    block_number: fields.integer('block_number'),
    block_hash: fields.hex('block_hash', { size: 32 }),
    block_time: fields.integer('block_time', { high: LATEST }),
  };
  fields.done();
  return anchor;
}

function readState(value: Json, where: string): StateClaim | null {
  if (value === null) return null;
  const fields = new Fields(value, where);
  const node = (one: Json, place: string): Uint8Array => hexOf(one, place, { max: 1_024 });
  const state = {
    header: fields.hex('header', { max: 2_048 }),
    account: fields.list('account', 64, node),
    storage: fields.list('storage', 64, node),
  };
  fields.done();
  return state;
}

function readLine(value: Json, where: string): TokenLine {
  const fields = new Fields(value, where);
  const claim = readToken(fields);
  const renewals = fields.list('renewals', 16, (entry, place) => {
    const own = new Fields(entry, place);
    const renewal = readToken(own);
    own.done();
    return renewal;
  });
  fields.done();
  return { ...claim, renewals };
}

function readToken(fields: Fields): TokenClaim {
  const raw = fields.copy('authority', 'token', 'certificates', 'revocations');
  return {
    raw,
    authority: fields.text('authority', { max: 300 }),
    token: fields.base64('token', 65_536),
    certificates: fields.list('certificates', 16, (one, place) => base64Of(one, place, 16_384)),
    revocations: fields.list('revocations', 16, readRevocation),
  };
}

function readRevocation(value: Json, where: string): RevocationClaim {
  const fields = new Fields(value, where);
  const claim = { kind: fields.word('kind', ['crl', 'ocsp']), value: fields.base64('value', 262_144) };
  fields.done();
  return claim;
}

function readWitness(value: Json, where: string): WitnessClaim {
  const fields = new Fields(value, where);
  const claim = { signer: fields.hex('signer', { max: 1_024 }), signature: fields.hex('signature', { max: 16_384 }) };
  fields.done();
  return claim;
}
