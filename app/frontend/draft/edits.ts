// What somebody wrote into fields and the server does not have yet: kept over reloads and breaks, sent in order, never lost.
// No page here: storage, sending and time come from outside.
import type { Both, Change, Json, Made } from './protocol';

export interface Edit {
  target: string;
  field: string;
  value: Json;
  /** Revision that its writer had on the screen, and what the field held then. */
  base: number;
  before: Json;
  /** Kept back until its writer proposes it. */
  staged: boolean;
  conflict: Both | null;
  problem: string | null;
}

/** A change on its way. Sent again under the same id until it is answered, so that it is taken once. */
interface Letter {
  client_id: string;
  base: number;
  target: string;
  set: Record<string, Json>;
  note: string;
}

export interface Post {
  client_id: string;
  base: number;
  operation: { op: 'edit'; target: string; set: Record<string, Json> };
  note: string;
}

/** What came back: taken, no answer, or refused (`both` by "c3.amount", `fields` by path). */
export type Answer =
  | { kind: 'taken'; made: Made }
  | { kind: 'unanswered' }
  | { kind: 'refused'; message: string; revision?: number; both?: Record<string, Both>; fields?: Record<string, string> };

export interface Shelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
  key(at: number): string | null;
  readonly length: number;
}

interface World {
  shelf: Shelf;
  /** Everything that is kept stands under keys that begin with this. */
  prefix: string;
  send: (post: Post) => Promise<Answer>;
  changed: () => void;
  id: () => string;
}

export interface Settled {
  value: Json;
  revision: number;
}

export interface Summary {
  sending: boolean;
  waiting: number;
  staged: number;
  conflicts: number;
  refused: number;
  offline: boolean;
  /** The browser lets nothing be kept. */
  unkept: boolean;
}

export function same(one: Json | undefined, other: Json | undefined): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}

export class Edits {
  private readonly edits = new Map<string, Edit>();
  private letter: Letter | null = null;
  private sending = false;
  private turn: Promise<void> = Promise.resolve();
  private offline = false;
  private unkept = false;
  private readonly settled = new Map<string, Settled>();
  private newest = 0;

  constructor(private readonly world: World) {
    for (const key of this.keys()) this.load(key);
  }

  private keys(): string[] {
    const { shelf, prefix } = this.world;
    return Array.from({ length: shelf.length }, (_, at) => shelf.key(at) ?? '').filter((key) => key.startsWith(prefix));
  }

  private load(key: string): void {
    const name = key.slice(this.world.prefix.length);
    const kept: unknown = JSON.parse(this.world.shelf.getItem(key) ?? 'null');
    if (name === 'letter') this.letter = kept as Letter | null;
    else if (kept) this.edits.set(name, kept as Edit);
  }

  get(target: string, field: string): Edit | undefined {
    return this.edits.get(`${target}.${field}`);
  }

  of(target: string): Edit[] {
    return this.all().filter((edit) => edit.target === target);
  }

  all(): Edit[] {
    return [...this.edits.values()];
  }

  /** What the server made of the last value sent from here, and with which revision; to tell it from what others wrote. */
  lastSettled(target: string, field: string): Settled | undefined {
    return this.settled.get(`${target}.${field}`);
  }

  /** The newest revision that an answer named. */
  get revision(): number {
    return this.newest;
  }

  get summary(): Summary {
    const all = this.all();
    return {
      sending: this.sending,
      waiting: all.filter((edit) => this.ready(edit)).length,
      staged: all.filter((edit) => edit.staged).length,
      conflicts: all.filter((edit) => edit.conflict).length,
      refused: all.filter((edit) => edit.problem).length,
      offline: this.offline,
      unkept: this.unkept,
    };
  }

  /** Somebody wrote: `before` and `base` count only for the first stroke, later ones go on from it. */
  write(target: string, field: string, value: Json, before: Json, base: number, staged: boolean): void {
    const key = `${target}.${field}`;
    const known = this.edits.get(key);
    const edit: Edit = { target, field, value, base: known?.base ?? base, before: known ? known.before : before, staged, conflict: known?.conflict ?? null, problem: null };
    const travelling = this.letter?.target === target && field in (this.letter?.set ?? {});
    if (same(value, edit.before) && !travelling && !edit.conflict) this.drop(key);
    else this.keep(key, edit);
    this.world.changed();
  }

  /** Mine stays, over what the other wrote. */
  keepMine(target: string, field: string): void {
    this.resolve(target, field, (edit, both) => ({ ...edit, base: both.revision, before: both.theirs, conflict: null }));
  }

  /** The other's stays; what I wrote goes. */
  takeTheirs(target: string, field: string): void {
    this.drop(`${target}.${field}`);
    this.world.changed();
  }

  /** A text made of both. */
  useMerged(target: string, field: string, value: Json): void {
    this.resolve(target, field, (edit, both) => ({ ...edit, value, base: both.revision, before: both.theirs, conflict: null }));
  }

  private resolve(target: string, field: string, change: (edit: Edit, both: Both) => Edit): void {
    const edit = this.get(target, field);
    if (!edit?.conflict) return;
    this.keep(`${target}.${field}`, change(edit, edit.conflict));
    this.world.changed();
  }

