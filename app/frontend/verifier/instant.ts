// Times as microseconds since 1970 (UTC), from and to RFC 3339 text ending in Z.
import { MalformedInput } from './errors';

/** Microseconds since 1970-01-01T00:00:00Z. */
export type Instant = bigint;

export const SECOND = 1_000_000n;
const SHAPE = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?Z$/;

/** Reads RFC 3339 text; MalformedInput for another shape and for times that do not exist. */
export function parseInstant(text: string, where: string): Instant {
  const found = SHAPE.exec(text);
  if (!found) throw new MalformedInput('not a UTC time such as 2026-01-31T08:00:00Z', where);
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const moment = instantOf(year, month, day, hour, minute, second, found[7] ?? '');
  if (moment === null) throw new MalformedInput('no such time', where);
  return moment;
}

/** A time from its parts; null when there is none. fraction: the decimals of the second; those after six are cut. */
export function instantOf(
  year: number, month: number, day: number, hour: number, minute: number, second: number, fraction: string,
): Instant | null {
  if (year < 1 || hour > 23 || minute > 59 || second > 59) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  date.setUTCHours(hour, minute, second);
  return BigInt(date.getTime()) * 1_000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
}

/** A time from unix seconds. */
export function fromUnix(seconds: number): Instant {
  return BigInt(seconds) * SECOND;
}

/** RFC 3339 text in UTC, ending in Z; microseconds only when not zero. */
export function instantText(moment: Instant): string {
  const micros = ((moment % SECOND) + SECOND) % SECOND;
  const date = new Date(Number((moment - micros) / 1_000n));
  const whole = date.toISOString().replace(/\.\d+Z$/, '');
  return micros ? `${whole}.${micros.toString().padStart(6, '0')}Z` : `${whole}Z`;
}

/** Seconds from `earlier` to `later`, with decimals. */
export function secondsBetween(earlier: Instant, later: Instant): number {
  return Number(later - earlier) / 1e6;
}
