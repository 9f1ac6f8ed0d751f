// Who changed what and when; any revision as it was, any two side by side, and going back to one.
import { request } from '../lib/api';
import { ask } from '../lib/confirm';
import { el, icon } from '../lib/dom';
import { t } from '../lib/text';
import { beijing } from '../lib/time';
import { toast } from '../lib/toast';
import { sideName } from '../room/words';
import type { Desk } from './desk';
import { nameOf, shown } from './elements';
import { pieces } from './marked';
import { documentView } from './preview';
import type { Agreement, Change, Difference } from './protocol';
import { openSheet } from './sheet';

const SHOWN = 200;
const UNNAMED = ['ref', 'library', 'side'];

function did(kind: string): string {
  switch (kind) {
    case 'edit':
      return t('修改');
    case 'add':
      return t('增加');
    case 'remove':
      return t('删去');
    case 'move':
      return t('移动');
    case 'restore':
      return t('恢复');
    default:
      return t('接受建议');
  }
}

/** "陈敏 修改 第 3 条 付款：金额（元）". */
export function changeText(desk: Desk, change: Change): string {
  const element = desk.elements.get(change.target ?? '');
  const fields = change.touched
    .filter((name) => change.target !== null && name.startsWith(`${change.target}.`))
    .map((name) => desk.lexicon.fieldName(element?.kind ?? '', name.slice(name.indexOf('.') + 1)));
  const words = t('%(who)s %(did)s %(name)s', { who: change.author.name, did: did(change.kind), name: desk.nameIn(change) });
  return element && fields.length > 0 && fields.length < 5 ? `${words}${t('：')}${fields.join(t('、'))}` : words;
}

/** Opens the history. */
export async function openHistory(desk: Desk): Promise<void> {
  const sheet = openSheet(t('修改历史'), 'history', true);
  const newest = desk.state.revision;
  const { changes } = await request<{ changes: Change[] }>(`${desk.api}/changes?after=${Math.max(0, newest - SHOWN)}`);
  const from = number('history-before', Math.max(0, newest - 1), newest);
  const to = number('history-after', newest, newest);
  const result = el('div', { class: 'comparison', 'aria-live': 'polite' });
  const compare = async (): Promise<void> => {
    result.replaceChildren(el('p', { class: 'quiet' }, t('正在比较…')));
    const query = `before=${from.value}&after=${to.value}`;
    const [{ differences }, old, fresh] = await Promise.all([
      request<{ differences: Difference[] }>(`${desk.api}/comparison?${query}`),
      request<{ agreement: Agreement }>(`${desk.api}/revisions/${from.value}`),
      request<{ agreement: Agreement }>(`${desk.api}/revisions/${to.value}`),
    ]);
    result.replaceChildren(...comparison(desk, differences, old.agreement, fresh.agreement, [from.value, to.value]));
    result.scrollIntoView({ block: 'nearest' });
  };
  const go = el('button', { type: 'submit', class: 'btn btn-outline' }, icon('arrows-diff'), t('比较'));
  const form = el('form', { class: 'compare-form' }, labelled(t('从第几次'), from), labelled(t('到第几次'), to), go);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void compare();
  });
  const rows = [...changes].reverse().map((change) =>
    row(desk, change, sheet.close, () => {
      from.value = String(change.revision - 1);
      to.value = String(change.revision);
      void compare();
    }),
  );
  sheet.body.append(form, result, el('ol', { class: 'revisions', reversed: true, start: newest }, ...rows));
  if (newest > changes.length) sheet.body.append(el('p', { class: 'quiet' }, t('只列出最近 %(count)s 次；更早的可以填写次数查看和比较。', { count: SHOWN })));
}

function number(id: string, value: number, most: number): HTMLInputElement {
  return el('input', { class: 'form-control', type: 'number', inputmode: 'numeric', id, value, min: 0, max: most, required: true });
}

function labelled(words: string, input: HTMLInputElement): HTMLElement {
  return el('div', { class: 'field' }, el('label', { for: input.id }, words), input);
}

