// A sheet over the page: from the right on desks, from below on phones. Escape, the backdrop and its button close it.
import { el, icon } from '../lib/dom';
import { t } from '../lib/text';

export interface Sheet {
  body: HTMLElement;
  close: () => void;
}

/** Opens a sheet; where it closes, the focus goes back to what opened it. */
export function openSheet(title: string, name: string, wide = false): Sheet {
  const shut = el('button', { type: 'button', class: 'btn btn-text', 'data-close': true }, icon('x'), t('关闭'));
  const body = el('div', { class: 'sheet-body' });
  const dialog = el(
    'dialog',
    { class: wide ? 'sheet sheet-wide' : 'sheet', 'aria-labelledby': `sheet-${name}`, 'data-sheet': name },
    el('div', { class: 'sheet-head' }, el('h2', { id: `sheet-${name}` }, title), shut),
    body,
  );
  const opener = document.activeElement;
  const close = (): void => {
    dialog.close();
    dialog.remove();
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
  };
  shut.addEventListener('click', close);
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    close();
  });
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return { body, close };
}
