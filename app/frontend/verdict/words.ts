// The kernel's words about checks, reasons and facts (words.json is written from evidence/words.py), in the page's language.
import { language, t } from '../lib/text';
import { stated, zones } from './zones';
import { NOT_PROVIDED, type Answer, type Check, type Fact, type Verdict } from '../verifier/verdict';
import tables from './words.json';

type Table = Record<string, readonly string[]>;
const coded = new Set(tables.coded);
const STATED_TIMES = new Set(['made_at', 'compared_at']);
const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

function pick(pair: readonly string[]): string {
  return pair[language() === 'en' ? 1 : 0] ?? '';
}

function word(table: Table, code: string): string | null {
  const pair = Object.prototype.hasOwnProperty.call(table, code) ? table[code] : undefined;
  return pair ? pick(pair) : null;
}

/** Name of an answer. */
export function answerText(answer: Answer): string {
  return word(tables.answers, answer) ?? answer;
}

/** What a check asks, as a statement; a code that is newer than the words as it is. */
export function checkText(code: string): string {
  return word(tables.checks, code) ?? code;
}

/** Words of a coded value: a reason, an office, a role. */
export function valueText(code: string): string {
  return word(tables.reasons, code) ?? word(tables.values, code) ?? code;
}

/** Why a check did not pass, as a phrase; empty where it says nothing, or passed. */
export function reasonText(check: Check): string {
  const reason = check.detail['reason'];
  return check.status === 'PASSED' || typeof reason !== 'string' ? '' : valueText(reason);
}

export type Mark = 'passed' | 'failed' | 'undetermined' | 'missing';

/** The mark of one check; `missing` where it is open because something was not provided. */
export function markOf(check: Check): Mark {
  if (check.status === 'UNDETERMINED') return check.detail['reason'] === NOT_PROVIDED ? 'missing' : 'undetermined';
  return check.status === 'PASSED' ? 'passed' : 'failed';
}

/** The mark of an answer. */
export function markOfAnswer(verdict: Verdict, answer: Answer): Mark {
  if (verdict.missing(answer)) return 'missing';
  const status = verdict.status(answer);
  return status === 'PASSED' ? 'passed' : status === 'FAILED' ? 'failed' : 'undetermined';
}

/** The word of a mark: 通过, 未通过, 未提供, 待定. */
export function markText(mark: Mark): string {
  return mark === 'missing' ? pick(tables.missing) : (word(tables.statuses, mark.toUpperCase()) ?? mark);
}

/** The facts of a check as name and value; nothing that is not known is shown, nor what is said elsewhere. */
export function factLines(check: Check, hidden: readonly string[] = ['reason']): [string, string][] {
  return Object.entries(check.detail)
    .filter(([name, value]) => !hidden.includes(name) && value !== null && !(Array.isArray(value) && !value.length))
    .map(([name, value]) => [word(tables.facts, name) ?? name, STATED_TIMES.has(name) && typeof value === 'string' ? (stated(value) ?? '') : factText(value, coded.has(name))]);
}

function factText(value: Fact, isCoded: boolean): string {
  if (typeof value === 'boolean') return value ? t('是') : t('否');
  if (Array.isArray(value)) return value.map((item) => factText(item, isCoded)).join(t('、'));
  if (value !== null && typeof value === 'object') return Object.values(value).filter((item) => item !== null).map((item) => factText(item, isCoded)).join(' ');
  const text = String(value);
  if (INSTANT.test(text)) return zones(text);
  if (!isCoded) return text;
  return word(tables.reasons, text) ?? word(tables.values, text) ?? word(tables.facts, text) ?? text;
}