function row(desk: Desk, change: Change, close: () => void, compare: () => void): HTMLElement {
  const button = (words: string, name: string, act: () => void): HTMLElement => {
    const made = el('button', { type: 'button', class: 'btn btn-text', 'data-act': name, 'aria-label': t('%(act)s：第 %(revision)s 次', { act: words, revision: change.revision }) }, words);
    made.addEventListener('click', act);
    return made;
  };
  return el(
    'li',
    { value: change.revision, 'data-revision': change.revision },
    el('p', {}, changeText(desk, change)),
    el('p', { class: 'quiet' }, `${sideName(change.author.side)} · ${beijing(change.at).slice(0, 16)}`, change.proposal === null ? null : ` · ${t('来自建议')}`),
    el(
      'div',
      { class: 'row-wrap' },
      button(t('看改动'), 'compare', compare),
      button(t('看全文'), 'show', () => void show(desk, change.revision)),
      desk.state.may.write && desk.state.may.propose_changes && change.revision < desk.state.revision && button(t('恢复到这一次'), 'restore', () => void restore(desk, change.revision, close)),
    ),
  );
}

async function show(desk: Desk, revision: number): Promise<void> {
  const { text } = await request<{ text: string }>(`${desk.api}/revisions/${revision}`);
  openSheet(t('第 %(revision)s 次修改后的全文', { revision }), 'revision', true).body.append(documentView(text));
}

async function restore(desk: Desk, revision: number, close: () => void): Promise<void> {
  const yes = await ask({
    title: t('恢复到第 %(revision)s 次修改？', { revision }),
    text: t('此后的修改不再在草案中，但仍在历史中，可以再恢复。'),
    yes: t('恢复'),
  });
  if (!yes) return;
  const made = await desk.act({ op: 'restore', revision });
  if (!made) return;
  close();
  if (made.change) toast(t('已恢复到第 %(revision)s 次修改', { revision }));
}

function comparison(desk: Desk, differences: Difference[], old: Agreement, fresh: Agreement, revisions: string[]): HTMLElement[] {
  const differing = differences.filter((one) => one.kind !== 'same');
  if (differing.length === 0) return [el('p', {}, t('没有不同。'))];
  const title = (at: number): HTMLElement => el('h3', {}, t('第 %(revision)s 次修改后', { revision: revisions[at] ?? '' }));
  return [el('div', { class: 'side-by-side side-titles' }, title(0), title(1)), ...differing.map((one) => difference(desk, one, old, fresh))];
}

function difference(desk: Desk, one: Difference, old: Agreement, fresh: Agreement): HTMLElement {
  const there = one.kind === 'removed' ? old : fresh;
  const kind = there.clauses.find((clause) => clause.ref === one.ref)?.kind ?? { p: 'party', f: 'fact', h: 'header' }[one.ref.slice(0, 1)] ?? '';
  const mark = { added: t('新增'), removed: t('删去'), changed: t('有改动'), moved: t('移动'), same: '' }[one.kind];
  const fields = one.fields.filter((field) => !UNNAMED.includes(field.name) && !(field.name === 'kind' && one.ref.startsWith('c')));
  return el(
    'section',
    { class: 'difference', 'data-difference': one.ref },
    el('h4', {}, nameOf(there, desk.lexicon, one.ref), ' ', el('span', { class: 'mark' }, mark)),
    ...fields.map(({ name, before, after, marks }) => {
      const field = desk.lexicon.field(kind, name);
      const plain = field === undefined || field.type === 'text' || field.type === 'line';
      const side = (value: typeof before, agreement: Agreement, without: 'added' | 'removed', tag: 'del' | 'ins'): HTMLElement =>
        el(
          'div',
          {},
          el('p', { class: 'quiet' }, desk.lexicon.fieldName(kind, name)),
          el('p', { class: 'draft-text', lang: 'zh-CN' }, ...(plain && marks.length > 0 ? pieces(marks, without) : [value === null ? '—' : el(tag, {}, shown(agreement, field, value))])),
        );
      return el('div', { class: 'side-by-side' }, side(before, old, 'added', 'del'), side(after, fresh, 'removed', 'ins'));
    }),
  );
}
