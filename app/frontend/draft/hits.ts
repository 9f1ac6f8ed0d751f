// What the checks found, at its element: weight by icon, words and colour; article, suggestion, the mediator's reason.
import { el, icon } from '../lib/dom';
import { t } from '../lib/text';
import { askText } from './ask';
import type { Desk } from './desk';
import { home, suggested } from './elements';
import type { Hit, Severity } from './protocol';

const LOOK = {
  refuse: { icon: 'alert-triangle', mark: 'mark mark-failed' },
  warn: { icon: 'alert-circle', mark: 'mark mark-pending' },
  hint: { icon: 'info-circle', mark: 'mark' },
} as const;

export function severityWords(severity: Severity): string {
  if (severity === 'refuse') return t('法院可能不予受理或者驳回');
  return severity === 'warn' ? t('请核对') : t('提示');
}

/** The weight of a hit as a mark. */
export function weight(severity: Severity): HTMLElement {
  return el('span', { class: LOOK[severity].mark }, icon(LOOK[severity].icon), severityWords(severity));
}

/** One hit with its explanation folded, and what can be done about it. */
export function hitView(desk: Desk, hit: Hit, at: number): HTMLElement {
  return el(
    'div',
    { class: `hit hit-${hit.severity}${hit.override ? ' hit-kept' : ''}`, 'data-rule': hit.rule, 'data-open': !hit.override },
    el('div', { class: 'hit-head' }, weight(hit.severity), el('strong', {}, hit.title), fieldName(desk, hit)),
    hit.override && el('p', {}, icon('writing'), t('调解员保留的理由（%(by)s）：%(reason)s', { by: hit.override.by, reason: hit.override.reason })),
    el(
      'details',
      { class: 'more', 'data-fold': `${hit.rule}-${at}`, open: hit.severity === 'refuse' && !hit.override },
      el('summary', { 'data-key': `fold-${hit.rule}-${at}` }, t('说明与建议'), icon('chevron-down')),
      el('p', {}, hit.explanation),
      hit.excerpt ? el('p', { lang: 'zh-CN', class: 'draft-text' }, `“${hit.excerpt}”`) : null,
      el('p', {}, el('strong', {}, t('建议：')), hit.suggestion),
      el('p', { class: 'quiet' }, el('span', { class: 'article' }, hit.source), hit.certain ? null : ` ${t('（条文序号待核）')}`),
    ),
    buttons(desk, hit, at),
  );
}

function fieldName(desk: Desk, hit: Hit): HTMLElement | null {
  const kind = desk.elements.get(home(hit.ref) ?? '')?.kind;
  return kind && hit.field ? el('span', { class: 'quiet' }, desk.lexicon.fieldName(kind, hit.field)) : null;
}

function buttons(desk: Desk, hit: Hit, at: number): HTMLElement | null {
  const ref = home(hit.ref);
  const element = ref === null ? undefined : desk.elements.get(ref);
  const value = element && suggested(hit, element.values);
  const made: HTMLElement[] = [];
  if (value && ref && !hit.override && desk.state.may.propose_changes) {
    const adopt = el('button', { type: 'button', class: 'btn btn-outline', 'data-key': `adopt-${hit.rule}-${at}` }, t('采用建议'));
    adopt.addEventListener('click', () => {
      desk.write(ref, value.field, value.value);
      void desk.save();
    });
    made.push(adopt);
  }
  if (!hit.override && desk.state.may.decide && hit.severity !== 'hint') {
    const keep = el('button', { type: 'button', class: 'btn btn-text', 'data-key': `keep-${hit.rule}-${at}` }, t('书面说明理由并保留'));
    keep.addEventListener('click', () => void override(desk, hit));
    made.push(keep);
  }
  return made.length > 0 ? el('div', { class: 'row-wrap' }, ...made) : null;
}

async function override(desk: Desk, hit: Hit): Promise<void> {
  const reason = await askText({
    title: t('保留原文的理由'),
    text: t('%(title)s。理由写入记录，并随协议提交法院；该处文字再有改动的，理由不再适用。', { title: hit.title }),
    label: t('理由（不少于十个字）'),
    yes: t('保留原文'),
    least: 10,
    most: 2000,
  });
  if (reason !== null) await desk.call('/overrides', { rule: hit.rule, ref: hit.ref, reason });
}
