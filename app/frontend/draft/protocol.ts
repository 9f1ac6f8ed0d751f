// What the server says of a draft (docs/drafting.md). Types only.

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

export interface Person {
  id: number;
  name: string;
  party: string;
  side: 'claimant' | 'respondent' | 'mediator';
}

export interface Party {
  ref: string;
  side: 'claimant' | 'respondent';
  name: string;
  [name: string]: Json;
}

export interface Clause {
  ref: string;
  kind: string;
  fields: Record<string, Json>;
  library: string | null;
}

export interface Agreement {
  title: string;
  number: string;
  dispute: string;
  parties: Party[];
  facts: { ref: string; text: string }[];
  clauses: Clause[];
  [name: string]: unknown;
}

export type Severity = 'refuse' | 'warn' | 'hint';

export interface Hit {
  rule: string;
  severity: Severity;
  ref: string | null;
  field: string | null;
  start: number;
  end: number;
  excerpt: string;
  source: string;
  certain: boolean;
  values: Record<string, string>;
  title: string;
  explanation: string;
  suggestion: string;
  override: { reason: string; by: string; at: string } | null;
}

export interface Comment {
  id: number;
  target: string | null;
  reply_to: number | null;
  text: string;
  author: Person;
  at: string;
  resolved_at: string | null;
}

export interface Operation {
  op: 'edit' | 'add' | 'remove' | 'move' | 'restore';
  target?: string;
  set?: Record<string, Json>;
  clause?: { kind?: string; library?: string | null; fields?: Record<string, Json> };
  fact?: { text: string };
  after?: string | null;
  revision?: number;
}

export interface Proposal {
  id: number;
  target: string | null;
  base: number;
  operation: Operation;
  note: string;
  author: Person;
  at: string;
  state: 'open' | 'accepted' | 'rejected' | 'withdrawn' | 'outdated';
  decided_by: Person | null;
  decided_at: string | null;
  reason: string | null;
}

export interface State {
  number: string;
  revision: number;
  activity: number;
  open_editing: boolean;
  me: Person;
  may: { write: boolean; propose_changes: boolean; decide: boolean };
  agreement: Agreement;
  text: string;
  english: string;
  lines: Record<string, { zh: string[]; en: string[] }>;
  missing: Record<string, string>;
  hits: Hit[];
  comments: Comment[];
  proposals: Proposal[];
  missing_keys: string[];
}

export interface Field {
  name: string;
  type: 'line' | 'text' | 'choice' | 'party' | 'parties' | 'amount' | 'date' | 'days' | 'rate' | 'instalments' | 'clause' | 'flag';
  label: string;
  required: boolean;
  limit: number;
  choices: { value: string; label: string }[];
}

export interface Kind {
  kind: string;
  label: string;
  fields: Field[];
  one_of: string[][];
}

export interface Entry {
  key: string;
  kind: string;
  title: { zh: string; en: string };
  use: { zh: string; en: string };
  article: string;
}

export interface Kinds {
  kinds: Kind[];
  elements: Record<'header' | 'party' | 'fact', Field[]>;
  library: Entry[];
}

export interface Change {
  revision: number;
  kind: string;
  target: string | null;
  touched: string[];
  patch: Record<string, [Json, Json]>;
  author: Person;
  at: string;
  proposal: number | null;
}

/** Answer to a change: exactly one of `change`, `proposal`, or neither where nothing differed. */
export interface Made {
  revision: number;
  change?: Change;
  proposal?: Proposal;
}

/** Both texts of a field that two people changed; `both` of a refused change by "c3.amount". */
export interface Both {
  yours: Json;
  theirs: Json;
  removed: boolean;
  by: string;
  revision: number;
}

export interface Mark {
  kind: 'same' | 'added' | 'removed';
  text: string;
}

export interface Difference {
  ref: string;
  kind: 'added' | 'removed' | 'changed' | 'moved' | 'same';
  fields: { name: string; before: Json; after: Json; marks: Mark[] }[];
}
