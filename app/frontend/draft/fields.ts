// One field of an element: label, control, and what is to be said about it (problem, conflict, checks, who else writes).
import { el, icon } from '../lib/dom';
import { t } from '../lib/text';
import { toast } from '../lib/toast';
import { controlFor, type Choice, type Control } from './controls';
import type { Desk } from './desk';
import { same, type Edit } from './edits';
import { letter, shown } from './elements';
import { pieces } from './marked';
import { marks, merge } from './merge';
import type { Writer } from './live';
import type { Field, Json } from './protocol';
import { redraw } from './redraw';

/** Header and parties have groups: `agent.name` is `name` inside `agent`; the group is changed as one. */
function split(name: string): [string, string | null] {
  const [outer = '', inner] = name.split('.');
  return [outer, inner ?? null];
}

export class FieldView {
  readonly root: HTMLElement;
  private readonly control: Control;
  private readonly notes = el('div', { class: 'field-notes' });
  private readonly tags = el('span', { class: 'field-tags' });
  private readonly outer: string;
  private readonly inner: string | null;
  private typedIn = false;
  private writers: Writer[] = [];

  constructor(
    private readonly desk: Desk,
    private readonly ref: string,
    readonly field: Field,
    private readonly at: (field: string | null) => void,
  ) {
    [this.outer, this.inner] = split(field.name);
    const id = `${ref}-${field.name.replace('.', '-')}`;
    this.control = controlFor(field, id, field.name === 'mediators');
    this.notes.id = `${id}-notes`;
    this.root = this.frame(id);
    this.root.dataset['field'] = field.name;
    this.root.classList.toggle('field-wide', ['text', 'parties', 'instalments', 'flag'].includes(field.type));
    this.root.addEventListener('input', () => this.changed());
    this.root.addEventListener('change', () => this.changed());
    this.root.addEventListener('focusin', () => this.at(field.name.replace(/[^a-z0-9_.]/g, '')));
    this.root.addEventListener('focusout', (event) => this.left(event));
  }

  private frame(id: string): HTMLElement {
    const { field } = this;
    const words = [field.label, field.required ? null : el('span', { class: 'optional' }, ' ', t('（选填）')), this.tags];
    if (this.control.labelled) {
      this.control.root.setAttribute('aria-describedby', `${id}-notes`);
      return el('div', { class: 'field' }, el('label', { for: this.control.labelled }, ...words), this.control.root, this.notes);
    }
    if (field.type === 'flag') return el('div', { class: 'field' }, this.control.root, this.tags, this.notes);
    return el('fieldset', { class: 'field', 'aria-describedby': `${id}-notes` }, el('legend', {}, ...words), this.control.root, this.notes);
  }

  private changed(): void {
    this.typedIn = true;
    const value = this.whole(this.control.read());
    if (!same(value, this.desk.value(this.ref, this.outer))) this.desk.write(this.ref, this.outer, value);
  }

  /** The value as a change carries it: the whole group where the field is inside one. */
  private whole(value: Json): Json {
    if (this.inner === null) return value;
    const group = this.desk.value(this.ref, this.outer);
    const filled = { ...(group && typeof group === 'object' && !Array.isArray(group) ? group : {}), [this.inner]: value ?? '' };
    if (this.outer === 'agent' && !filled['authority']) filled['authority'] = 'general';
    const empty = Object.entries(filled).every(([name, one]) => name === 'authority' || one === '' || one === null);
    return empty ? null : filled;
  }

  private part(value: Json): Json {
    if (this.inner === null) return value;
    return value && typeof value === 'object' && !Array.isArray(value) ? (value[this.inner] ?? null) : null;
  }

  private left(event: FocusEvent): void {
    if (event.relatedTarget instanceof Node && this.root.contains(event.relatedTarget)) return;
    this.typedIn = false;
    this.at(null);
    void this.desk.save();
    this.draw(this.writers);
  }

  /** Brings the field up to date; what its reader is typing is left alone. */
  draw(writers: Writer[]): void {
    this.writers = writers;
    const edit = this.desk.edits.get(this.ref, this.outer);
    const value = this.desk.value(this.ref, this.outer);
    if (!this.resting(value)) this.control.show(this.part(value), this.choices());
    this.control.lock(!this.desk.state.may.propose_changes);
    this.root.classList.toggle('has-error', Boolean(edit?.problem ?? edit?.conflict));
    this.root.classList.toggle('unsent', Boolean(edit));
    const target = this.control.labelled ? this.control.root : this.root;
    if (edit?.problem) target.setAttribute('aria-invalid', 'true');
    else target.removeAttribute('aria-invalid');
    this.tag(writers);
    this.note(edit);
  }

  /** Still under the fingers, and what is stored is what was typed: its tidy form waits until the field is left. */
  private resting(value: Json): boolean {
    if (!this.typedIn || !this.root.contains(document.activeElement)) return false;
    const edit = this.desk.edits.get(this.ref, this.outer);
    const settled = this.desk.edits.lastSettled(this.ref, this.outer);
    return edit ? same(edit.value, this.whole(this.control.read())) : settled !== undefined && same(settled.value, value);
  }

