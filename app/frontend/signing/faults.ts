// Why a key did not sign, in words that say what to do.
import { Refusal } from '../lib/api';
import { t } from '../lib/text';

/** A sentence for anything that can go wrong while a key is asked. */
export function explain(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  if (error instanceof DOMException) {
    if (error.name === 'InvalidStateError') return t('这台设备已经登记过通行密钥。');
    if (error.name === 'SecurityError') return t('当前网址不能使用通行密钥，请从平台的正式网址打开。');
    if (error.name === 'NotAllowedError') return t('没有完成：操作已取消、超时，或者这台设备没有登记的钥匙。可以再试一次。');
    if (error.name === 'NotSupportedError') return t('这台设备不支持所需的签名方式，请换一台设备。');
  }
  return t('没有完成，内容没有丢失。请再试一次；仍不成功时请联系办公室。');
}
