// Parts of a page in the site's own markup: panels, notices, marks, facts. The same classes as templates/macros/ui.html.
import { el, icon } from '../lib/dom';
import { markText, type Mark } from './words';

type Part = Node | string | null;

/** A panel with a title. */
export function panel(title: string, ...parts: Part[]): HTMLElement {
  return el('section', { class: 'panel' }, el('div', { class: 'panel-head' }, el('h2', {}, title)), el('div', { class: 'panel-body' }, ...parts));
}

const NOTICE_ICONS = { info: { icon: 'info-circle' }, warn: { icon: 'alert-triangle' }, bad: { icon: 'alert-octagon' } } as const;

/** A notice; `bad` is read out at once. */
export function notice(kind: keyof typeof NOTICE_ICONS, title: string, ...lines: Part[]): HTMLElement {
  const text = el('div', {}, title ? el('strong', {}, title) : null, ...lines.map((line) => (typeof line === 'string' ? el('p', {}, line) : line)));
  return el('div', { class: `notice notice-${kind}`, role: kind === 'bad' ? 'alert' : null }, icon(NOTICE_ICONS[kind].icon), text);
}

const MARKS: Record<Mark, { icon: string; kind: string }> = {
  passed: { icon: 'circle-check', kind: 'passed' },
  failed: { icon: 'circle-x', kind: 'failed' },
  missing: { icon: 'circle-dashed', kind: 'missing' },
  undetermined: { icon: 'hourglass', kind: 'pending' },
};

/** The mark of a check or an answer: icon, border and words all differ between states. */
export function markElement(mark: Mark): HTMLElement {
  const { icon: name, kind } = MARKS[mark];
  return el('span', { class: `mark mark-${kind}` }, icon(name), markText(mark));
}

/** A list of names and values. */
export function facts(pairs: readonly (readonly [string, Part])[], name = 'facts'): HTMLElement {
  return el('dl', { class: name }, ...pairs.map(([term, value]) => el('div', {}, el('dt', {}, term), el('dd', {}, value))));
}

/** A part that unfolds. */
export function more(summary: string, ...parts: Part[]): HTMLDetailsElement {
  return el('details', { class: 'more' }, el('summary', {}, icon('chevron-down'), summary), ...parts);
}
