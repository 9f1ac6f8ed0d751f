// The clause library for this right: search, when to use an entry, and putting it at a place of the agreement.
import { el, icon } from '../lib/dom';
import { language, t } from '../lib/text';
import { toast } from '../lib/toast';
import type { Desk } from './desk';
import type { Entry, Operation } from './protocol';
import { openSheet } from './sheet';

/** Entries whose words hold every part of the query, in either language. */
export function found(entries: Entry[], query: string): Entry[] {
  const parts = query.toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter((entry) => {
    const words = [entry.title.zh, entry.title.en, entry.use.zh, entry.use.en, entry.article].join(' ').toLowerCase();
    return parts.every((part) => words.includes(part));
  });
}

/** Opens the library; `after` is the clause to put the new one behind. */
export function openLibrary(desk: Desk, after: string | null, goTo: (ref: string) => void): void {
  const sheet = openSheet(t('增加条款'), 'library', true);
  const search = el('input', { class: 'form-control', type: 'search', id: 'library-search', autocomplete: 'off' });
  const place = el('select', { class: 'form-select', id: 'library-place' }, ...places(desk, after));
  const list = el('ul', { class: 'library' });
  const count = el('p', { class: 'quiet', role: 'status' });
  const add = async (clause: Operation['clause']): Promise<void> => {
    const where = place.value === '-' ? null : place.value;
    sheet.close();
    const made = await desk.act({ op: 'add', clause: clause ?? {}, after: where });
    const ref = made?.change?.target;
    if (!ref) return;
    goTo(ref);
    const undo = async (): Promise<void> => void (await desk.act({ op: 'remove', target: ref }));
    toast(t('已增加%(name)s', { name: desk.name(ref) }), 'plain', { label: t('撤销'), act: () => void undo() });
  };
  const draw = (): void => {
    const entries = found(desk.lexicon.library, search.value);
    count.textContent = entries.length > 0 ? t('%(count)s 条', { count: entries.length }) : t('没有找到。可以在下面增加一条空白条款。');
    list.replaceChildren(...entries.map((entry) => entryView(desk, entry, () => void add({ library: entry.key }))));
  };
  search.addEventListener('input', draw);
  sheet.body.append(
    el('div', { class: 'field' }, el('label', { for: 'library-search' }, t('搜索条款库')), search),
    el('div', { class: 'field' }, el('label', { for: 'library-place' }, t('放在')), place),
    count,
    list,
    blank(desk, (kind) => void add({ kind, fields: {} })),
  );
  draw();
  search.focus();
}

function places(desk: Desk, after: string | null): HTMLElement[] {
  const { clauses } = desk.state.agreement;
  const last = after ?? clauses[clauses.length - 1]?.ref ?? '-';
  return [
    el('option', { value: '-' }, t('最前面')),
    ...clauses.map((clause) => el('option', { value: clause.ref, selected: clause.ref === last }, t('%(name)s之后', { name: desk.name(clause.ref) }))),
  ];
}

function entryView(desk: Desk, entry: Entry, add: () => void): HTMLElement {
  const button = el('button', { type: 'button', class: 'btn btn-outline', 'data-entry': entry.key }, icon('plus'), t('插入'));
  button.setAttribute('aria-label', t('插入：%(title)s', { title: entry.title[language()] }));
  button.addEventListener('click', add);
  const other = language() === 'en' ? 'zh' : 'en';
  return el(
    'li',
    {},
    el(
      'div',
      {},
      el('h3', {}, entry.title[language()]),
      el('p', { class: 'quiet' }, desk.lexicon.kindName(entry.kind), entry.article ? ' · ' : null, entry.article ? el('span', { class: 'article' }, entry.article) : null),
      el('p', {}, entry.use[language()]),
      el('p', { class: 'quiet', lang: other === 'zh' ? 'zh-CN' : 'en' }, `${entry.title[other]} — ${entry.use[other]}`),
    ),
    button,
  );
}

function blank(desk: Desk, add: (kind: string) => void): HTMLElement {
  const select = el('select', { class: 'form-select', id: 'library-kind' }, ...desk.lexicon.allKinds.map((kind) => el('option', { value: kind.kind }, kind.label)));
  const button = el('button', { type: 'button', class: 'btn btn-outline' }, icon('plus'), t('增加空白条款'));
  button.addEventListener('click', () => add(select.value));
  return el('div', { class: 'field blank-clause' }, el('label', { for: 'library-kind' }, t('或者增加一条空白条款')), select, button);
}
