// Names of sides and rooms, and what the events of a case mean in a sentence.
import { t } from '../lib/text';
import type { Audience, RoomEvent, Side } from './protocol';

export function sideName(side: Side): string {
  return { claimant: t('申请人'), respondent: t('被申请人'), mediator: t('调解员') }[side];
}

/** Name of a room as somebody on `side` sees it. */
export function roomName(audience: Audience, side: Side): string {
  if (audience.kind === 'joint' || !audience.side) return t('共同调解室');
  if (side === 'mediator') return t('与%(side)s单独会谈', { side: sideName(audience.side) });
  return t('单独会谈');
}

function hasItems(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

/** Icon and sentence of an event that is not a message; null for kinds this page does not know. */
export function eventLine(event: RoomEvent): { icon: string; text: string } | null {
  const { payload, sender } = event;
  const who = sender ? sender.name : '';
  const number = String(payload['exhibit'] ?? '');
  const version = String(payload['version'] ?? '');
  switch (event.kind) {
    case 'room_opened':
      return { icon: 'door-enter', text: t('%(who)s 开启了调解室。', { who }) };
    case 'caucus_opened':
      return { icon: 'lock', text: t('%(who)s 开启了单独会谈。另一方和法官看不到这里的内容。', { who }) };
    case 'exhibit_received':
      return payload['file_name']
        ? { icon: 'file', text: t('%(who)s 提交了证据 %(number)s：%(name)s', { who, number, name: String(payload['file_name']) }) }
        : { icon: 'lock', text: t('%(who)s 提交了保密证据 %(number)s', { who, number }) };
    case 'exhibit_anchored':
      return { icon: 'link', text: t('证据 %(number)s 已上链（批次 %(batch)s）', { number, batch: String(payload['batch'] ?? '') }) };
    case 'settlement_proposed':
      return {
        icon: 'writing',
        text: hasItems(payload['dropped'])
          ? t('%(who)s 提出了调解协议第 %(version)s 版。此前版本的签署不再有效。', { who, version })
          : t('%(who)s 提出了调解协议第 %(version)s 版', { who, version }),
      };
    case 'settlement_signed':
      return { icon: 'signature', text: t('%(who)s 签署了调解协议第 %(version)s 版', { who, version }) };
    case 'settlement_declined':
      return { icon: 'hand-stop', text: t('%(who)s 拒绝签署第 %(version)s 版：%(reason)s', { who, version, reason: String(payload['reason'] ?? '') }) };
    case 'settlement_sealed':
      return { icon: 'rubber-stamp', text: t('调解协议第 %(version)s 版已盖章并上链', { version }) };
    case 'confirmation_requested':
      return { icon: 'building-bank', text: t('双方已共同申请司法确认：%(court)s', { court: String(payload['court'] ?? '') }) };
    case 'confirmation_decided':
      return {
        icon: 'gavel',
        text: payload['outcome'] === 'valid' ? t('法院裁定调解协议有效') : t('法院驳回了司法确认申请'),
      };
    default:
      return null;
  }
}
