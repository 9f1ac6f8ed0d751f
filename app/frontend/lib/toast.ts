// Short messages at the foot of the page, read out politely; errors stay until closed.
import { el, icon } from './dom';
import { t } from './text';

const SHOWN_MS = 6000;

/** Shows `text`; kind 'bad' stays on screen until the reader closes it. */
export function toast(text: string, kind: 'plain' | 'bad' = 'plain'): void {
  const place = document.querySelector('[data-toasts]');
  if (!place) return;
  const close = el('button', { type: 'button', 'aria-label': t('关闭') }, icon('x'));
  const line = el('div', { class: kind === 'bad' ? 'toast-line bad' : 'toast-line' }, el('span', {}, text), close);
  close.addEventListener('click', () => line.remove());
  place.append(line);
  if (kind !== 'bad') window.setTimeout(() => line.remove(), SHOWN_MS);
}
