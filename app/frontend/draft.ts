// The live editor of a draft agreement, in place of the page without script: cards, tools, arriving changes.
import { Refusal } from './lib/api';
import { ask } from './lib/confirm';
import { el, icon, must } from './lib/dom';
import { language, t } from './lib/text';
import { toast } from './lib/toast';
import { askText } from './draft/ask';
import { Card, type Around } from './draft/card';
import { Comments } from './draft/comments';
import { Desk } from './draft/desk';
import { changeText, openHistory } from './draft/history';
import { openLibrary } from './draft/library';
import { lacking, loose, openChecks, openProposals, orphans, outline } from './draft/lists';
import { Live } from './draft/live';
import { openPreview } from './draft/preview';
import { Propose } from './draft/propose';
import type { Change } from './draft/protocol';
import { redraw, reorder } from './draft/redraw';

class Page {
  private desk!: Desk;
  private live: Live | null = null;
  private online = false;
  private propose!: Propose;
  private talk!: Comments;
  private readonly cards = new Map<string, Card>();
  private readonly seen = new Set<string>();
  private drawing = 0;

  private readonly status = el('p', { class: 'draft-status', 'data-save': 'saved' });
  private readonly tools = el('div', { class: 'draft-tools', role: 'toolbar', 'aria-label': t('草案工具') });
  private readonly arrived = el('div', { class: 'visually-hidden', 'aria-live': 'polite', 'data-arrived': true });
  private readonly stray = el('div', {});
  private readonly title = el('div', { class: 'paper-title' });
  private readonly upper = el('div', { class: 'pieces' });
  private readonly clauses = el('div', { class: 'pieces' });
  private readonly asked = el('div', { class: 'piece-proposals', id: 'proposed-clauses', tabindex: -1 });
  private readonly adding = el('div', { class: 'row-wrap adding' });
  private readonly factAdding = el('div', { class: 'row-wrap adding' });
  private readonly contents = el('ol', { class: 'outline' });

  constructor(private readonly root: HTMLElement) {}

  async start(): Promise<void> {
    this.desk = await Desk.open(this.root.dataset['api'] ?? '', () => this.drawSoon(), (changes) => this.arrive(changes));
    this.propose = new Propose(this.desk, this.root.dataset['settlement'] ?? '', () => openChecks(this.desk, this.go));
    this.talk = new Comments(this.desk, null);
    await questionAnswered();
    this.root.replaceChildren(this.frame());
    this.root.inert = false;
    this.root.dataset['live'] = '';
    document.body.classList.add('drafting-live');
    for (const one of [...this.desk.state.proposals, ...this.desk.state.comments]) this.seen.add(this.mark(one));
    this.draw();
    this.live = new Live(this.desk.state.number, this.desk.state.me.id, {
      moved: (revision, activity) => this.moved(revision, activity),
      online: () => void this.catchUp(),
      state: (online) => this.onLine(online),
      writers: () => this.drawSoon(),
    });
    window.addEventListener('online', () => void this.catchUp());
    const wanted = location.hash.slice(1);
    if (this.desk.elements.has(wanted)) this.go(wanted);
    void this.desk.save();
  }

  private frame(): HTMLElement {
    const part = (words: string, ...inside: HTMLElement[]): HTMLElement => el('section', { class: 'paper-part' }, el('h2', {}, words), ...inside);
    return el(
      'div',
      { class: 'draft-live' },
      el('div', { class: 'draft-head' }, this.status, this.tools),
      this.stray,
      el(
        'div',
        { class: 'draft-grid' },
        el('nav', { class: 'draft-outline', 'aria-label': t('目录') }, el('h2', {}, t('目录')), this.contents),
        el(
          'div',
          { class: 'paper' },
          this.title,
          part(t('当事人、争议事项与事实'), this.upper, this.factAdding),
          part(t('协议内容'), this.clauses, this.asked, this.adding),
          part(t('对全文的评论'), this.talk.root),
          this.propose.root,
        ),
      ),
      this.arrived,
    );
  }

  private onLine(online: boolean): void {
    this.online = online;
    this.drawSoon();
  }

  private moved(revision: number, activity: number): void {
    const { state } = this.desk;
    if (revision !== state.revision || activity !== state.activity) void this.desk.refresh();
  }

  /** After every break: what happened meanwhile, then what was written meanwhile. */
  private async catchUp(): Promise<void> {
    this.online = true;
    await this.desk.refresh();
    await this.desk.save();
    this.drawSoon();
  }

