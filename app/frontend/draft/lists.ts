// The lists that lead through the draft: what the checks found and what lacks, all proposals, the outline.
import { el, icon } from '../lib/dom';
import { t } from '../lib/text';
import { beijing } from '../lib/time';
import { sideName } from '../room/words';
import { Comments } from './comments';
import type { Desk } from './desk';
import { aside, home, wishes } from './elements';
import { hitView, weight } from './hits';
import { between } from './marked';
import { proposalView } from './proposals';
import type { Hit, Proposal } from './protocol';
import { openSheet } from './sheet';

/** Goes to an element, and to a field of it where one is named. */
export type Go = (ref: string, field?: string | null) => void;

export interface Lack {
  ref: string;
  field: string | null;
  words: string;
}

/** What still lacks, with where to go. */
export function lacking(desk: Desk): Lack[] {
  return Object.keys(desk.state.missing).map((path) => {
    if (path === 'clauses') return { ref: 'header', field: null, words: t('协议内容至少一条') };
    const parts = path.split('.');
    const inside = ['clauses', 'parties', 'facts'].includes(parts[0] ?? '');
    const ref = inside ? (parts[1] ?? 'header') : 'header';
    const field = (inside ? parts.slice(2) : parts).join('.');
    const kind = desk.elements.get(ref)?.kind ?? '';
    return { ref, field, words: `${desk.name(ref)}${t('：')}${desk.lexicon.fieldName(kind, field)}` };
  });
}

/** Hits that stop the proposal of a version. */
export function refusing(desk: Desk): Hit[] {
  return desk.hits.filter((hit) => hit.severity === 'refuse' && !hit.override);
}

/** Opens the list of checks. */
export function openChecks(desk: Desk, go: Go): void {
  const sheet = openSheet(t('检查'), 'checks');
  const jump = (words: string, ref: string, field: string | null): HTMLElement => {
    const button = el('button', { type: 'button', class: 'jump' }, words, icon('arrow-right'));
    button.addEventListener('click', () => {
      sheet.close();
      go(ref, field);
    });
    return button;
  };
  const lacks = lacking(desk);
  const { hits } = desk;
  sheet.body.append(el('p', { class: 'quiet' }, t('依据法条逐条检查，只作提示，不代替法院审查；没有提示不等于法院会确认。')));
  if (lacks.length > 0) sheet.body.append(el('h3', {}, t('还需要填写')), el('ul', { class: 'jumps' }, ...lacks.map((lack) => el('li', {}, jump(lack.words, lack.ref, lack.field)))));
  const open = hits.filter((hit) => !hit.override);
  if (open.length > 0) sheet.body.append(el('h3', {}, t('需要处理或者核对')));
  for (const [at, hit] of open.entries()) {
    const ref = home(hit.ref);
    if (ref === null) sheet.body.append(hitView(desk, hit, at));
    else sheet.body.append(el('div', { class: 'hit-line' }, weight(hit.severity), jump(`${desk.name(hit.ref)}${t('：')}${hit.title}`, ref, hit.field)));
  }
  const kept = hits.filter((hit) => hit.override);
  if (kept.length > 0) sheet.body.append(el('h3', {}, t('已说明理由并保留')), ...kept.map((hit, at) => hitView(desk, hit, 1000 + at)));
  if (lacks.length === 0 && hits.length === 0) sheet.body.append(el('p', {}, t('没有发现问题。')));
}

function stateWords(proposal: Proposal): string {
  return { open: t('待处理'), accepted: t('已接受'), rejected: t('已拒绝'), withdrawn: t('已撤回'), outdated: t('所改内容已不存在') }[proposal.state];
}

