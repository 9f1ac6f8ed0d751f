// A draft as elements (header, parties, facts, clauses), their fields and what people call them. No page here.
import { language, t } from '../lib/text';
import type { Agreement, Change, Clause, Entry, Field, Json, Kind, Kinds, Operation, Party } from './protocol';

export const EMPTY = '—';

export type Group = 'header' | 'party' | 'fact' | 'clause';

export interface Element {
  ref: string;
  group: Group;
  /** Kind of a clause, otherwise the group. */
  kind: string;
  values: Record<string, Json>;
  library: string | null;
}

/** Every element by its ref, in reading order. */
export function elementsOf(agreement: Agreement): Map<string, Element> {
  const { parties, facts, clauses, ...header } = agreement;
  const found: Element[] = [
    ...parties.map((party): Element => ({ ref: party.ref, group: 'party', kind: 'party', values: party, library: null })),
    { ref: 'header', group: 'header', kind: 'header', values: header as Record<string, Json>, library: null },
    ...facts.map((fact): Element => ({ ref: fact.ref, group: 'fact', kind: 'fact', values: { text: fact.text }, library: null })),
    ...clauses.map((clause): Element => ({ ref: clause.ref, group: 'clause', kind: clause.kind, values: clause.fields, library: clause.library })),
  ];
  return new Map(found.map((element) => [element.ref, element]));
}

/** What element a ref of a hit or comment stands at; null for the whole. */
export function home(ref: string | null): string | null {
  return ref === 'dispute' ? 'header' : ref;
}

/** Words about fields and kinds, as the server gave them in the reader's language. */
export class Lexicon {
  private readonly kinds: Map<string, Kind>;
  private readonly entries: Map<string, Entry>;

  constructor(private readonly given: Kinds) {
    this.kinds = new Map(given.kinds.map((kind) => [kind.kind, kind]));
    this.entries = new Map(given.library.map((entry) => [entry.key, entry]));
  }

  kindName(kind: string): string {
    return this.kinds.get(kind)?.label ?? kind;
  }

  get allKinds(): Kind[] {
    return this.given.kinds;
  }

  get library(): Entry[] {
    return this.given.library;
  }

  entry(key: string | null): Entry | undefined {
    return key === null ? undefined : this.entries.get(key);
  }

  fields(kind: string): Field[] {
    if (kind === 'header' || kind === 'party' || kind === 'fact') return this.given.elements[kind];
    return this.kinds.get(kind)?.fields ?? [];
  }

  /** The field that a name of a change, hit or problem means; `representative` is found as `representative.name`. */
  field(kind: string, name: string): Field | undefined {
    const fields = this.fields(kind);
    return fields.find((field) => field.name === name) ?? fields.find((field) => field.name.startsWith(`${name}.`));
  }

  fieldName(kind: string, name: string): string {
    if (name === 'kind' && kind !== 'party') return t('种类');
    return this.field(kind, name)?.label ?? name;
  }
}

/** " (claimant)" or "（申请人）", to stand behind a name. */
export function aside(text: string): string {
  return language() === 'en' ? ` (${text})` : `（${text}）`;
}

/** 甲方, 乙方 …, or Party A in English; a dash for a ref that is not there. */
export function letter(parties: Party[], ref: string): string {
  const at = parties.findIndex((party) => party.ref === ref);
  if (at < 0) return EMPTY;
  return t('%(letter)s方', { letter: t('甲乙丙丁戊己庚辛壬癸子丑').charAt(at) });
}

/** What people call an element: 第 3 条 付款, 甲方, 事实 1. */
export function nameOf(agreement: Agreement, lexicon: Lexicon, ref: string | null): string {
  if (ref === null) return t('全文');
  if (ref === 'header' || ref === 'dispute') return t('争议事项与调解组织');
  const clause = agreement.clauses.findIndex((one) => one.ref === ref);
  if (clause >= 0) return t('第 %(at)s 条 %(kind)s', { at: clause + 1, kind: lexicon.kindName(agreement.clauses[clause]?.kind ?? '') });
  if (agreement.parties.some((party) => party.ref === ref)) return letter(agreement.parties, ref);
  const fact = agreement.facts.findIndex((one) => one.ref === ref);
  if (fact >= 0) return t('事实 %(at)s', { at: fact + 1 });
  return t('已删去的内容（%(ref)s）', { ref });
}

