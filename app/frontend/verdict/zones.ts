// Times of checks for readers: Beijing time with UTC beside it.
import { beijing } from '../lib/time';
import { t } from '../lib/text';

/** A UTC time of a check (RFC 3339, ending in Z) in both zones. */
export function zones(text: string): string {
  const whole = text.replace(/\.\d+Z$/, 'Z');
  return t('%(beijing)s 北京时间（%(utc)s UTC）', { beijing: beijing(whole), utc: whole.replace('T', ' ').replace('Z', '') });
}