/** Opens the list of proposals, also the decided ones. */
export function openProposals(desk: Desk, go: Go): void {
  const sheet = openSheet(t('修改建议'), 'proposals');
  const { proposals } = desk.state;
  const open = proposals.filter((one) => one.state === 'open');
  const done = proposals.filter((one) => one.state !== 'open').reverse();
  if (proposals.length === 0) sheet.body.append(el('p', {}, t('还没有修改建议。当事人修改条款时，改动作为建议提出，由调解员决定。')));
  for (const one of open) {
    const there = el('button', { type: 'button', class: 'jump' }, desk.name(one.target), icon('arrow-right'));
    there.addEventListener('click', () => {
      sheet.close();
      go(one.target ?? 'proposed-clauses');
    });
    sheet.body.append(el('div', { class: 'hit-line' }, el('span', { class: 'mark mark-active' }, stateWords(one)), there, el('p', { class: 'quiet' }, `${one.author.name} · ${beijing(one.at).slice(0, 16)}`)));
  }
  if (done.length > 0) sheet.body.append(el('h3', {}, t('已处理')), ...done.map((one) => decided(desk, one)));
}

function decided(desk: Desk, one: Proposal): HTMLElement {
  const lines = wishes(desk.state.agreement, desk.lexicon, one.operation).map((wish) =>
    el('p', {}, el('strong', {}, wish.name), ' ', wish.after === null ? null : el('span', { lang: 'zh-CN' }, wish.after)),
  );
  return el(
    'div',
    { class: 'proposal' },
    el('p', { class: 'quiet' }, el('span', { class: 'mark' }, stateWords(one)), ` ${one.author.name}${aside(sideName(one.author.side))} · ${beijing(one.at).slice(0, 16)}`),
    ...lines,
    one.reason ? el('p', {}, t('理由：%(reason)s', { reason: one.reason })) : null,
  );
}

/** Open proposals that are at no element: new clauses and facts, going back. */
export function loose(desk: Desk): HTMLElement[] {
  return desk.state.proposals.filter((one) => one.state === 'open' && one.target === null).map((one) => proposalView(desk, one));
}

/** The outline's lines: element, name and what waits there. */
export function outline(desk: Desk, go: Go): HTMLElement[] {
  return [...desk.elements.keys()].map((ref) => {
    const hits = desk.hits.filter((hit) => home(hit.ref) === ref && !hit.override);
    const worst = hits.find((hit) => hit.severity === 'refuse') ?? hits.find((hit) => hit.severity === 'warn');
    const asked = desk.state.proposals.some((one) => one.state === 'open' && one.target === ref);
    const said = Comments.open(desk, ref);
    const link = el(
      'a',
      { href: `#${ref}` },
      el('span', {}, ref === 'header' ? t('争议事项') : desk.name(ref)),
      worst && el('span', { class: `dot-${worst.severity}`, title: worst.title }, icon('alert-triangle'), el('span', { class: 'visually-hidden' }, worst.title)),
      asked && el('span', { class: 'dot-asked', title: t('有修改建议') }, icon('edit'), el('span', { class: 'visually-hidden' }, t('有修改建议'))),
      said > 0 && el('span', { class: 'dot-said', title: t('有未了结的评论') }, icon('message-circle'), el('span', { class: 'visually-hidden' }, t('有未了结的评论'))),
    );
    link.addEventListener('click', (event) => {
      event.preventDefault();
      go(ref);
    });
    return el('li', {}, link);
  });
}

/** Texts that were written for what somebody else has removed meanwhile: to copy or to let go. */
export function orphans(desk: Desk): HTMLElement[] {
  return desk.edits
    .all()
    .filter((edit) => !desk.elements.has(edit.target))
    .map((edit) => {
      const away = el('button', { type: 'button', class: 'btn btn-outline' }, t('放弃'));
      away.addEventListener('click', () => desk.edits.takeTheirs(edit.target, edit.field));
      const text = typeof edit.value === 'string' ? edit.value : JSON.stringify(edit.value);
      return el(
        'div',
        { class: 'notice notice-warn' },
        icon('alert-triangle'),
        el(
          'div',
          {},
          el('p', {}, el('strong', {}, t('这一条已被删去，您没有保存的内容在这里')), el('span', { lang: 'zh-CN' }, between('', text))),
          el('div', { class: 'row-wrap' }, el('button', { type: 'button', class: 'btn btn-outline', 'data-copy': text }, icon('copy'), t('复制')), away),
        ),
      );
    });
}