/** The name of what a change was about, also where it has gone since. */
export function nameInChange(agreement: Agreement, lexicon: Lexicon, change: Change): string {
  const ref = change.target;
  if (ref === null || elementsOf(agreement).has(ref)) return nameOf(agreement, lexicon, ref);
  const [before, after] = change.patch[ref] ?? [null, null];
  const element = (before ?? after) as { kind?: string } | null;
  if (ref.startsWith('c') && element?.kind) return t('%(kind)s（已删去）', { kind: lexicon.kindName(element.kind) });
  return nameOf(agreement, lexicon, ref);
}

/** A value as people read it. */
export function shown(agreement: Agreement, field: Field | undefined, value: Json | undefined): string {
  if (value === null || value === undefined || value === '') return EMPTY;
  if (value === true) return t('是');
  if (Array.isArray(value)) return value.length === 0 ? EMPTY : value.map((part) => shown(agreement, field, part)).join(t('；'));
  if (typeof value === 'object') return Object.values(value).filter(Boolean).join(' ');
  const text = String(value);
  if (field?.type === 'party' || field?.type === 'parties') return letter(agreement.parties, text);
  if (field?.type === 'clause') {
    const at = agreement.clauses.findIndex((clause) => clause.ref === text);
    return at < 0 ? EMPTY : t('第 %(at)s 条', { at: at + 1 });
  }
  if (field?.type === 'amount') return money(text);
  return field?.choices.find((choice) => choice.value === text)?.label ?? text;
}

/** "50,000.00"; what is no amount yet stays as it was typed. */
function money(text: string): string {
  const plain = text.replace(/[,，]/g, '');
  if (!/^\d{1,12}(\.\d{1,2})?$/.test(plain)) return text;
  const [yuan = '', cents = ''] = plain.split('.');
  return `${yuan.replace(/\B(?=(\d{3})+$)/g, ',')}.${cents.padEnd(2, '0')}`;
}

/** One line of what a proposal would change. */
export interface Wish {
  name: string;
  before: string | null;
  after: string | null;
  /** A text that people write: what differs inside it is worth marking. */
  written: boolean;
}

/** What an operation would change, to be read beside what stands there now. */
export function wishes(agreement: Agreement, lexicon: Lexicon, operation: Operation): Wish[] {
  const element = elementsOf(agreement).get(operation.target ?? '');
  if (operation.op === 'edit') {
    return Object.entries(operation.set ?? {}).map(([name, value]) => {
      const field = element && lexicon.field(element.kind, name);
      return {
        name: element ? lexicon.fieldName(element.kind, name) : name,
        before: shown(agreement, field, element?.values[name]),
        after: shown(agreement, field, value),
        written: field?.type === 'text' || field?.type === 'line',
      };
    });
  }
  if (operation.op === 'add' && operation.clause) {
    const kind = operation.clause.kind ?? '';
    const fields = Object.entries(operation.clause.fields ?? {});
    const filled = fields.map(([name, value]) => `${lexicon.fieldName(kind, name)}：${shown(agreement, lexicon.field(kind, name), value)}`);
    return [{ name: t('新增一条：%(kind)s', { kind: lexicon.kindName(kind) }), before: null, after: filled.join(t('；')) || null, written: false }];
  }
  if (operation.op === 'add') return [{ name: t('新增一项事实'), before: null, after: operation.fact?.text ?? '', written: false }];
  if (operation.op === 'remove') return [{ name: t('删去'), before: null, after: null, written: false }];
  if (operation.op === 'move') return [{ name: t('移动位置'), before: null, after: operation.after ? t('移到%(name)s之后', { name: nameOf(agreement, lexicon, operation.after) }) : t('移到最前'), written: false }];
  return [{ name: t('恢复到第 %(revision)s 次修改', { revision: operation.revision ?? 0 }), before: null, after: null, written: false }];
}

/** The value that a check's suggestion comes to, where it is one that can be put in as it stands. */
export function suggested(hit: { rule: string; field: string | null; start: number; end: number; values: Record<string, string> }, values: Record<string, Json>): { field: string; value: Json } | null {
  if (hit.rule === 'instalment_sum' && hit.values['sum'] && typeof values['amount'] === 'string') {
    return { field: 'amount', value: hit.values['sum'].replace(/,/g, '') };
  }
  const text = hit.field === null ? undefined : values[hit.field];
  if (hit.rule === 'party_name' && hit.field && hit.values['name'] && typeof text === 'string' && hit.end > hit.start) {
    const letters = [...text];
    return { field: hit.field, value: letters.slice(0, hit.start).join('') + hit.values['name'] + letters.slice(hit.end).join('') };
  }
  return null;
}

/** A clause as an operation that adds it again behind `after`. */
export function addAgain(clause: Clause, after: string | null): Operation {
  return { op: 'add', clause: { kind: clause.kind, fields: clause.fields, library: clause.library }, after };
}
