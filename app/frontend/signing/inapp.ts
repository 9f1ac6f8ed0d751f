// WeChat's in-app browser breaks passkeys and cameras on phones: say so, and offer the way to the system browser.
import { el, icon } from '../lib/dom';
import { t } from '../lib/text';

/** Whether the page runs inside WeChat. */
export function inWeChat(): boolean {
  return /MicroMessenger/i.test(navigator.userAgent);
}

/** Puts a notice above the page's content; does nothing in other browsers or where nothing is to be signed. */
export function warnInWeChat(): void {
  const place = document.querySelector('[data-notices]');
  if (!place || !inWeChat() || !document.querySelector('[data-enrol], [data-signing], [data-ruling]')) return;
  const words = el(
    'div',
    {},
    el('strong', {}, t('请在系统浏览器中打开')),
    el('p', {}, t('微信内置浏览器不支持指纹、面容签名。请点右上角“…”，选择“在浏览器打开”；或复制链接到手机浏览器。')),
    el('button', { type: 'button', class: 'btn btn-outline', 'data-copy': location.href }, icon('copy'), t('复制链接')),
  );
  place.append(el('div', { class: 'notice notice-warn' }, icon('alert-triangle'), words));
}
