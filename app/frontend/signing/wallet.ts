// An Ethereum wallet in the browser (EIP-1193): proving that it is here, and signing the agreement's typed data.
import { decode, encode } from './base64url';
import { t } from '../lib/text';

interface Provider {
  request(call: { method: string; params?: unknown[] }): Promise<unknown>;
}

function provider(): Provider | null {
  return (window as unknown as { ethereum?: Provider }).ethereum ?? null;
}

/** Whether this browser has a wallet. */
export function available(): boolean {
  return window.isSecureContext && provider() !== null;
}

/** The wallet's first account, as the wallet writes it. */
async function account(wallet: Provider): Promise<string> {
  const found = await wallet.request({ method: 'eth_requestAccounts' });
  const first: unknown = Array.isArray(found) ? found[0] : null;
  if (typeof first !== 'string') throw new Error(t('钱包没有给出账户。'));
  return first;
}

export interface Enrolment {
  address: string;
  signature: string;
}

/** Has the wallet sign the server's text (EIP-191), with its own address where the text says {address}. */
export async function create(walletText: string): Promise<Enrolment> {
  const wallet = provider();
  if (!wallet) throw new Error(t('这个浏览器里没有钱包。'));
  const address = await account(wallet);
  const text = new TextEncoder().encode(walletText.replace('{address}', address));
  const signature = await wallet.request({ method: 'personal_sign', params: [`0x${hex(text)}`, address] });
  return { address, signature: String(signature) };
}

/** Signs the typed data (EIP-712) with the wallet that is fixed; null when it is another account. */
export async function sign(typedData: unknown, signer: string): Promise<Record<string, string> | null> {
  const wallet = provider();
  if (!wallet) return null;
  const address = await account(wallet);
  if (address.toLowerCase() !== `0x${hex(decode(signer))}`) return null;
  const signature = String(await wallet.request({ method: 'eth_signTypedData_v4', params: [address, JSON.stringify(typedData)] }));
  const bytes = signature.replace(/^0x/, '').match(/[0-9a-f]{2}/gi) ?? [];
  return { signer, signature: encode(new Uint8Array(bytes.map((pair) => parseInt(pair, 16))).buffer) };
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
