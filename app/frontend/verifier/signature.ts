// Signers in ERC-7913 form (wallet, passkey, device key) and the check of each: the contracts' rules, and packed encoding.
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { addressBytes } from './address';
import { concat, equal, toBase64Url, toBigInt, utf8 } from './bytes';
import { keccak, sha256 } from './hashes';

const ADDRESS_SIZE = 20;
const KEY_SIGNER_SIZE = 84;
const P256_ORDER = p256.Point.Fn.ORDER;
const SECP256K1_ORDER = secp256k1.Point.Fn.ORDER;
const ASSERTION_TYPE = utf8('"type":"webauthn.get"');
const [USER_PRESENT, USER_VERIFIED, BACKUP_ELIGIBLE, BACKED_UP] = [0x01, 0x04, 0x08, 0x10] as const;

/** The verifier contracts that signers may name, from the trust root. */
export interface Verifiers {
  passkey_verifier: string;
  device_verifier: string;
}

/** Does this signature hold? False for any that is wrong in any way and for signers of an unknown kind. */
export function holds(signer: Uint8Array, digest: Uint8Array, signature: Uint8Array, verifiers: Verifiers): boolean {
  if (signer.length === ADDRESS_SIZE) return walletSigned(signer, digest, signature);
  if (signer.length !== KEY_SIGNER_SIZE) return false;
  const [verifier, key] = [signer.subarray(0, ADDRESS_SIZE), signer.subarray(ADDRESS_SIZE)];
  if (equal(verifier, addressBytes(verifiers.passkey_verifier))) return passkeySigned(key, digest, signature);
  if (equal(verifier, addressBytes(verifiers.device_verifier))) {
    return signature.length === 64 && p256Signed(key, sha256(digest), signature);
  }
  return false;
}

function lowAndPositive(signature: Uint8Array, order: bigint): boolean {
  const [r, s] = [toBigInt(signature.subarray(0, 32)), toBigInt(signature.subarray(32, 64))];
  return r > 0n && r < order && s > 0n && s <= order / 2n;
}

function walletSigned(address: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  const v = signature[64] ?? 0;
  if (signature.length !== 65 || (v !== 27 && v !== 28) || !lowAndPositive(signature, SECP256K1_ORDER)) return false;
  try {
    const parsed = secp256k1.Signature.fromBytes(signature.subarray(0, 64), 'compact').addRecoveryBit(v - 27);
    const key = parsed.recoverPublicKey(digest).toBytes(false);
    return equal(keccak(key.subarray(1)).subarray(12), address);
  } catch {
    return false; // no point of the curve has this r
  }
}

function p256Signed(key: Uint8Array, hash: Uint8Array, signature: Uint8Array): boolean {
  if (!lowAndPositive(signature, P256_ORDER)) return false;
  try {
    return p256.verify(signature, hash, concat(Uint8Array.of(4), key), { prehash: false, lowS: true });
  } catch {
    return false; // not a point of the curve
  }
}

interface Assertion {
  rs: Uint8Array;
  challengeIndex: number;
  typeIndex: number;
  authenticatorData: Uint8Array;
  clientData: Uint8Array;
}

/** An ABI-encoded assertion that is packed: both byte strings in order, zero padding, nothing between or after. */
function unpack(signature: Uint8Array): Assertion | null {
  const word = (number: number): bigint => toBigInt(signature.subarray(32 * number, 32 * number + 32));
  if (signature.length < 0xc0 || word(4) !== 0xc0n) return null;
  const authenticatorData = dynamic(signature, 0xc0);
  if (!authenticatorData) return null;
  const second = 0xc0 + 32 + padded(authenticatorData.length);
  const clientData = word(5) === BigInt(second) ? dynamic(signature, second) : null;
  if (!clientData || signature.length !== second + 32 + padded(clientData.length)) return null;
  const [challengeIndex, typeIndex] = [word(2), word(3)];
  const end = BigInt(clientData.length);
  if (challengeIndex > end || typeIndex > end) return null;
  return {
    rs: signature.subarray(0, 64),
    challengeIndex: Number(challengeIndex),
    typeIndex: Number(typeIndex),
    authenticatorData,
    clientData,
  };
}

function padded(length: number): number {
  return Math.ceil(length / 32) * 32;
}

function dynamic(body: Uint8Array, at: number): Uint8Array | null {
  if (at + 32 > body.length) return null;
  const length = toBigInt(body.subarray(at, at + 32));
  if (length > BigInt(body.length - at - 32)) return null;
  const end = at + 32 + Number(length);
  const padding = body.subarray(end, at + 32 + padded(Number(length)));
  return padding.every((byte) => byte === 0) ? body.subarray(at + 32, end) : null;
}

function startsAt(text: Uint8Array, at: number, part: Uint8Array): boolean {
  return equal(text.subarray(at, at + part.length), part);
}

function passkeySigned(key: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  const one = unpack(signature);
  if (!one || one.authenticatorData.length < 37) return false;
  const challenge = utf8(`"challenge":"${toBase64Url(digest)}"`);
  if (!startsAt(one.clientData, one.typeIndex, ASSERTION_TYPE)) return false;
  if (!startsAt(one.clientData, one.challengeIndex, challenge)) return false;
  const flags = one.authenticatorData[32] ?? 0;
  if (!(flags & USER_PRESENT) || !(flags & USER_VERIFIED)) return false;
  if (flags & BACKED_UP && !(flags & BACKUP_ELIGIBLE)) return false;
  return p256Signed(key, sha256(concat(one.authenticatorData, sha256(one.clientData))), one.rs);
}
