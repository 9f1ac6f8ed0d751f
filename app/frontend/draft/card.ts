// One element of the draft on the page: as it reads, its fields when it is open, and what was said and found about it.
import { ask } from '../lib/confirm';
import { el, icon } from '../lib/dom';
import { language, t } from '../lib/text';
import { toast } from '../lib/toast';
import { sideName } from '../room/words';
import { Comments } from './comments';
import type { Desk } from './desk';
import { addAgain, aside, home, letter, type Element } from './elements';
import { FieldView } from './fields';
import { hitView } from './hits';
import type { Live } from './live';
import { proposalView } from './proposals';
import type { Clause, Hit, Party } from './protocol';
import { redraw } from './redraw';

export interface Around {
  desk: Desk;
  live: () => Live | null;
  /** Opens the library to put a clause behind this one. */
  addAfter: (ref: string) => void;
  /** After this element was added or restored: go there. */
  goTo: (ref: string) => void;
}

export class Card {
  readonly root: HTMLElement;
  private readonly head = el('div', { class: 'piece-head' });
  private readonly text = el('div', { class: 'piece-text' });
  private readonly editor = el('div', { class: 'piece-editor', hidden: true });
  private readonly bar = el('div', { class: 'piece-bar' });
  private readonly hits = el('div', { class: 'piece-hits' });
  private readonly proposals = el('div', { class: 'piece-proposals' });
  private readonly foot = el('div', { class: 'piece-foot' });
  private readonly note: HTMLInputElement;
  private readonly comments: Comments;
  private fields: FieldView[] = [];
  private talking = false;

  constructor(
    readonly ref: string,
    private readonly around: Around,
  ) {
    this.comments = new Comments(around.desk, ref);
    this.comments.root.hidden = true;
    this.note = el('input', { class: 'form-control', id: `note-${ref}`, maxlength: 1000 });
    this.root = el('section', { class: 'piece', id: ref, 'data-ref': ref, tabindex: -1 }, this.head, this.text, this.hits, this.proposals, this.editor, this.bar, this.foot, this.comments.root);
  }

  private get desk(): Desk {
    return this.around.desk;
  }

  get open(): boolean {
    return !this.editor.hidden;
  }

  /** Opens the fields; `field` gets the focus, otherwise the first. */
  edit(field?: string | null): void {
    if (!this.open) {
      this.editor.hidden = false;
      this.draw();
    }
    const view = this.fields.find((one) => one.field.name === field || one.field.name.startsWith(`${field ?? '-'}.`)) ?? this.fields[0];
    view?.focus();
    view?.root.scrollIntoView({ block: 'center' });
  }

  private shut(): void {
    this.editor.hidden = true;
    this.draw();
    this.foot.querySelector<HTMLElement>('[data-edit]')?.focus();
  }

  /** Brings the card up to date with the desk. */
  draw(): void {
    const element = this.desk.elements.get(this.ref);
    if (!element) return;
    this.root.classList.toggle('piece-open', this.open);
    this.drawHead(element);
    this.drawText(element);
    if (this.open) this.drawFields(element);
    this.drawBar();
    this.drawHits();
    this.drawProposals();
    this.drawFoot(element);
    if (this.talking) this.comments.draw();
    this.comments.root.hidden = !this.talking;
  }

  private get found(): Hit[] {
    return this.desk.hits.filter((hit) => home(hit.ref) === this.ref);
  }

  private drawHead(element: Element): void {
    const writers = this.around.live()?.writers(this.ref).map((writer) => writer.name) ?? [];
    const lacks = Object.keys(this.desk.state.missing).filter((path) => this.owns(path)).length;
    const name = element.group === 'header' ? t('争议事项') : this.desk.name(this.ref);
    const title = element.group === 'party' ? name + aside(sideName((element.values as unknown as Party).side)) : name;
    redraw(this.head, [title, writers, lacks], () => [
      el('h3', {}, title),
      lacks > 0 && el('span', { class: 'tag tag-lack' }, t('%(count)s 处待填', { count: lacks })),
      writers.length > 0 && el('span', { class: 'tag tag-writer', 'data-writer': true }, icon('pencil'), t('%(names)s 正在编辑', { names: [...new Set(writers)].join(t('、')) })),
    ]);
  }

  /** Whether a path of what still lacks ("clauses.c2.amount", "dispute") is in this element. */
  private owns(path: string): boolean {
    const parts = path.split('.');
    if (this.ref === 'header') return !['clauses', 'parties', 'facts'].includes(parts[0] ?? '');
    return parts[1] === this.ref;
  }

