// Public keys of certificates and the signatures that they check: RSA (PKCS #1 v1.5) and ECDSA on the NIST curves.
// Verification needs no secret, so plain integers do; nothing depends on what a browser offers.
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { concat, fromHex, equal, integerBytes, toBigInt } from './bytes';
import { bits, integer, Members, oid, readDer, TAG, type Der } from './der';
import { MalformedInput, Tampered } from './errors';
import { DIGESTS, type DigestName } from './hashes';

const RSA = '1.2.840.113549.1.1.1';
const EC = '1.2.840.10045.2.1';
const CURVES = { '1.2.840.10045.3.1.7': p256, '1.3.132.0.34': p384, '1.3.132.0.35': p521 } as const;
const DIGEST_OIDS: Record<string, DigestName> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
const SIGNATURES: Record<string, { kind: 'rsa' | 'ec'; digest: DigestName | null }> = {
  [RSA]: { kind: 'rsa', digest: null },
  '1.2.840.113549.1.1.11': { kind: 'rsa', digest: 'sha256' },
  '1.2.840.113549.1.1.12': { kind: 'rsa', digest: 'sha384' },
  '1.2.840.113549.1.1.13': { kind: 'rsa', digest: 'sha512' },
  '1.2.840.10045.4.3.2': { kind: 'ec', digest: 'sha256' },
  '1.2.840.10045.4.3.3': { kind: 'ec', digest: 'sha384' },
  '1.2.840.10045.4.3.4': { kind: 'ec', digest: 'sha512' },
};
/** DigestInfo of RFC 8017 §9.2 up to the digest itself. */
const DIGEST_INFO: Record<DigestName, Uint8Array> = {
  sha256: fromHex('3031300d060960864801650304020105000420') as Uint8Array,
  sha384: fromHex('3041300d060960864801650304020205000430') as Uint8Array,
  sha512: fromHex('3051300d060960864801650304020305000440') as Uint8Array,
};
const [MIN_RSA_BITS, MAX_RSA_BITS, MAX_EXPONENT] = [2_048, 16_384, 2n ** 64n];

export type PublicKey =
  | { kind: 'rsa'; modulus: bigint; exponent: bigint; bits: number }
  | { kind: 'ec'; curve: (typeof CURVES)[keyof typeof CURVES]; point: Uint8Array };

/** An AlgorithmIdentifier: its identifier and its parameters, if any. */
export interface Algorithm {
  oid: string;
  parameters: Der | null;
}

export function readAlgorithm(value: Der): Algorithm {
  const fields = new Members(value);
  const name = oid(fields.next());
  const parameters = fields.optional(...ANY);
  fields.done();
  return { oid: name, parameters };
}

const ANY = Array.from({ length: 256 }, (_, tag) => tag);

/** Are the parameters absent or null? */
export function isPlain(algorithm: Algorithm): boolean {
  const { parameters } = algorithm;
  return parameters === null || (parameters.tag === TAG.NULL && parameters.body.length === 0);
}

/** SHA-256, -384 or -512 with plain parameters; Tampered for every other digest. */
export function digestOf(algorithm: Algorithm): DigestName {
  const name = DIGEST_OIDS[algorithm.oid];
  if (!name || !isPlain(algorithm)) throw new Tampered(`the digest ${algorithm.oid} is not relied on`, null, 'algorithm');
  return name;
}

/** Reads a SubjectPublicKeyInfo; Tampered for kinds and sizes that are not relied on. */
export function readKey(value: Der): PublicKey {
  const fields = new Members(value);
  const algorithm = readAlgorithm(fields.next());
  const material = bits(fields.next());
  fields.done();
  if (algorithm.oid === RSA && isPlain(algorithm)) return readRsa(material);
  if (algorithm.oid !== EC || algorithm.parameters?.tag !== TAG.OID) throw new Tampered('a key of another kind', null, 'algorithm');
  const curve = CURVES[oid(algorithm.parameters) as keyof typeof CURVES];
  if (!curve) throw new Tampered('a curve that is not relied on', null, 'algorithm');
  return { kind: 'ec', curve, point: material };
}

function readRsa(material: Uint8Array): PublicKey {
  const fields = new Members(readDer(material));
  const [modulus, exponent] = [integer(fields.next()), integer(fields.next())];
  fields.done();
  const size = modulus > 0n ? modulus.toString(2).length : 0;
  if (size < MIN_RSA_BITS || size > MAX_RSA_BITS) throw new Tampered(`an RSA key of ${size} bits`, null, 'algorithm');
  if (exponent < 3n || exponent >= MAX_EXPONENT || !(exponent & 1n)) throw new Tampered('an RSA exponent out of bounds', null, 'algorithm');
  return { kind: 'rsa', modulus, exponent, bits: size };
}

/** The digest that a signature algorithm names; null where it names none. Tampered for algorithms not relied on. */
export function digestOfSignature(algorithm: Algorithm): DigestName | null {
  const known = SIGNATURES[algorithm.oid];
  if (!known || !isPlain(algorithm)) throw new Tampered(`the signature ${algorithm.oid} is not relied on`, null, 'algorithm');
  return known.digest;
}

/** Did this key sign the data? `digest` is used where the algorithm names none. Tampered for algorithms not relied on. */
export function signed(
  key: PublicKey, algorithm: Algorithm, data: Uint8Array, signature: Uint8Array, digest: DigestName | null = null,
): boolean {
  const name = digestOfSignature(algorithm) ?? digest;
  if (!name || SIGNATURES[algorithm.oid]?.kind !== key.kind) return false;
  const hash = DIGESTS[name](data);
  return key.kind === 'rsa' ? rsaSigned(key, name, hash, signature) : ecSigned(key, hash, signature);
}

function rsaSigned(key: PublicKey & { kind: 'rsa' }, name: DigestName, hash: Uint8Array, signature: Uint8Array): boolean {
  const size = Math.ceil(key.bits / 8);
  const value = toBigInt(signature);
  if (signature.length !== size || value >= key.modulus) return false;
  const info = concat(DIGEST_INFO[name], hash);
  const filling = new Uint8Array(size - info.length - 3).fill(0xff);
  const expected = concat(Uint8Array.of(0, 1), filling, Uint8Array.of(0), info);
  return equal(integerBytes(power(value, key.exponent, key.modulus), size), expected);
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base % modulus];
  for (let left = exponent; left; left >>= 1n) {
    if (left & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function ecSigned(key: PublicKey & { kind: 'ec' }, hash: Uint8Array, signature: Uint8Array): boolean {
  try {
    const fields = new Members(readDer(signature));
    const [r, s] = [integer(fields.next()), integer(fields.next())];
    fields.done();
    const order = key.curve.Point.Fn.ORDER;
    if (r <= 0n || s <= 0n || r >= order || s >= order) return false;
    const size = key.curve.Point.Fn.BYTES;
    const compact = concat(integerBytes(r, size), integerBytes(s, size));
    return key.curve.verify(compact, hash, key.point, { prehash: false, lowS: false });
  } catch (error) {
    if (error instanceof MalformedInput || error instanceof Error) return false; // no signature, or no point of the curve
    throw error;
  }
}
