// A digest as people compare it: groups of four, folded on phones, with a copy button. Same markup as the macro.
import { el, icon } from './dom';
import { t } from './text';

function groups(hex: string): string[] {
  return hex.match(/.{1,4}/g) ?? [];
}

/** The element for a digest; `hex` is lower-case hexadecimal. */
export function digestElement(name: string, hex: string): HTMLElement {
  const details = el(
    'details',
    { 'data-digest': true, open: window.matchMedia('(min-width: 48rem)').matches },
    el(
      'summary',
      { 'aria-label': t('%(name)s 完整数值', { name }) },
      el('span', { class: 'digest-short' }, `${groups(hex.slice(0, 8)).join(' ')} … ${groups(hex.slice(-8)).join(' ')}`,
        el('span', { class: 'digest-more' }, t('展开'))),
    ),
    el('span', { class: 'groups' }, ...groups(hex).map((part) => el('span', {}, part))),
  );
  return el(
    'div',
    { class: 'digest' },
    el('span', { class: 'digest-name' }, name),
    el('div', { class: 'digest-value' }, details),
    el('button', { class: 'plain-button', type: 'button', 'data-copy': hex, 'aria-label': t('复制 %(name)s', { name }) }, icon('copy')),
  );
}
