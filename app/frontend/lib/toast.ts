// Short messages at the foot of the page, read out politely; errors stay until closed.
import { el, icon } from './dom';
import { t } from './text';

const SHOWN_MS = 6000;
const SHOWN_WITH_ACT_MS = 15_000;

interface Act {
  label: string;
  act: () => void;
}

/** Shows `text`; kind 'bad' stays on screen until the reader closes it. `act` is one thing that can be done about it. */
export function toast(text: string, kind: 'plain' | 'bad' = 'plain', act?: Act): void {
  const place = document.querySelector('[data-toasts]');
  if (!place) return;
  const close = el('button', { type: 'button', 'aria-label': t('关闭') }, icon('x'));
  const doing = act && el('button', { type: 'button', class: 'toast-act' }, act.label);
  const line = el('div', { class: kind === 'bad' ? 'toast-line bad' : 'toast-line' }, el('span', {}, text), doing, close);
  doing?.addEventListener('click', () => {
    line.remove();
    act?.act();
  });
  close.addEventListener('click', () => line.remove());
  place.append(line);
  if (kind !== 'bad') window.setTimeout(() => line.remove(), act ? SHOWN_WITH_ACT_MS : SHOWN_MS);
}
