// The trust root that a verifier brings: which chain, contracts, code, operator, witnesses and authorities to believe.
import { toHex } from './bytes';
import { MalformedInput } from './errors';
import { Fields, hexOf } from './fields';
import { loadJson, type Json } from './json';
import { checksumAddress } from './address';
import { fromPem, readCertificate, type Certificate } from './x509';

const MAX_BYTES = 1_000_000;
const MAX_PEM = 16_384;
const OFFICES = ['court', 'notary', 'association'] as const;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const OBJECT_IDENTIFIER = /^[0-2](?:\.(?:0|[1-9][0-9]{0,38}))+$/;

export interface Authority {
  name: string;
  anchor: Certificate;
  /** Object identifiers; empty: any policy. */
  policies: string[];
}

/** A witness with its term: unix seconds, valid_until not included. */
export interface TrustedWitness {
  name: string;
  office: (typeof OFFICES)[number];
  signer: Uint8Array;
  valid_from: number;
  valid_until: number;
}

export interface TrustRoot {
  name: string;
  chain_id: number;
  evidence_ledger: string;
  settlement_ledger: string;
  officials: string;
  operator: string;
  passkey_verifier: string;
  device_verifier: string;
  /** EIP-55 address → 0x keccak-256 of the runtime code. */
  code_hashes: Map<string, string>;
  timestamp_authorities: Authority[];
  witnesses: TrustedWitness[];
}

/** Reads a trust file strictly. Raises MalformedInput or UnknownVersion, naming the place. */
export function parseTrust(data: Uint8Array | string): TrustRoot {
  const fields = new Fields(loadJson(data, 'trust', MAX_BYTES), 'trust');
  fields.format('hezheng-trust/1');
  const trust = {
    name: fields.text('name', { min: 1, max: 200 }),
    chain_id: fields.integer('chain_id', { low: 1 }),
    evidence_ledger: fields.address('evidence_ledger'),
    settlement_ledger: fields.address('settlement_ledger'),
    officials: fields.address('officials'),
    operator: fields.address('operator'),
    passkey_verifier: fields.address('passkey_verifier'),
    device_verifier: fields.address('device_verifier'),
    code_hashes: readHashes(fields.take('code_hashes')),
    timestamp_authorities: fields.list('timestamp_authorities', 64, readAuthority),
    witnesses: fields.list('witnesses', 256, readWitness),
  };
  fields.done();
  if (!trust.code_hashes.has(trust.evidence_ledger)) {
    throw new MalformedInput('no code hash for the evidence ledger', 'trust.code_hashes');
  }
  return trust;
}

function readHashes(value: Json): Map<string, string> {
  if (!(value instanceof Map)) throw new MalformedInput('not an object', 'trust.code_hashes');
  const found = new Map<string, string>();
  for (const [address, hash] of value) {
    if (!ADDRESS.test(address)) throw new MalformedInput('not an address', 'trust.code_hashes');
    const spelled = checksumAddress(address);
    if (found.has(spelled)) throw new MalformedInput(`${spelled} appears twice`, 'trust.code_hashes');
    found.set(spelled, toHex(hexOf(hash, `trust.code_hashes.${address}`, { size: 32 })));
  }
  return found;
}

function readAuthority(value: Json, where: string): Authority {
  const fields = new Fields(value, where);
  const name = fields.text('name', { min: 1, max: 200 });
  const anchor = readAnchor(fields.text('anchor', { max: MAX_PEM }), `${where}.anchor`);
  const policies = fields.list('policies', 16, (one, place) => {
    if (typeof one !== 'string' || !OBJECT_IDENTIFIER.test(one)) throw new MalformedInput('not an object identifier', place);
    return one;
  });
  fields.done();
  return { name, anchor, policies };
}

function readAnchor(pem: string, where: string): Certificate {
  const der = fromPem(pem);
  if (!der) throw new MalformedInput('not one PEM certificate', where);
  try {
    return readCertificate(der);
  } catch (error) {
    if (error instanceof MalformedInput) throw new MalformedInput('not a PEM certificate', where);
    throw error;
  }
}

function readWitness(value: Json, where: string): TrustedWitness {
  const fields = new Fields(value, where);
  const witness = {
    name: fields.text('name', { min: 1, max: 200 }),
    office: fields.word('office', OFFICES),
    signer: fields.hex('signer', { max: 1_024 }),
    valid_from: fields.integer('valid_from'),
    valid_until: fields.integer('valid_until'),
  };
  fields.done();
  if (witness.valid_from >= witness.valid_until) throw new MalformedInput('not after valid_from', `${where}.valid_until`);
  return witness;
}
