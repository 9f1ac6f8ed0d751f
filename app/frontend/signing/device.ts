// A device key: a P-256 key pair that this browser makes and keeps in IndexedDB. The private half cannot be exported,
// but it goes with the browser's data, and nothing asks for a fingerprint or PIN before it signs.
import { decode, encode } from './base64url';

const DATABASE = 'hezheng-keys';
const STORE = 'keys';
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' };
const VERIFIER_BYTES = 20;

/** Whether this browser can make and keep such a key (it needs https or localhost). */
export function available(): boolean {
  return window.isSecureContext && 'indexedDB' in window && crypto.subtle !== undefined;
}

function finished<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'));
  });
}

async function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return finished(request);
}

async function keep(point: string, pair: CryptoKeyPair): Promise<void> {
  const database = await open();
  await finished(database.transaction(STORE, 'readwrite').objectStore(STORE).put(pair, point));
  database.close();
}

async function find(point: string): Promise<CryptoKeyPair | undefined> {
  const database = await open();
  const pair = await finished<CryptoKeyPair | undefined>(database.transaction(STORE).objectStore(STORE).get(point));
  database.close();
  return pair;
}

export interface Enrolment {
  publicKey: string;
  signature: string;
}

/** Makes and keeps a key, and proves that it is here by signing the server's challenge. */
export async function create(challenge: string): Promise<Enrolment> {
  const pair = await crypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify']);
  const publicKey = encode(await crypto.subtle.exportKey('raw', pair.publicKey));
  const signature = encode(await crypto.subtle.sign(SIGNING, pair.privateKey, decode(challenge)));
  await keep(publicKey, pair);
  return { publicKey, signature };
}

/** Where the public point of an ERC-7913 signer is kept: 04, x and y. */
function pointOf(signer: string): string {
  const key = decode(signer).slice(VERIFIER_BYTES);
  const point = new Uint8Array(key.length + 1);
  point[0] = 4;
  point.set(key, 1);
  return encode(point);
}

/** Whether the private key of this signer is in this browser. */
export async function holds(signer: string): Promise<boolean> {
  return available() && (await find(pointOf(signer))) !== undefined;
}

/** Signs `challenge` with the kept key; null when the key is not in this browser. */
export async function sign(challenge: string, signer: string): Promise<Record<string, string> | null> {
  const pair = await find(pointOf(signer));
  if (!pair) return null;
  return { signer, signature: encode(await crypto.subtle.sign(SIGNING, pair.privateKey, decode(challenge))) };
}