  private drawText(element: Element): void {
    const { lines, agreement } = this.desk.state;
    if (element.group === 'clause') {
      const own = lines[this.ref] ?? { zh: [], en: [] };
      redraw(this.text, own, () => [
        ...own.zh.map((line) => el('p', { class: 'draft-text', lang: 'zh-CN' }, line)),
        language() === 'en' && el('div', { class: 'in-english', lang: 'en' }, ...own.en.map((line) => el('p', {}, line))),
      ]);
      return;
    }
    if (element.group === 'party') return this.drawParty(element.values as unknown as Party);
    const text = String((element.group === 'fact' ? element.values['text'] : agreement.dispute) ?? '');
    redraw(this.text, text, () => [el('p', { class: 'draft-text', lang: 'zh-CN' }, text || t('（待填）'))]);
  }

  private drawParty(party: Party): void {
    const representative = party['representative'] as { name?: string; position?: string } | null;
    const agent = party['agent'] as { name?: string; authority?: string } | null;
    const parts = [
      party['id_number'],
      party['address'],
      party['contact'],
      representative?.name && representative.name + (representative.position ? aside(representative.position) : ''),
      agent?.name && t('委托代理人 %(name)s', { name: agent.name }),
    ].filter(Boolean);
    redraw(this.text, [party.name, parts], () => [
      el('p', { class: 'draft-text', lang: 'zh-CN' }, el('strong', {}, party.name)),
      parts.length > 0 && el('p', { class: 'quiet' }, parts.join(' · ')),
    ]);
  }

  private drawFields(element: Element): void {
    const fields = this.desk.lexicon.fields(element.kind);
    if (this.fields.length === 0) {
      this.fields = fields.map((field) => new FieldView(this.desk, this.ref, field, (at) => this.around.live()?.at(at === null ? null : this.ref, at)));
      const entry = this.desk.lexicon.entry(element.library);
      const note = entry && el('p', { class: 'quiet' }, icon('book'), t('取自条款库：%(title)s。%(use)s', { title: entry.title[language()], use: entry.use[language()] }), entry.article ? el('span', { class: 'article' }, ` ${entry.article}`) : null);
      this.editor.append(...(note ? [note] : []), el('div', { class: 'piece-fields' }, ...this.fields.map((field) => field.root)), el('div', { class: 'row-wrap piece-acts' }));
    }
    const writers = this.around.live()?.writers(this.ref) ?? [];
    for (const field of this.fields) field.draw(writers);
    this.drawActs(element);
  }

  private drawActs(element: Element): void {
    const place = this.editor.querySelector<HTMLElement>('.piece-acts');
    if (!place) return;
    const { clauses } = this.desk.state.agreement;
    const at = clauses.findIndex((clause) => clause.ref === this.ref);
    const may = this.desk.state.may.propose_changes;
    redraw(place, [at, clauses.length, may, element.group], () => {
      const clause = element.group === 'clause';
      return [
        this.button(t('收起'), icon('chevron-up'), 'shut', () => this.shut()),
        may && clause && at > 0 && this.button(t('上移'), icon('arrow-up'), 'up', () => void this.move(at - 2)),
        may && clause && at < clauses.length - 1 && this.button(t('下移'), icon('arrow-down'), 'down', () => void this.move(at + 1)),
        may && clause && this.button(t('在此后插入'), icon('plus'), 'insert', () => this.around.addAfter(this.ref)),
        may && (clause || element.group === 'fact') && this.button(t('删去'), icon('trash'), 'remove', () => void this.remove()),
      ];
    });
  }

  private button(words: string, image: SVGSVGElement, name: string, act: () => void): HTMLElement {
    const made = el('button', { type: 'button', class: 'btn btn-text', 'data-key': name, 'data-act': name }, image, words);
    made.addEventListener('click', act);
    return made;
  }

  /** To the place behind the clause at `behind`; -1 is the beginning. */
  private async move(behind: number): Promise<void> {
    const { clauses } = this.desk.state.agreement;
    const at = clauses.findIndex((clause) => clause.ref === this.ref);
    const before = clauses[at - 1]?.ref ?? null;
    const made = await this.desk.act({ op: 'move', target: this.ref, after: clauses[behind]?.ref ?? null });
    if (!made?.change) return;
    const undo = async (): Promise<void> => void (await this.desk.act({ op: 'move', target: this.ref, after: before }));
    toast(t('已移动%(name)s', { name: this.desk.name(this.ref) }), 'plain', { label: t('撤销'), act: () => void undo() });
  }

  private async remove(): Promise<void> {
    const { agreement } = this.desk.state;
    const name = this.desk.name(this.ref);
    const at = agreement.clauses.findIndex((one) => one.ref === this.ref);
    const clause = agreement.clauses[at];
    const after = agreement.clauses[at - 1]?.ref ?? null;
    const fact = agreement.facts.find((one) => one.ref === this.ref);
    if (this.desk.edits.of(this.ref).length > 0) {
      const yes = await ask({ title: t('这里还有没有保存的内容'), text: t('删去后，您在此处未保存的文字会列在页面上方，可以复制。'), yes: t('删去') });
      if (!yes) return;
    }
    const made = await this.desk.act({ op: 'remove', target: this.ref });
    if (!made?.change) return;
    toast(t('已删去%(name)s', { name }), 'plain', { label: t('撤销'), act: () => void this.bringBack(made.revision, clause, after, fact?.text) });
  }