  /** Many reasons to draw in one moment are one drawing. */
  private drawSoon(): void {
    if (this.drawing || !this.propose) return;
    this.drawing = window.requestAnimationFrame(() => this.draw());
    // A hidden tab gets no frames, but its reader may come back at any time.
    if (document.hidden) this.draw();
  }

  private draw(): void {
    window.cancelAnimationFrame(this.drawing);
    this.drawing = 0;
    const { state } = this.desk;
    this.drawCards();
    this.drawStatus();
    this.drawTools();
    this.drawAdding();
    redraw(this.title, [state.agreement.title, state.agreement.number], () => [
      el('p', { class: 'paper-name', lang: 'zh-CN' }, state.agreement.title),
      el('p', { class: 'quiet' }, state.agreement.number, language() === 'en' ? ` · ${t('签署的是中文文本，英文只供阅读。')}` : null),
    ]);
    redraw(this.stray, this.desk.edits.all().filter((edit) => !this.desk.elements.has(edit.target)), () => orphans(this.desk));
    redraw(this.asked, [state.proposals, state.may, state.agreement.clauses.length], () => loose(this.desk));
    redraw(this.contents, [state.agreement, state.hits, state.proposals, state.comments], () => outline(this.desk, this.go));
    this.talk.draw();
    this.propose.draw();
    this.tellTalk();
  }

  private drawCards(): void {
    const around: Around = {
      desk: this.desk,
      live: () => this.live,
      addAfter: (ref) => openLibrary(this.desk, ref, this.go),
      goTo: this.go,
    };
    for (const ref of this.desk.elements.keys()) if (!this.cards.has(ref)) this.cards.set(ref, new Card(ref, around));
    for (const ref of this.cards.keys()) if (!this.desk.elements.has(ref)) this.cards.delete(ref);
    const roots = (clause: boolean): HTMLElement[] =>
      [...this.desk.elements.values()].filter((one) => (one.group === 'clause') === clause).flatMap((one) => this.cards.get(one.ref)?.root ?? []);
    reorder(this.upper, roots(false));
    reorder(this.clauses, roots(true));
    for (const card of this.cards.values()) card.draw();
  }

  private drawStatus(): void {
    const { waiting, staged, conflicts, refused, sending, offline, unkept } = this.desk.edits.summary;
    const [name, words, image] = unkept
      ? ['unkept', t('浏览器不允许在本机保留内容，请不要关闭页面'), icon('alert-triangle')]
      : conflicts > 0
        ? ['conflict', t('%(count)s 处与他人的修改不一致，请选择', { count: conflicts }), icon('alert-triangle')]
        : refused > 0
          ? ['refused', t('%(count)s 处不能保存，请改正', { count: refused }), icon('alert-triangle')]
          : offline || (!this.online && this.live !== null)
            ? ['offline', t('离线，内容保留在本机'), icon('cloud-off')]
            : sending || waiting > 0
              ? ['saving', t('正在保存…'), icon('refresh')]
              : staged > 0
                ? ['staged', t('%(count)s 处修改尚未提出，保留在本机', { count: staged }), icon('edit')]
                : ['saved', t('已保存'), icon('cloud-check')];
    if (this.status.dataset['save'] !== name && (name === 'offline' || name === 'conflict')) this.say(words);
    this.status.dataset['save'] = name;
    const { revision, open_editing } = this.desk.state;
    redraw(this.status, [name, words, revision, open_editing], () => [
      el('span', { class: 'draft-saved' }, image, words),
      el('span', { class: 'quiet' }, t('第 %(revision)s 次修改', { revision }), ' · ', open_editing ? t('双方均可直接修改') : t('调解员执笔，当事人的修改作为建议提出')),
    ]);
  }

  private drawTools(): void {
    const { state } = this.desk;
    const found = lacking(this.desk).length + this.desk.hits.filter((hit) => !hit.override).length;
    const asked = state.proposals.filter((one) => one.state === 'open').length;
    redraw(this.tools, [found, asked, state.may, state.open_editing], () => [
      this.tool(t('检查'), icon('list-check'), 'checks', () => openChecks(this.desk, this.go), found),
      this.tool(t('建议'), icon('edit'), 'proposals', () => openProposals(this.desk, this.go), asked),
      state.may.propose_changes && this.tool(t('增加条款'), icon('plus'), 'add', () => openLibrary(this.desk, null, this.go)),
      this.tool(t('历史'), icon('history'), 'history', () => void openHistory(this.desk)),
      this.tool(t('全文'), icon('file-text'), 'preview', () => openPreview(this.desk)),
      state.may.decide && this.tool(state.open_editing ? t('收回编辑') : t('开放编辑'), state.open_editing ? icon('lock') : icon('lock-open'), 'editing', () => void this.switchEditing()),
    ]);
  }

