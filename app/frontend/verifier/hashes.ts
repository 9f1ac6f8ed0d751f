// Hash functions by name. SM3 is only needed for files and is computed where files are read.
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { keccak_256 } from '@noble/hashes/sha3.js';

export { sha1, sha256 };

/** keccak-256 as Ethereum uses it, which is not SHA3-256. */
export const keccak: (data: Uint8Array) => Uint8Array = (data) => keccak_256(data);

export type DigestName = 'sha256' | 'sha384' | 'sha512';

/** The digests that tokens and certificates may use. */
export const DIGESTS: Record<DigestName, (data: Uint8Array) => Uint8Array> = {
  sha256: (data) => sha256(data),
  sha384: (data) => sha384(data),
  sha512: (data) => sha512(data),
};
