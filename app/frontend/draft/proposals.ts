// What parties would like to change, at the element that it is about; the mediator decides, its author withdraws.
import { Refusal, request } from '../lib/api';
import { ask } from '../lib/confirm';
import { el, icon } from '../lib/dom';
import { t } from '../lib/text';
import { beijing } from '../lib/time';
import { toast } from '../lib/toast';
import { sideName } from '../room/words';
import { askText } from './ask';
import type { Desk } from './desk';
import { aside, wishes, type Wish } from './elements';
import { between } from './marked';
import type { Proposal } from './protocol';

/** One open proposal. */
export function proposalView(desk: Desk, proposal: Proposal): HTMLElement {
  const lines = wishes(desk.state.agreement, desk.lexicon, proposal.operation).map((wish) =>
    el(
      'p',
      { class: 'draft-text' },
      el('strong', {}, wish.name),
      ' ',
      ...wishText(wish),
    ),
  );
  const { author } = proposal;
  return el(
    'div',
    { class: 'proposal', 'data-proposal': proposal.id },
    el('p', { class: 'quiet' }, icon('edit'), el('strong', {}, t('修改建议')), ` ${author.name}${aside(sideName(author.side))} · ${beijing(proposal.at).slice(0, 16)}`),
    ...lines,
    proposal.note ? el('p', {}, t('说明：%(note)s', { note: proposal.note })) : null,
    buttons(desk, proposal),
  );
}

/** Texts with their differences inside; figures, dates and choices as a whole. */
function wishText(wish: Wish): (HTMLElement | string | null)[] {
  if (wish.before !== null && wish.written) return [between(wish.before, wish.after ?? '')];
  const [before, after] = [wish.before, wish.after];
  return [before === null ? null : el('del', { lang: 'zh-CN' }, before), before && after ? ' → ' : null, after === null ? null : el('ins', { lang: 'zh-CN' }, after)];
}

function buttons(desk: Desk, proposal: Proposal): HTMLElement | null {
  const made: HTMLElement[] = [];
  const add = (words: string, style: string, name: string, act: () => Promise<void>): void => {
    const button = el('button', { type: 'button', class: `btn ${style}`, 'data-key': `${name}-${proposal.id}`, 'data-act': name }, words);
    button.addEventListener('click', () => void act());
    made.push(button);
  };
  if (desk.state.may.decide) {
    add(t('接受'), 'btn-primary', 'accept', () => accept(desk, proposal));
    add(t('拒绝'), 'btn-danger-outline', 'reject', () => reject(desk, proposal));
  } else if (proposal.author.id === desk.state.me.id && desk.state.may.propose_changes) {
    add(t('撤回建议'), 'btn-outline', 'withdraw', async () => void (await desk.call(`/proposals/${proposal.id}/withdrawal`, {})));
  }
  return made.length > 0 ? el('div', { class: 'row-wrap' }, ...made) : null;
}

async function accept(desk: Desk, proposal: Proposal, base?: number): Promise<void> {
  try {
    const json = base === undefined ? { accept: true } : { accept: true, base };
    const answer = await request<{ proposal: Proposal }>(`${desk.api}/proposals/${proposal.id}/decision`, { json });
    toast(answer.proposal.state === 'outdated' ? t('建议所改的内容已不在草案中，没有改动。') : t('已接受建议'));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.kind === 'conflict' && base === undefined) return acceptOver(desk, proposal, error);
    toast(error.message, 'bad');
  } finally {
    await desk.refresh();
  }
}

async function acceptOver(desk: Desk, proposal: Proposal, error: Refusal): Promise<void> {
  const yes = await ask({
    title: t('提出建议之后，这一处又有修改'),
    text: t('接受将以建议的内容代替之后的修改。此前的内容仍可在修改历史中查看和恢复。'),
    yes: t('仍然接受'),
  });
  if (yes) await accept(desk, proposal, Number(error.detail['revision'] ?? desk.state.revision));
}

async function reject(desk: Desk, proposal: Proposal): Promise<void> {
  const reason = await askText({ title: t('拒绝这项建议'), text: t('理由将告知各方。'), label: t('理由'), yes: t('拒绝'), most: 1000 });
  if (reason !== null) await desk.call(`/proposals/${proposal.id}/decision`, { accept: false, reason });
}
