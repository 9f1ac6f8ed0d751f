// Remarks on one element or the whole: threads, replies, settled or open. What is being written stays while others write.
import { el, icon } from '../lib/dom';
import { t } from '../lib/text';
import { beijing } from '../lib/time';
import { sideName } from '../room/words';
import { freshId, type Desk } from './desk';
import type { Comment } from './protocol';
import { redraw } from './redraw';

export class Comments {
  readonly root: HTMLElement;
  private readonly list = el('div', { class: 'remarks' });
  private readonly area: HTMLTextAreaElement;
  private readonly chip = el('p', { class: 'quiet', hidden: true });
  private readonly form: HTMLFormElement;
  private answers: Comment | null = null;
  /** Of the remark as it stands: sent twice, it is taken once. */
  private id = freshId();

  constructor(
    private readonly desk: Desk,
    private readonly target: string | null,
  ) {
    const id = `comment-${target ?? 'whole'}`;
    this.area = el('textarea', { class: 'form-control', id, rows: 2, maxlength: 2000 });
    const send = el('button', { type: 'submit', class: 'btn btn-outline' }, icon('send'), t('发表评论'));
    this.form = el(
      'form',
      { class: 'remark-form' },
      this.chip,
      el('label', { for: id }, t('评论%(name)s（只有双方和调解员看得到）', { name: desk.name(target) })),
      this.area,
      el('div', { class: 'row-wrap' }, send),
    );
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.send(send);
    });
    this.area.value = sessionStorage.getItem(this.key()) ?? '';
    this.area.addEventListener('input', () => {
      this.id = freshId();
      sessionStorage.setItem(this.key(), this.area.value);
    });
    this.root = el('div', { class: 'comments' }, this.list, this.form);
  }

  private key(): string {
    return `draft-comment:${this.desk.state.number}:${this.target ?? ''}`;
  }

  /** Threads of this element that are not settled. */
  static open(desk: Desk, target: string | null): number {
    return desk.state.comments.filter((one) => one.target === target && one.reply_to === null && !one.resolved_at).length;
  }

  draw(): void {
    const { comments, may, me } = this.desk.state;
    const own = comments.filter((one) => one.target === this.target);
    this.form.hidden = !may.propose_changes;
    redraw(this.list, [own, may, me], () => own.filter((one) => one.reply_to === null).map((one) => this.thread(one, own)));
  }

  private thread(first: Comment, all: Comment[]): HTMLElement {
    const replies = all.filter((one) => one.reply_to === first.id);
    return el(
      'div',
      { class: first.resolved_at ? 'remark settled' : 'remark', 'data-comment': first.id },
      this.said(first),
      ...replies.map((reply) => el('div', { class: 'reply' }, this.said(reply))),
      this.desk.state.may.propose_changes && this.acts(first),
    );
  }

  private said(comment: Comment): HTMLElement {
    const { author } = comment;
    return el(
      'div',
      {},
      el(
        'p',
        { class: 'remark-head' },
        el('strong', {}, author.name),
        el('span', {}, sideName(author.side)),
        el('time', { datetime: comment.at }, beijing(comment.at).slice(0, 16)),
        comment.resolved_at && el('span', { class: 'mark mark-passed' }, icon('check'), t('已了结')),
      ),
      el('p', { class: 'remark-text' }, comment.text),
    );
  }

  private acts(first: Comment): HTMLElement {
    const { me } = this.desk.state;
    const reply = el('button', { type: 'button', class: 'btn btn-text', 'data-key': `reply-${first.id}` }, t('回复'));
    reply.addEventListener('click', () => this.answer(first));
    const resolve = el('button', { type: 'button', class: 'btn btn-text', 'data-key': `resolve-${first.id}` }, first.resolved_at ? t('重新打开') : t('了结'));
    resolve.addEventListener('click', () => void this.desk.call(`/comments/${first.id}/resolution`, { resolved: !first.resolved_at }));
    const may = first.author.id === me.id || me.side === 'mediator';
    return el('div', { class: 'row-wrap' }, reply, may && resolve);
  }

  private answer(first: Comment | null): void {
    this.answers = first;
    this.chip.hidden = first === null;
    const away = el('button', { type: 'button', class: 'btn btn-text' }, t('不是回复'));
    away.addEventListener('click', () => this.answer(null));
    this.chip.replaceChildren(...(first ? [t('回复 %(name)s：', { name: first.author.name }), `“${first.text.slice(0, 40)}”`, away] : []));
    this.area.focus();
  }

  private async send(button: HTMLButtonElement): Promise<void> {
    const text = this.area.value.trim();
    if (!text) return this.area.focus();
    button.disabled = true;
    const where = this.answers ? { reply_to: this.answers.id } : { target: this.target };
    const sent = await this.desk.call('/comments', { client_id: this.id, text, ...where });
    button.disabled = false;
    if (sent === null) return;
    this.area.value = '';
    this.id = freshId();
    sessionStorage.removeItem(this.key());
    this.answer(null);
  }
}
