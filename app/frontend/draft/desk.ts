// One reader's draft: the newest state from the server, what is not sent yet, who writes where. Nothing is drawn here.
import { Refusal, request } from '../lib/api';
import { UNSENT } from '../lib/draft';
import { t } from '../lib/text';
import { toast } from '../lib/toast';
import { Edits, type Answer, type Post } from './edits';
import { elementsOf, Lexicon, nameInChange, nameOf, type Element } from './elements';
import type { Both, Change, Hit, Json, Kinds, Made, Operation, State } from './protocol';

const SAVE_AFTER_MS = 800;
const AGAIN_AFTER_MS = 4000;

/** 32 random hexadecimal digits. */
export function freshId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export class Desk {
  elements: Map<string, Element>;
  readonly edits: Edits;
  private timer = 0;
  private again = 0;
  private fetching: Promise<void> | null = null;
  private stale = false;

  private constructor(
    readonly api: string,
    public state: State,
    readonly lexicon: Lexicon,
    private readonly draw: () => void,
    private readonly tell: (changes: Change[]) => void,
  ) {
    this.elements = elementsOf(state.agreement);
    this.edits = new Edits({
      shelf: localStorage,
      prefix: `${UNSENT}${state.number}:${state.me.id}:`,
      send: (post) => this.post(post),
      changed: () => this.draw(),
      id: freshId,
    });
  }

  /** Fetches the draft and the words about it. */
  static async open(api: string, draw: () => void, tell: (changes: Change[]) => void): Promise<Desk> {
    const [state, kinds] = await Promise.all([request<State>(api), request<Kinds>(`${api}/kinds`)]);
    return new Desk(api, state, new Lexicon(kinds), draw, tell);
  }

  name(ref: string | null): string {
    return nameOf(this.state.agreement, this.lexicon, ref);
  }

  nameIn(change: Change): string {
    return nameInChange(this.state.agreement, this.lexicon, change);
  }

  /** What the checks found; fields that are only empty are shown as such, and not once more here. */
  get hits(): Hit[] {
    const empty = Object.keys(this.state.missing);
    const told = (hit: Hit): boolean => hit.rule === 'missing_field' && empty.some((path) => path.endsWith(`${hit.ref ?? ''}.${hit.field ?? ''}`) || path === hit.ref || path === hit.field);
    return this.state.hits.filter((hit) => hit.override || !told(hit));
  }

  /** What the server holds in a field as far as is known here. */
  stored(ref: string, field: string): Json {
    const settled = this.edits.lastSettled(ref, field);
    if (settled && settled.revision > this.state.revision) return settled.value;
    return this.elements.get(ref)?.values[field] ?? null;
  }

  /** What the field shows: what its reader wrote, otherwise what is stored. */
  value(ref: string, field: string): Json {
    const edit = this.edits.get(ref, field);
    return edit ? edit.value : this.stored(ref, field);
  }

  /** Somebody wrote into a field of this page. */
  write(ref: string, field: string, value: Json): void {
    const base = Math.max(this.state.revision, this.edits.lastSettled(ref, field)?.revision ?? 0);
    this.edits.write(ref, field, value, this.stored(ref, field), base, !this.state.may.write);
    this.saveSoon();
  }

  saveSoon(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.save(), SAVE_AFTER_MS);
  }

  /** Sends everything that is ready; where the line is dead it is tried again by itself. */
  async save(): Promise<void> {
    window.clearTimeout(this.timer);
    if (!this.state.may.propose_changes) return;
    this.stageWithoutPen();
    const before = this.edits.revision;
    await this.edits.flush((ref) => this.elements.has(ref));
    if (this.edits.revision > before) await this.refresh();
    this.tryAgain();
  }

  /** The pen was taken back while something waited: its writer proposes it instead. */
  private stageWithoutPen(): void {
    if (this.state.may.write) return;
    for (const edit of this.edits.all()) {
      if (!edit.staged) this.edits.write(edit.target, edit.field, edit.value, edit.before, edit.base, true);
    }
  }

  private tryAgain(): void {
    window.clearTimeout(this.again);
    if (this.edits.summary.offline) this.again = window.setTimeout(() => void this.save(), AGAIN_AFTER_MS);
  }

  /** Sends what was staged in an element: as a proposal, or as a change for who holds the pen by now. */
  async propose(ref: string, note: string): Promise<void> {
    const answer = await this.edits.propose(ref, note);
    if (answer?.kind === 'taken') toast(answer.made.proposal ? t('您的建议已提出，等待调解员处理。') : t('已保存'));
    this.tryAgain();
    await this.refresh();
  }

  private async post(post: Post): Promise<Answer> {
    try {
      return { kind: 'taken', made: await request<Made>(`${this.api}/changes`, { json: post }) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.status === 0 || error.status >= 500 || error.status === 429) return { kind: 'unanswered' };
      const both = error.detail['both'] as Record<string, Both> | undefined;
      const revision = error.detail['revision'] as number | undefined;
      if (error.kind === 'conflict') void this.refresh();
      return { kind: 'refused', message: error.message, fields: error.fields, ...(both ? { both } : {}), ...(revision === undefined ? {} : { revision }) };
    }
  }

  /** A change of the whole (add, remove, move, restore); null and a sentence where it was refused. */
  async act(operation: Operation, base = this.state.revision, note = ''): Promise<Made | null> {
    const made = await this.call<Made>('/changes', { client_id: freshId(), base, operation, note });
    if (made?.proposal) toast(t('您的建议已提出，等待调解员处理。'));
    return made;
  }

  /** Posts to the draft's API, says a refusal, and fetches the state again. */
  async call<T>(path: string, json: object): Promise<T | null> {
    try {
      return await request<T>(this.api + path, { json });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      toast(Object.values(error.fields)[0] ?? error.message, 'bad');
      return null;
    } finally {
      await this.refresh();
    }
  }

  /** Fetches the newest state; calls while one is under way are answered by one more. */
  refresh(): Promise<void> {
    this.stale = true;
    this.fetching ??= this.fetchAll().finally(() => (this.fetching = null));
    return this.fetching;
  }

  private async fetchAll(): Promise<void> {
    while (this.stale) {
      this.stale = false;
      try {
        await this.fetchOnce();
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (error.status === 403 || error.status === 404) location.reload();
        return;
      }
    }
  }

  private async fetchOnce(): Promise<void> {
    const state = await request<State>(this.api);
    if (state.revision < this.edits.revision) {
      this.stale = true;
      return;
    }
    const before = this.state.revision;
    this.state = state;
    this.elements = elementsOf(state.agreement);
    this.draw();
    if (state.revision > before) this.tell((await request<{ changes: Change[] }>(`${this.api}/changes?after=${before}`)).changes);
  }
}