  /** Sends what is ready, one change after the other, until nothing is left or the line is dead. */
  async flush(exists: (target: string) => boolean): Promise<void> {
    await this.alone(async () => {
      while (this.letter || this.next(exists)) {
        if ((await this.deliver()).kind === 'unanswered') return;
      }
    });
  }

  /** Sends what was staged in one element, as one change, after what is on its way; null where nothing was staged. */
  async propose(target: string, note: string): Promise<Answer | null> {
    let answer: Answer | null = null;
    while (this.sending) await this.turn;
    await this.alone(async () => {
      if (this.letter) answer = await this.deliver();
      const staged = this.of(target).filter((edit) => edit.staged && !edit.conflict);
      if (answer?.kind === 'unanswered' || staged.length === 0) return;
      this.compose(staged, note);
      answer = await this.deliver();
    });
    return answer;
  }

  private async alone(work: () => Promise<void>): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    this.world.changed();
    this.turn = work().finally(() => {
      this.sending = false;
      this.world.changed();
    });
    await this.turn;
  }

  /** Sends the letter that waits and files its answer. */
  private async deliver(): Promise<Answer> {
    const sent = this.letter;
    if (!sent) throw new Error('nothing to send');
    const { client_id, base, target, set, note } = sent;
    const answer = await this.world.send({ client_id, base, operation: { op: 'edit', target, set }, note });
    this.offline = answer.kind === 'unanswered';
    if (answer.kind !== 'unanswered') this.settle(sent, answer);
    this.world.changed();
    return answer;
  }

  private next(exists: (target: string) => boolean): Letter | null {
    const first = this.all().find((edit) => this.ready(edit) && exists(edit.target));
    if (!first) return null;
    return this.compose(this.of(first.target).filter((edit) => this.ready(edit) && edit.base === first.base), '');
  }

  private ready(edit: Edit): boolean {
    return !edit.staged && !edit.conflict && !edit.problem;
  }

  private compose(edits: Edit[], note: string): Letter {
    const base = Math.min(...edits.map((edit) => edit.base));
    const target = edits[0]?.target ?? '';
    this.letter = { client_id: this.world.id(), base, target, set: Object.fromEntries(edits.map((edit) => [edit.field, edit.value])), note };
    this.put('letter', this.letter);
    return this.letter;
  }

  private settle(sent: Letter, answer: Answer): void {
    this.letter = null;
    this.remove('letter');
    if (answer.kind === 'taken') this.taken(sent, answer.made);
    else if (answer.kind === 'refused') this.refused(sent, answer);
  }

  private taken(sent: Letter, made: Made): void {
    this.newest = Math.max(this.newest, made.revision);
    for (const [field, value] of Object.entries(sent.set)) {
      const key = `${sent.target}.${field}`;
      const stored = made.change ? storedValue(made.change, sent.target, field) : value;
      if (made.change) this.settled.set(key, { value: stored, revision: made.change.revision });
      const edit = this.edits.get(key);
      if (!edit) continue;
      if (same(edit.value, value)) this.drop(key);
      else this.keep(key, { ...edit, base: made.change?.revision ?? edit.base, before: stored, conflict: null });
    }
  }

  private refused(sent: Letter, answer: Answer & { kind: 'refused' }): void {
    const named = Object.keys(sent.set).filter((field) => answer.both?.[`${sent.target}.${field}`] ?? problemOf(answer.fields, sent.target, field));
    for (const field of Object.keys(sent.set)) {
      const key = `${sent.target}.${field}`;
      const edit = this.edits.get(key);
      const conflict = answer.both?.[key] ?? answer.both?.[sent.target];
      const problem = problemOf(answer.fields, sent.target, field);
      if (!edit) continue;
      if (conflict) this.keep(key, { ...edit, conflict: { ...conflict, yours: edit.value, revision: answer.revision ?? conflict.revision } });
      else if (problem || named.length === 0) this.keep(key, { ...edit, problem: problem ?? answer.message });
    }
  }

  private keep(key: string, edit: Edit): void {
    this.edits.set(key, edit);
    this.put(key, edit);
  }

  private drop(key: string): void {
    this.edits.delete(key);
    this.remove(key);
  }

  private put(name: string, value: Edit | Letter): void {
    try {
      this.world.shelf.setItem(this.world.prefix + name, JSON.stringify(value));
      this.unkept = false;
    } catch {
      this.unkept = true; // full or forbidden: the page says so, and the text stays on the screen
    }
  }

  private remove(name: string): void {
    this.world.shelf.removeItem(this.world.prefix + name);
  }
}

function storedValue(change: Change, target: string, field: string): Json {
  const after = change.patch[target]?.[1];
  if (!after || typeof after !== 'object' || Array.isArray(after)) return null;
  const inside = after['fields'];
  const values = inside && typeof inside === 'object' && !Array.isArray(inside) ? inside : after;
  return values[field] ?? null;
}

/** The sentence about one field among problems by path ("clauses.c3.amount", "parties.p1.agent.scope", "dispute"). */
export function problemOf(fields: Record<string, string> | undefined, target: string, field: string): string | undefined {
  for (const [path, text] of Object.entries(fields ?? {})) {
    const parts = path.split('.');
    const at = parts.indexOf(target);
    const name = at >= 0 ? parts[at + 1] : target === 'header' ? parts[0] : undefined;
    if (name === field) return text;
  }
  return undefined;
}
