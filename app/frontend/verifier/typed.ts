// EIP-712 digests of Attestation and Witness in the evidence ledger's domain.
import { addressBytes } from './address';
import { concat, integerBytes, utf8 } from './bytes';
import { keccak } from './hashes';

const PREFIX = Uint8Array.of(0x19, 0x01);
const DOMAIN_TYPE = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)';
const ATTESTATION_TYPE = 'Attestation(bytes32 commitment,bytes32 subject)';
const WITNESS_TYPE = 'Witness(uint256 number,bytes32 head,uint256 blockNumber,bytes32 blockHash)';

/** The domain's chain and contract come from the trust root, never from a proof. */
export interface Domain {
  chain_id: number;
  evidence_ledger: string;
}

function hashed(text: string): Uint8Array {
  return keccak(utf8(text));
}

function separator(domain: Domain): Uint8Array {
  const words = [integerBytes(domain.chain_id, 32), concat(new Uint8Array(12), addressBytes(domain.evidence_ledger))];
  return keccak(concat(hashed(DOMAIN_TYPE), hashed('Hezheng EvidenceLedger'), hashed('1'), ...words));
}

function digest(domain: Domain, type: string, ...words: Uint8Array[]): Uint8Array {
  return keccak(concat(PREFIX, separator(domain), keccak(concat(hashed(type), ...words))));
}

/** What the operator signs: it received this commitment from this subject. */
export function attestationDigest(domain: Domain, commitment: Uint8Array, subject: Uint8Array): Uint8Array {
  return digest(domain, ATTESTATION_TYPE, commitment, subject);
}

/** What a witness signs: a node of its own shows this head, taken in by this block. */
export function witnessDigest(
  domain: Domain, number: number, head: Uint8Array, blockNumber: number, blockHash: Uint8Array,
): Uint8Array {
  return digest(domain, WITNESS_TYPE, integerBytes(number, 32), head, integerBytes(blockNumber, 32), blockHash);
}
