// Times for readers: Beijing time with its zone, and how long ago.
import { language, t } from './text';

const BEIJING = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Asia/Shanghai',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** `at` (RFC 3339, UTC) as "2025-11-23 20:15:07" in Beijing time. */
export function beijing(at: string): string {
  return BEIJING.format(new Date(at));
}

/** The time of day in Beijing, "20:15". */
export function beijingClock(at: string): string {
  return beijing(at).slice(11, 16);
}

/** "3 分钟前", "in 2 days"; seconds are rounded to "now". */
export function relative(at: string, now: number = Date.now()): string {
  const seconds = (new Date(at).getTime() - now) / 1000;
  const words = new Intl.RelativeTimeFormat(language() === 'en' ? 'en' : 'zh-CN', { numeric: 'auto' });
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [
    ['day', 86400],
    ['hour', 3600],
    ['minute', 60],
  ];
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return words.format(Math.round(seconds / size), unit);
  }
  return t('刚刚');
}

/** Fills every <time data-relative> and keeps it current. */
export function keepRelativeTimes(): void {
  const refresh = (): void => {
    for (const element of document.querySelectorAll<HTMLTimeElement>('time[data-relative]')) {
      element.textContent = relative(element.dateTime);
    }
  };
  refresh();
  window.setInterval(refresh, 30_000);
}
