// The end of drafting: exactly this revision is proposed to the parties as a version to sign. For the mediator.
import { Refusal, request } from '../lib/api';
import { ask } from '../lib/confirm';
import { el, icon } from '../lib/dom';
import { t } from '../lib/text';
import { toast } from '../lib/toast';
import type { Desk } from './desk';
import { lacking, refusing } from './lists';
import { redraw } from './redraw';

export class Propose {
  readonly root = el('section', { class: 'piece propose', 'data-propose': true });
  private readonly reasons = el('div', { 'aria-live': 'polite' });
  private readonly order = el('input', { type: 'checkbox', id: 'in-order' });
  private readonly button = el('button', { type: 'button', class: 'btn btn-primary' }, icon('send'), t('提出给双方签署'));

  constructor(
    private readonly desk: Desk,
    private readonly settlement: string,
    showChecks: () => void,
  ) {
    const checks = el('button', { type: 'button', class: 'btn btn-outline' }, t('查看检查结果'));
    checks.addEventListener('click', showChecks);
    this.button.addEventListener('click', () => void this.propose());
    this.root.append(
      el('h3', {}, t('提出协议')),
      el('p', {}, t('提出的是现在这一次修改后的全文。双方会收到通知，看到文本及其摘要，并决定是否签署。')),
      this.reasons,
      el('div', { class: 'field' }, el('label', { class: 'choice' }, this.order, el('strong', {}, t('各方按顺序签署')), el('span', { class: 'help' }, t('前一方签署后，后一方才能签署；轮到时会收到通知。')))),
      el('div', { class: 'row-wrap' }, this.button, checks),
    );
  }

  draw(): void {
    const { state, edits } = this.desk;
    this.root.hidden = !state.may.decide;
    const [lacks, hits] = [lacking(this.desk).length, refusing(this.desk).length];
    const { waiting, conflicts, refused } = edits.summary;
    const unsaved = waiting + conflicts + refused;
    const stops = [
      lacks > 0 && t('还有 %(count)s 处待填', { count: lacks }),
      hits > 0 && t('%(count)s 处法院可能不予受理或者驳回，须修改或者书面说明理由', { count: hits }),
      state.missing_keys.length > 0 && t('还没有登记签名钥匙：%(names)s', { names: state.missing_keys.join(t('、')) }),
      unsaved > 0 && t('您有 %(count)s 处内容还没有保存', { count: unsaved }),
    ].filter((stop): stop is string => Boolean(stop));
    this.button.disabled = stops.length > 0;
    redraw(this.reasons, stops, () => [stops.length > 0 && el('ul', { class: 'stops' }, ...stops.map((stop) => el('li', {}, icon('alert-circle'), stop)))]);
  }

  private async propose(): Promise<void> {
    const { revision } = this.desk.state;
    const yes = await ask({
      title: t('提出这份协议？'),
      text: t('双方会收到通知，看到这份文本及其摘要，并决定是否签署。'),
      yes: t('提出'),
    });
    if (!yes) return;
    try {
      await request(`${this.desk.api}/versions`, { json: { revision, in_order: this.order.checked } });
      location.assign(this.settlement);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      toast(error.kind === 'conflict' ? t('草案刚刚又有修改，没有提出。请看过新的内容后再提出。') : error.message, 'bad');
      await this.desk.refresh();
    }
  }
}
