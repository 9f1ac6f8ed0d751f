// Ethereum addresses as text and bytes.
import { fromHex, hex, utf8 } from './bytes';
import { keccak } from './hashes';

/** `0x` and 40 hexadecimal digits with the mixed-case sum of EIP-55, from any case. */
export function checksumAddress(text: string): string {
  const digits = text.slice(2).toLowerCase();
  const sums = hex(keccak(utf8(digits)));
  return `0x${[...digits].map((digit, at) => ((sums[at] ?? '0') >= '8' ? digit.toUpperCase() : digit)).join('')}`;
}

/** 20 bytes of an address in any case. */
export function addressBytes(text: string): Uint8Array {
  return fromHex(text.slice(2).toLowerCase()) ?? new Uint8Array();
}