  private tool(words: string, image: SVGSVGElement, name: string, act: () => void, count = 0): HTMLElement {
    const button = el('button', { type: 'button', class: 'tool', 'data-tool': name, 'data-key': name }, image, el('span', {}, words), count > 0 && el('span', { class: 'badge-count' }, String(count)));
    button.addEventListener('click', act);
    return button;
  }

  private drawAdding(): void {
    const may = this.desk.state.may.propose_changes;
    redraw(this.adding, may, () => [may && this.plus(t('增加条款'), () => openLibrary(this.desk, null, this.go))]);
    redraw(this.factAdding, may, () => [may && this.plus(t('增加一项各方确认的事实'), () => void this.addFact())]);
  }

  private plus(words: string, act: () => void): HTMLElement {
    const button = el('button', { type: 'button', class: 'btn btn-outline' }, icon('plus'), words);
    button.addEventListener('click', act);
    return button;
  }

  private async addFact(): Promise<void> {
    const text = await askText({
      title: t('增加一项各方确认的事实'),
      text: t('只写各方都认可的事实；它们以后可以作为证据，让步不可以（民诉法解释 107）。'),
      label: t('事实'),
      yes: t('增加事实'),
      most: 4000,
    });
    if (text === null) return;
    const made = await this.desk.act({ op: 'add', fact: { text } });
    const ref = made?.change?.target;
    if (!ref) return;
    this.go(ref);
    const undo = async (): Promise<void> => void (await this.desk.act({ op: 'remove', target: ref }));
    toast(t('已增加%(name)s', { name: this.desk.name(ref) }), 'plain', { label: t('撤销'), act: () => void undo() });
  }

  private async switchEditing(): Promise<void> {
    const open = !this.desk.state.open_editing;
    const yes = await ask({
      title: open ? t('允许双方直接修改？') : t('收回编辑？'),
      text: open ? t('双方的修改将直接进入草案，不再作为建议等待您处理；每次修改仍记入历史，可以恢复。') : t('之后当事人的修改作为建议提出，由您决定是否接受。'),
      yes: open ? t('开放编辑') : t('收回编辑'),
    });
    if (yes) await this.desk.call('/editing', { open });
  }

  /** Scrolls to an element and gives it the focus; with a field, opens it there. */
  private readonly go = (ref: string, field?: string | null): void => {
    this.draw();
    const card = this.cards.get(ref);
    const place = card?.root ?? document.getElementById(ref);
    const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    place?.scrollIntoView({ block: 'start', behavior: calm ? 'auto' : 'smooth' });
    place?.focus({ preventScroll: true });
    if (card && field && this.desk.state.may.propose_changes) card.edit(field);
    else card?.arrive();
  };

  /** Changes of others: said politely, shown for a moment, the focus stays. */
  private arrive(changes: Change[]): void {
    const others = changes.filter((change) => change.author.id !== this.desk.state.me.id);
    if (others.length === 0) return;
    this.say(others.slice(-3).map((change) => changeText(this.desk, change)).join(t('。')));
    this.draw();
    for (const change of others) this.cards.get(change.target ?? '')?.arrive();
  }

  private tellTalk(): void {
    const { proposals, comments, me } = this.desk.state;
    for (const one of [...proposals, ...comments]) {
      const mark = this.mark(one);
      if (this.seen.has(mark)) continue;
      this.seen.add(mark);
      if (one.author.id === me.id) continue;
      const values = { who: one.author.name, name: this.desk.name(one.target) };
      const words = 'operation' in one ? t('%(who)s 提出修改建议：%(name)s', values) : t('%(who)s 评论了%(name)s', values);
      if ('operation' in one && this.desk.state.may.decide) toast(words);
      else this.say(words);
    }
  }

  private mark(one: { id: number }): string {
    return `${'operation' in one ? 'p' : 'c'}${one.id}`;
  }

  private say(words: string): void {
    this.arrived.textContent = words;
  }
}

/** Somebody was quick and is being asked about a form of the page that is about to go. */
async function questionAnswered(): Promise<void> {
  const open = document.querySelector('dialog[open]');
  if (open) await new Promise((resolve) => open.addEventListener('close', resolve, { once: true }));
}

const root = must<HTMLElement>('[data-draft]');
root.inert = true;
new Page(root).start().catch((error: unknown) => {
  root.inert = false;
  // The page without script stays in place and works.
  if (!(error instanceof Refusal)) throw error;
  toast(error.message, 'bad');
});
