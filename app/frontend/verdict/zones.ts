// Times of checks for readers: Beijing time with UTC beside it.
import { beijing } from '../lib/time';
import { t } from '../lib/text';

/** A UTC time of a check (RFC 3339, ending in Z) in both zones. */
export function zones(text: string): string {
  const whole = text.replace(/\.\d+Z$/, 'Z');
  return t('%(beijing)s 北京时间（%(utc)s UTC）', { beijing: beijing(whole), utc: whole.replace('T', ' ').replace('Z', '') });
}

const STATED = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/;

/** A time as people stated it (RFC 3339, any zone, seconds or not) in both zones, as exact as stated; other words as written. */
export function stated(text: string | null): string | null {
  const at = text === null ? null : STATED.exec(text);
  if (text === null || at === null || Number.isNaN(Date.parse(text))) return text;
  const utc = new Date(text).toISOString();
  const length = at[1] ? 19 : 16;
  return t('%(beijing)s 北京时间（%(utc)s UTC）', { beijing: beijing(utc).slice(0, length), utc: utc.slice(0, length).replace('T', ' ') });
}
