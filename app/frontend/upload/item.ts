// One file on its way: its row with progress, pause, retry and cancel, and at the end its receipt.
import { digestElement } from '../lib/digest';
import { el, icon } from '../lib/dom';
import { language, t } from '../lib/text';
import { beijing } from '../lib/time';
import { Refusal } from '../lib/api';
import { digestFile, unreadable } from './hasher';
import type { FileDigests, Mark } from './hasher';
import { askHeld, cancelUpload, createUpload, deliver } from './transfer';
import type { Held, Received } from './transfer';

/** Refusals of the file itself: sending the same one again cannot help. */
const HOPELESS = ['file_empty', 'file_type_claim', 'file_too_large'];

/** Bytes in units of 1024. */
export function fileSize(bytes: number): string {
  let amount = bytes;
  for (const unit of ['B', 'KB', 'MB']) {
    if (amount < 1024) return unit === 'B' ? `${bytes} B` : `${amount.toFixed(1)} ${unit}`;
    amount /= 1024;
  }
  return `${amount.toFixed(1)} GB`;
}

interface Wishes {
  file: File;
  workerUrl: string;
  /** Address of an upload that is to go on; else one is created with `form`. */
  url?: string | undefined;
  form: () => Record<string, unknown>;
}

/** A file in the queue. `run` resolves when it has its receipt, was cancelled, or failed (then it can be retried). */
export class UploadItem {
  readonly element: HTMLLIElement;
  private readonly bar = el('progress', { max: 1000, value: 0 });
  private readonly state = el('p', { class: 'upload-state', role: 'status' }, t('等待上传'));
  private readonly buttons = el('div', { class: 'row-wrap' });
  private running: AbortController | null = null;
  private changed = false;
  private digests: Promise<FileDigests> | null = null;
  private url: string | undefined;
  private finished = false;
  /** Whether what the server holds is the beginning of this very file. */
  private same: boolean;

  constructor(
    private readonly wishes: Wishes,
    /** Told of the receipt, of a cancellation (neither), or of what went wrong. */
    private readonly settled: (received: Received | null, error?: unknown) => void,
  ) {
    this.url = wishes.url;
    this.same = wishes.url === undefined;
    this.bar.setAttribute('aria-label', t('%(name)s 的上传进度', { name: wishes.file.name }));
    this.element = el(
      'li',
      { class: 'upload-item', 'data-upload-state': 'waiting' },
      el('p', { class: 'upload-name' }, icon('file'), el('strong', {}, wishes.file.name), ` ${fileSize(wishes.file.size)}`),
      this.bar,
      this.state,
      this.buttons,
    );
    this.offer([t('取消'), () => void this.cancel()]);
  }