  /** As it was where nobody has changed anything since, otherwise the same words as a new clause. */
  private async bringBack(revision: number, clause: Clause | undefined, after: string | null, fact: string | undefined): Promise<void> {
    if (this.desk.state.revision === revision) {
      const made = await this.desk.act({ op: 'restore', revision: revision - 1 }, revision);
      if (made) return this.around.goTo(this.ref);
    }
    const made = clause ? await this.desk.act(addAgain(clause, after)) : await this.desk.act({ op: 'add', fact: { text: fact ?? '' } });
    if (made?.change?.target) this.around.goTo(made.change.target);
  }

  /** For who does not hold the pen: what was written here and the button that proposes it. */
  private drawBar(): void {
    const staged = this.desk.edits.of(this.ref).filter((edit) => edit.staged);
    const write = this.desk.state.may.write;
    redraw(this.bar, [staged.length > 0, staged.length, write], () => {
      if (staged.length === 0) return [];
      const send = el('button', { type: 'button', class: 'btn btn-primary', 'data-key': 'propose', 'data-act': 'propose' }, icon('send'), write ? t('保存这些修改') : t('提出建议'));
      send.addEventListener('click', () => void this.propose());
      const drop = el('button', { type: 'button', class: 'btn btn-text', 'data-key': 'discard', 'data-act': 'discard' }, t('放弃这些修改'));
      drop.addEventListener('click', () => void this.discard());
      return [
        el('p', {}, icon('edit'), t('%(count)s 处修改尚未提出，只保留在本机。', { count: staged.length })),
        write ? null : el('div', { class: 'field' }, el('label', { for: this.note.id }, t('为什么这样改'), el('span', { class: 'optional' }, t('（选填）'))), this.note),
        el('div', { class: 'row-wrap' }, send, drop),
      ];
    });
  }

  private async propose(): Promise<void> {
    await this.desk.propose(this.ref, this.note.value.trim());
    if (this.desk.edits.of(this.ref).length > 0) return;
    this.note.value = '';
    if (this.open) this.shut();
  }

  private async discard(): Promise<void> {
    const yes = await ask({ title: t('放弃这些修改？'), text: t('您在此处写下而尚未提出的内容将被清除。'), yes: t('放弃') });
    if (!yes) return;
    for (const edit of this.desk.edits.of(this.ref)) this.desk.edits.takeTheirs(edit.target, edit.field);
  }

  private drawHits(): void {
    const values = this.desk.elements.get(this.ref)?.values;
    redraw(this.hits, [this.found, this.desk.state.may, values], () => this.found.map((hit, at) => hitView(this.desk, hit, at)));
  }

  private drawProposals(): void {
    const open = this.desk.state.proposals.filter((one) => one.state === 'open' && one.target === this.ref);
    redraw(this.proposals, [open, this.desk.state.may, this.desk.elements.get(this.ref)?.values], () => open.map((one) => proposalView(this.desk, one)));
  }

  private drawFoot(element: Element): void {
    const open = Comments.open(this.desk, this.ref);
    const all = this.desk.state.comments.filter((one) => one.target === this.ref).length;
    const may = this.desk.state.may;
    redraw(this.foot, [open, all, may, this.open, this.talking, element.group], () => {
      const words = all > 0 ? t('评论（%(count)s 条）', { count: all }) : t('评论');
      const talk = el('button', { type: 'button', class: 'btn btn-text', 'data-key': 'talk', 'data-talk': true, 'aria-expanded': String(this.talking) }, icon('message-circle'), words, open > 0 && el('span', { class: 'badge-count' }, t('%(count)s 未了结', { count: open })));
      talk.addEventListener('click', () => this.talk(!this.talking));
      if (this.open || !may.propose_changes) return [talk];
      const edit = el('button', { type: 'button', class: 'btn btn-outline', 'data-key': 'edit', 'data-edit': true }, icon('pencil'), this.editWords(element));
      edit.addEventListener('click', () => this.edit());
      return [edit, talk];
    });
  }

  private editWords(element: Element): string {
    if (element.group === 'header') return t('修改争议事项、调解类别与组织');
    return element.group === 'party' ? t('修改%(name)s', { name: letter(this.desk.state.agreement.parties, this.ref) }) : t('修改');
  }

  /** Opens or folds the remarks. */
  talk(open: boolean): void {
    this.talking = open;
    this.draw();
  }

  /** For a moment: something arrived here. */
  arrive(): void {
    this.root.classList.remove('arrived');
    void this.root.offsetWidth;
    this.root.classList.add('arrived');
  }
}
