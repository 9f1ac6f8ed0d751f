// Evidence and agreement beside the talk, built from the joint room's events and so always up to date.
import { digestElement } from '../lib/digest';
import { el, icon } from '../lib/dom';
import { t } from '../lib/text';
import { beijing } from '../lib/time';
import type { RoomEvent } from './protocol';

interface Exhibit {
  number: number;
  name: string | null;
  submitter: string;
  at: string;
  sha256: string | null;
  sm3: string | null;
  anchored: boolean;
}

interface Agreement {
  version: number;
  sha256: string;
  sm3: string;
  signed: string[];
  declined: { who: string; reason: string } | null;
  complete: boolean;
  sealed: boolean;
  dropped: number;
}

function mark(kind: string, iconName: string, text: string): HTMLElement {
  return el('span', { class: `mark mark-${kind}` }, icon(iconName), text);
}

const MARKS = {
  anchored: { icon: 'link' },
  waiting: { icon: 'hourglass' },
  sealed: { icon: 'rubber-stamp' },
  declined: { icon: 'hand-stop' },
  open: { icon: 'writing' },
};

export class Panel {
  private readonly exhibits = new Map<number, Exhibit>();
  private agreement: Agreement | null = null;

  constructor(
    private readonly exhibitList: HTMLElement,
    private readonly settlementCard: HTMLElement,
    private readonly urls: { exhibits: string; settlement: string },
  ) {}

  /** Takes in one event of the joint room. */
  apply(event: RoomEvent): void {
    if (event.kind.startsWith('exhibit_')) this.exhibit(event);
    else if (event.kind.startsWith('settlement_')) this.settlement(event);
  }

  private exhibit(event: RoomEvent): void {
    const number = Number(event.payload['exhibit']);
    if (event.kind === 'exhibit_received') {
      const text = (name: string): string | null => (event.payload[name] ? String(event.payload[name]) : null);
      this.exhibits.set(number, {
        number,
        name: text('file_name'),
        submitter: event.sender?.name ?? '',
        at: event.at,
        sha256: text('sha256'),
        sm3: text('sm3'),
        anchored: false,
      });
    } else {
      const known = this.exhibits.get(number);
      if (known) known.anchored = true;
    }
    this.exhibitList.replaceChildren(...[...this.exhibits.values()].reverse().map((each) => this.exhibitCard(each)));
  }

  private exhibitCard(exhibit: Exhibit): HTMLElement {
    const title = t('证据 %(number)s', { number: exhibit.number });
    return el(
      'li',
      { class: 'room-card', 'data-exhibit': exhibit.number, 'data-anchored': String(exhibit.anchored) },
      el(
        'div',
        { class: 'room-card-head' },
        el('a', { href: `${this.urls.exhibits}/${exhibit.number}`, target: '_blank', rel: 'noopener' }, title),
        exhibit.anchored
          ? mark('passed', MARKS.anchored.icon, t('已上链'))
          : mark('pending', MARKS.waiting.icon, t('已接收，正在上链')),
      ),
      el('div', { class: 'room-card-name' }, exhibit.name ?? t('保密证据：仅指定的人可见')),
      el('div', { class: 'quiet small' }, `${exhibit.submitter} · ${t('%(time)s 北京时间', { time: beijing(exhibit.at) })}`),
      exhibit.sha256 && exhibit.sm3
        ? el('details', { class: 'more' }, el('summary', {}, icon('chevron-down'), t('摘要')), digestElement('SHA-256', exhibit.sha256), digestElement('SM3', exhibit.sm3))
        : null,
    );
  }

  private settlement(event: RoomEvent): void {
    const version = Number(event.payload['version']);
    if (event.kind === 'settlement_proposed') {
      const dropped = event.payload['dropped'];
      this.agreement = {
        version,
        sha256: String(event.payload['text_sha256'] ?? ''),
        sm3: String(event.payload['text_sm3'] ?? ''),
        signed: [],
        declined: null,
        complete: false,
        sealed: false,
        dropped: Array.isArray(dropped) ? dropped.length : 0,
      };
    }
    const now = this.agreement;
    if (!now || now.version !== version) return;
    if (event.kind === 'settlement_signed') {
      now.signed.push(event.sender?.name ?? '');
      now.complete = event.payload['complete'] === true;
    } else if (event.kind === 'settlement_declined') {
      now.declined = { who: event.sender?.name ?? '', reason: String(event.payload['reason'] ?? '') };
    } else if (event.kind === 'settlement_sealed') now.sealed = true;
    this.settlementCard.replaceChildren(this.agreementCard(now));
  }

  private agreementCard(now: Agreement): HTMLElement {
    const state = now.sealed
      ? mark('seal', MARKS.sealed.icon, t('已盖章'))
      : now.declined
        ? mark('failed', MARKS.declined.icon, t('有一方拒绝签署'))
        : mark('active', MARKS.open.icon, now.complete ? t('各方已签，待盖章') : t('待签署'));
    return el(
      'div',
      { class: 'room-card', 'data-version': now.version, 'data-sealed': String(now.sealed) },
      el('div', { class: 'room-card-head' }, el('strong', {}, t('第 %(version)s 版', { version: now.version })), state),
      now.dropped > 0 ? el('p', { class: 'small' }, t('文本已修改，此前 %(count)s 份签署不再有效。', { count: now.dropped })) : null,
      el('p', { class: 'small' }, now.signed.length > 0 ? t('已签署：%(names)s', { names: now.signed.join('、') }) : t('尚无人签署')),
      now.declined ? el('p', { class: 'small' }, t('%(who)s 拒绝：%(reason)s', now.declined)) : null,
      el('details', { class: 'more' }, el('summary', {}, icon('chevron-down'), t('摘要')), digestElement('SHA-256', now.sha256), digestElement('SM3', now.sm3)),
      el('a', { class: 'btn btn-outline', href: this.urls.settlement }, t('查看全文')),
    );
  }
}
