// Texts with what was added and removed in them. Added and removed differ by sign and underline too, not by colour alone.
import { el } from '../lib/dom';
import { t } from '../lib/text';
import { marks } from './merge';
import type { Mark } from './protocol';

/** The pieces as inline elements; `without` leaves one kind out (one side of two). */
export function pieces(given: Mark[], without?: 'added' | 'removed'): Node[] {
  return given
    .filter((mark) => mark.kind !== without)
    .map((mark) => {
      if (mark.kind === 'added') return el('ins', {}, el('span', { class: 'visually-hidden' }, t('［新增］')), mark.text);
      if (mark.kind === 'removed') return el('del', {}, el('span', { class: 'visually-hidden' }, t('［删去］')), mark.text);
      return document.createTextNode(mark.text);
    });
}

/** What `before` became, in one line. */
export function between(before: string, after: string): HTMLElement {
  return el('span', { class: 'marked', lang: 'zh-CN' }, ...pieces(marks(before, after)));
}
