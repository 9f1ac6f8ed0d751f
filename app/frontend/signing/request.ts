// One request for a signature, as the server writes it into the page, and the answer of the key that is named in it.
import { t } from '../lib/text';
import * as device from './device';
import * as passkey from './passkey';
import * as wallet from './wallet';

export interface SigningRequest {
  kind: 'passkey' | 'device_key' | 'wallet';
  label: string;
  challenge: string;
  credential: string | null;
  signer: string;
  rpId: string;
  typedData: unknown;
}

/** This browser does not hold the key that is fixed for the signer. */
export class KeyElsewhere extends Error {}

/** Has the named key sign. Throws DOMException (stopped by the person) or KeyElsewhere. */
export async function answer(request: SigningRequest): Promise<Record<string, string>> {
  if (request.kind === 'passkey' && request.credential !== null) {
    return passkey.sign(request.challenge, request.credential, request.rpId);
  }
  const signed =
    request.kind === 'wallet'
      ? await wallet.sign(request.typedData, request.signer)
      : await device.sign(request.challenge, request.signer);
  if (!signed) throw new KeyElsewhere(t('签名钥匙“%(label)s”不在这个浏览器里，请用登记它的设备和浏览器打开本页。', { label: request.label }));
  return signed;
}

/** Whether this browser can use the named key at all; null when it can, else why not. */
export async function obstacle(request: SigningRequest): Promise<string | null> {
  if (request.kind === 'passkey') {
    return passkey.available() ? null : t('这个浏览器不支持通行密钥，请用系统自带浏览器打开本页。');
  }
  if (request.kind === 'wallet') return wallet.available() ? null : t('这个浏览器里没有钱包，请用登记它的浏览器打开本页。');
  if (await device.holds(request.signer)) return null;
  return t('签名钥匙“%(label)s”不在这个浏览器里，请用登记它的设备和浏览器打开本页。', { label: request.label });
}