  /** Hashes and sends at the same time, then has the server make the receipt. */
  async run(): Promise<void> {
    const { file } = this.wishes;
    if (this.finished) return;
    this.running = new AbortController();
    const signal = this.running.signal;
    this.show('sending', t('正在上传并计算摘要'));
    this.offer([t('暂停'), () => this.pause()], [t('取消'), () => void this.cancel()]);
    try {
      if (!file.size) throw new Refusal('file_empty', t('文件是空的（0 字节），没有接收。请检查原文件。'), 422);
      if (!this.same && this.url !== undefined) await this.compare(this.url, signal);
      this.digests ??= this.digest();
      this.url ??= await createUpload(this.wishes.form(), file.size);
      this.receive(await deliver(this.url, file, this.digests, this.watcher(), signal));
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'AbortError')) this.fail(error);
      else if (this.changed) this.fail(unreadable());
    }
  }

  /** Reads the whole file; where that fails, sending it ends as well. */
  private digest(mark?: Mark): Promise<FileDigests> {
    this.changed = false;
    const reading = digestFile(this.wishes.file, this.wishes.workerUrl, undefined, undefined, mark);
    reading.catch((error: unknown) => {
      this.digests = null;
      this.changed = error instanceof Refusal && error.kind === 'file_unreadable';
      if (this.changed) this.running?.abort();
    });
    return reading;
  }

  /** Goes on only if what the server holds is the beginning of this file: another one may have its name and size. */
  private async compare(url: string, signal: AbortSignal): Promise<void> {
    const there: Held = await askHeld(url, this.wishes.file, this.watcher(), signal);
    if (there.bytes > 0 && there.sha256 !== null) {
      this.show('comparing', t('正在核对是不是上次的那个文件'));
      const beginning = await new Promise<string>((resolve, reject) => {
        this.digests = this.digest({ at: there.bytes, marked: resolve });
        this.digests.catch(reject);
        signal.addEventListener('abort', () => reject(new DOMException('paused', 'AbortError')));
      });
      if (beginning !== there.sha256) throw new Refusal('other_file', this.otherFile(), 0);
    }
    this.same = true;
  }

  private otherFile(): string {
    return t(
      '这不是上次没有传完的那个文件：名称和大小相同，内容不同。没有接收。请选择原来的文件继续；如果要提交这个文件，请先放弃上次的上传。',
    );
  }

  private watcher(): { sent(bytes: number): void; waiting(ms: number, reason?: string): void; whole(): void } {
    const { file } = this.wishes;
    return {
      whole: () => this.show('checking', t('已上传，正在核对摘要')),
      sent: (bytes) => {
        this.bar.value = Math.floor((Math.min(bytes, file.size) / file.size) * 1000);
        const percent = Math.floor((Math.min(bytes, file.size) / file.size) * 100);
        this.state.textContent = t('正在上传并计算摘要：%(percent)s%，共 %(size)s', { percent, size: fileSize(file.size) });
      },
      waiting: (ms, reason) => {
        const count = Math.ceil(ms / 1000);
        if (ms === 0) this.element.dataset['uploadState'] = 'sending';
        else if (reason !== undefined) this.show('offline', `${reason} ${t('%(count)s 秒后自动再试', { count })}`);
        else this.show('offline', t('网络中断，已收到的部分没有丢失；%(count)s 秒后自动继续', { count }));
      },
    };
  }

  private pause(): void {
    this.running?.abort();
    this.show('paused', t('已暂停，已收到的部分会保留'));
    this.offer([t('继续'), () => void this.run()], [t('取消'), () => void this.cancel()]);
  }

  private async cancel(): Promise<void> {
    this.running?.abort();
    this.finished = true;
    if (this.url !== undefined) await cancelUpload(this.url);
    this.element.remove();
    this.settled(null);
  }

  /** Takes the row away and leaves the upload on the server to be gone on with. */
  private leave(): void {
    this.finished = true;
    this.element.remove();
  }

  private fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const kind = error instanceof Refusal ? error.kind : '';
    this.show('failed', message);
    if (kind === 'digest_differs' && this.url !== undefined) void cancelUpload(this.url);
    if (['file_type_claim', 'not_found', 'digest_differs'].includes(kind)) this.url = undefined;
    this.digests = null;
    const remove: [string, () => void] = [t('移除'), () => void this.cancel()];
    if (kind === 'other_file') this.offer([t('放弃上次的上传'), () => void this.cancel()], [t('移除'), () => this.leave()]);
    else if (kind === 'file_unreadable') this.offer([t('移除'), () => this.leave()]);
    else if (HOPELESS.includes(kind)) this.offer(remove);
    else this.offer([t('重试'), () => void this.run()], remove);
    this.settled(null, error);
  }

  private receive(received: Received): void {
    this.finished = true;
    this.bar.value = 1000;
    this.show('received', '');
    this.state.append(
      icon('circle-check'),
      ` ${t('已收到，回执编号 %(receipt)s', { receipt: received.receipt })} · `,
      el('time', { datetime: received.received_at }, beijing(received.received_at)),
      ` ${t('北京时间')}`,
    );
    this.element.append(digestElement('SHA-256', received.sha256), digestElement('SM3', received.sm3));
    this.buttons.replaceChildren(
      el('a', { class: 'btn btn-outline', href: received.url }, t('查看证据')),
      el('a', { class: 'btn btn-text', href: received.receipt_url }, t('打印回执')),
    );
    this.element.lang = language() === 'en' ? 'en' : 'zh-CN';
    this.settled(received);
  }

  private show(state: string, text: string): void {
    this.element.dataset['uploadState'] = state;
    this.state.textContent = text;
  }

  private offer(...acts: [string, () => void][]): void {
    this.buttons.replaceChildren(
      ...acts.map(([text, act]) => {
        const button = el('button', { type: 'button', class: 'btn btn-outline btn-sm' }, text);
        button.addEventListener('click', act);
        return button;
      }),
    );
  }
}