  private choices(): Choice[] {
    const { agreement } = this.desk.state;
    if (this.field.type === 'party' || this.field.type === 'parties') {
      return agreement.parties.map((party) => ({ value: party.ref, label: `${letter(agreement.parties, party.ref)} ${party.name}` }));
    }
    if (this.field.type === 'clause') {
      return agreement.clauses.filter((clause) => clause.ref !== this.ref).map((clause) => ({ value: clause.ref, label: this.desk.name(clause.ref) }));
    }
    return this.field.choices;
  }

  private tag(writers: Writer[]): void {
    const names = writers.filter((writer) => writer.field === this.field.name).map((writer) => writer.name);
    const lacks = this.lacks();
    redraw(this.tags, [names, lacks], () => [
      lacks && el('span', { class: 'tag tag-lack' }, t('待填')),
      names.length > 0 && el('span', { class: 'tag tag-writer' }, icon('pencil'), t('%(names)s 正在填写', { names: [...new Set(names)].join(t('、')) })),
    ]);
  }

  private lacks(): boolean {
    const { missing } = this.desk.state;
    const list = { p: 'parties', f: 'facts', c: 'clauses' }[this.ref.slice(0, 1)];
    const path = this.ref === 'header' ? this.field.name : `${list ?? ''}.${this.ref}.${this.field.name}`;
    return path in missing || path.replace(/\.name$/, '') in missing;
  }

  private note(edit: Edit | undefined): void {
    const hits = this.desk.hits.filter((hit) => !hit.override && hit.field === this.outer && (hit.ref === this.ref || (hit.ref === 'dispute' && this.ref === 'header')));
    const first = this.inner === null || this.field.name.endsWith('.name');
    redraw(this.notes, [edit?.problem, edit?.conflict, edit?.conflict && edit.value, hits.map((hit) => hit.title), first], () => [
      edit?.problem && el('p', { class: 'error' }, icon('alert-triangle'), edit.problem),
      edit?.conflict && first && this.conflict(edit),
      ...hits.filter(() => first).map((hit) => el('p', { class: `field-hit hit-${hit.severity}` }, icon('alert-triangle'), hit.title)),
    ]);
  }

  /** Both texts side by side, and what can be done: mine, the other's, or both in one. */
  private conflict(edit: Edit): HTMLElement {
    const both = edit.conflict;
    if (!both) return el('div');
    const { agreement } = this.desk.state;
    const [mine, theirs] = [shown(agreement, this.field, edit.value), shown(agreement, this.field, both.theirs)];
    const texts = typeof edit.value === 'string' && typeof both.theirs === 'string' && (this.field.type === 'text' || this.field.type === 'line');
    const before = shown(agreement, this.field, edit.before);
    const side = (text: string): (Node | string)[] => (texts ? pieces(marks(before, text), 'removed') : [text]);
    const button = (words: string, name: string, act: () => void): HTMLElement => {
      const made = el('button', { type: 'button', class: 'btn btn-outline', 'data-keep': name }, words);
      made.addEventListener('click', act);
      return made;
    };
    const after = (): void => {
      void this.desk.save();
      this.focus();
    };
    return el(
      'div',
      { class: 'conflict', role: 'alert', 'data-conflict': this.outer },
      el('p', {}, el('strong', {}, t('%(by)s 刚刚也修改了这一处。两份文字都保留着，请选择。', { by: both.by }))),
      el(
        'div',
        { class: 'conflict-sides' },
        el('div', {}, el('h5', {}, t('您写的')), el('p', { lang: 'zh-CN' }, ...side(mine))),
        el('div', {}, el('h5', {}, t('%(by)s 写的', { by: both.by })), el('p', { lang: 'zh-CN' }, ...side(theirs))),
      ),
      el(
        'div',
        { class: 'row-wrap' },
        button(t('保留我的'), 'mine', () => {
          this.desk.edits.keepMine(this.ref, this.outer);
          after();
        }),
        button(t('采用对方的'), 'theirs', () => {
          this.typedIn = false;
          this.desk.edits.takeTheirs(this.ref, this.outer);
          after();
        }),
        texts &&
          button(t('合并'), 'both', () => {
            const made = merge(String(edit.before ?? ''), String(edit.value), String(both.theirs));
            const text = this.field.type === 'line' ? made.text.replace(/\n/g, '') : made.text;
            this.typedIn = false;
            this.desk.edits.useMerged(this.ref, this.outer, text);
            toast(made.clean ? t('双方的修改已合并') : t('两段文字都已放入，请改成一段'));
            after();
          }),
      ),
    );
  }

  focus(): void {
    const inside = this.root.querySelector<HTMLElement>('input, textarea, select');
    inside?.focus();
  }
}
