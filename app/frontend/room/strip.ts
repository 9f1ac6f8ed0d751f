// Who can see and hear you, and in which room you are: always on screen.
import { el, icon } from '../lib/dom';
import { t } from '../lib/text';
import type { Audience, Person, Side } from './protocol';
import { roomName, sideName } from './words';

const LOCK = { icon: 'lock' };
const EYE = { icon: 'eye' };
const OFF = { icon: 'wifi-off' };
const USERS = { icon: 'users' };

/** Draws the strip for the audience that one is in. `mine` is the reader's participant. */
export function drawStrip(place: HTMLElement, audience: Audience, people: Person[], mine: number): void {
  const secret = audience.kind === 'caucus';
  const others = people.filter((person) => person.id !== mine);
  place.classList.toggle('audience-private', secret);
  place.replaceChildren(
    el(
      'span',
      { class: 'audience-title' },
      icon(secret ? LOCK.icon : EYE.icon),
      secret ? t('单独会谈，另一方看不到也听不到。能看到、听到您的人：') : t('此刻能看到、听到您的人：'),
    ),
    el(
      'ul',
      {},
      ...others.map((person) => {
        const here = person.pages.length > 0;
        return el(
          'li',
          { class: here ? '' : 'away', 'data-side': person.side },
          person.name,
          ' ',
          el('span', { class: 'quiet' }, here ? sideName(person.side) : t('%(side)s · 不在此室', { side: sideName(person.side) })),
        );
      }),
    ),
    others.some((person) => person.pages.length === 0) ? el('span', { class: 'quiet small' }, t('不在此室的人之后可以看到文字。')) : '',
    others.length === 0 ? el('span', { class: 'quiet' }, t('没有其他人')) : '',
  );
}

/** While the line is broken nobody sees or hears anything. */
export function drawBroken(place: HTMLElement): void {
  place.classList.remove('audience-private');
  place.replaceChildren(
    el('span', { class: 'audience-title' }, icon(OFF.icon), t('连接中断：此刻没有人能看到、听到您。写下的内容会在恢复后发送。')),
  );
}

interface Tabs {
  audiences: Audience[];
  current: number;
  side: Side;
  unread: Map<number, number>;
}

/** Draws one tab per room; `go` is called with the room that was chosen. */
export function drawTabs(place: HTMLElement, { audiences, current, side, unread }: Tabs, go: (id: number) => void): void {
  place.replaceChildren(
    ...audiences.map((audience) => {
      const chosen = audience.id === current;
      const count = unread.get(audience.id) ?? 0;
      const tab = el(
        'button',
        {
          type: 'button',
          role: 'tab',
          'aria-selected': String(chosen),
          'data-place': audience.id,
          class: audience.kind === 'caucus' ? 'tab-private' : '',
        },
        icon(audience.kind === 'caucus' ? LOCK.icon : USERS.icon),
        roomName(audience, side),
        count > 0 ? el('span', { class: 'unread', 'aria-label': t('%(count)s 条未读', { count }) }, String(count)) : null,
      );
      tab.addEventListener('click', () => go(audience.id));
      return tab;
    }),
  );
}
