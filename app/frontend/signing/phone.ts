// Signing on the phone while this page stays open: a QR code for five minutes, and this page goes on once it is signed.
import { request as send } from '../lib/api';
import { el, must } from '../lib/dom';
import { t } from '../lib/text';
import { explain } from './faults';

interface Handover {
  link: string;
  picture: string;
  expires: string;
}

const LOOK_EVERY = 2000;

/** Prepares the [data-phone-button] of a signing panel, where there is one. */
export function offerPhone(panel: HTMLElement): void {
  const button = panel.querySelector<HTMLButtonElement>('[data-phone-button]');
  if (!button) return;
  button.hidden = false;
  button.addEventListener('click', () => {
    button.disabled = true;
    void show(panel)
      .catch((error: unknown) => (must('[data-status]', panel).textContent = explain(error)))
      .finally(() => (button.disabled = false));
  });
}

async function show(panel: HTMLElement): Promise<void> {
  const { phone = '', mine = '', version = '', digest = '' } = panel.dataset;
  const made = await send<Handover>(phone, { json: { version: Number(version) } });
  const left = el('p', { class: 'quiet tabular', role: 'timer' });
  const close = el('button', { type: 'button', class: 'btn btn-outline' }, t('关闭'));
  const dialog = el(
    'dialog',
    { class: 'dialog', 'aria-labelledby': 'phone-title' },
    el(
      'div',
      { class: 'dialog-body' },
      el('h2', { id: 'phone-title' }, t('用手机签署')),
      el('p', {}, t('用手机相机扫码，在手机上用验证码登录后签署。这个页面会自动更新。')),
      picture(made),
      el('p', {}, t('手机上显示的文本摘要应当与这里相同：'), el('br'), el('code', {}, `${digest}…`)),
      left,
    ),
    el('div', { class: 'dialog-actions' }, close),
  );
  document.body.append(dialog);
  dialog.showModal();
  await watch(dialog, close, left, mine, new Date(made.expires));
}

/** The code as a picture: an image, so that nothing in it can act. */
function picture(made: Handover): HTMLElement {
  return el('p', {}, el('img', { src: made.picture, width: 220, height: 220, alt: t('二维码，链接：%(link)s', { link: made.link }) }));
}

/** Looks until it is signed (then the page is loaded anew), the time is over, or the reader closes the dialog. */
function watch(
  dialog: HTMLDialogElement,
  close: HTMLButtonElement,
  left: HTMLElement,
  mine: string,
  expires: Date,
): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearInterval(look);
      clearInterval(tick);
      dialog.close();
      dialog.remove();
      resolve();
    };
    const look = setInterval(() => {
      void send<{ signed: boolean }>(mine)
        .then((found) => found.signed && location.reload())
        .catch(() => undefined); // the next look may succeed
    }, LOOK_EVERY);
    const count = (): void => {
      const seconds = Math.max(0, Math.ceil((expires.getTime() - Date.now()) / 1000));
      left.textContent =
        seconds > 0 ? t('还有 %(seconds)s 秒有效', { seconds: String(seconds) }) : t('链接已过期，请关闭后重新生成。');
    };
    const tick = setInterval(count, 1000);
    count();
    close.addEventListener('click', end);
    dialog.addEventListener('cancel', end);
  });
}
