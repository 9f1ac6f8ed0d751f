// The record of one audience on screen: numbered lines, and below them what is not yet stored.
import { el, icon } from '../lib/dom';
import { t } from '../lib/text';
import { beijing, beijingClock } from '../lib/time';
import type { Outgoing } from './outbox';
import type { RoomEvent } from './protocol';
import { eventLine, sideName } from './words';

const NEAR_END = 80;

export class Talk {
  private readonly list: HTMLElement;

  constructor(
    list: HTMLElement,
    private readonly scroll: HTMLElement,
    private readonly participant: number,
  ) {
    this.list = list;
  }

  /** Shows one audience from its beginning. */
  show(events: RoomEvent[], waiting: Outgoing[]): void {
    this.list.replaceChildren(...events.map((event) => this.line(event)));
    this.wait(waiting);
    this.toEnd();
  }

  /** One more event of the audience on screen. */
  add(event: RoomEvent, waiting: Outgoing[]): void {
    const follow = this.atEnd() || event.sender?.id === this.participant;
    const first = this.list.querySelector('.waiting');
    this.list.insertBefore(this.line(event), first);
    this.wait(waiting);
    if (follow) this.toEnd();
  }

  /** Replaces what is shown as not yet sent. */
  wait(waiting: Outgoing[]): void {
    for (const old of this.list.querySelectorAll('.waiting')) old.remove();
    for (const message of waiting) {
      this.list.append(
        el(
          'li',
          { class: 'said own waiting' },
          el('div', { class: 'said-head' }, icon('hourglass'), el('span', {}, t('待发送，恢复连接后自动补发'))),
          el('div', { class: 'said-text' }, message.text),
        ),
      );
    }
    if (waiting.length > 0) this.toEnd();
  }

  private line(event: RoomEvent): HTMLElement {
    const time = el('time', { datetime: event.at, title: t('%(time)s 北京时间', { time: beijing(event.at) }) }, beijingClock(event.at));
    const number = el('span', { class: 'said-number', 'aria-label': t('第 %(number)s 条', { number: event.sequence }) }, String(event.sequence));
    if (event.kind !== 'message') {
      const what = eventLine(event);
      return el(
        'li',
        { class: 'happened', 'data-kind': event.kind, 'data-sequence': event.sequence },
        number,
        what ? icon(what.icon) : null,
        el('span', {}, what ? what.text : t('新的记录')),
        time,
      );
    }
    const own = event.sender?.id === this.participant;
    return el(
      'li',
      { class: own ? 'said own' : 'said', 'data-side': event.sender?.side ?? '', 'data-sequence': event.sequence },
      el(
        'div',
        { class: 'said-head' },
        number,
        el('strong', {}, own ? t('您') : (event.sender?.name ?? '')),
        event.sender ? el('span', {}, sideName(event.sender.side)) : null,
        time,
      ),
      el('div', { class: 'said-text' }, String(event.payload['text'] ?? '')),
    );
  }

  private atEnd(): boolean {
    return this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < NEAR_END;
  }

  private toEnd(): void {
    this.scroll.scrollTop = this.scroll.scrollHeight;
  }
}
