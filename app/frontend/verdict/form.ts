// The form of a verification, built in the page: fields for files and for digests, progress, and what is refused.
// Not here: what is done with the answers (see the pages).
import { el, icon } from '../lib/dom';
import { t } from '../lib/text';
import type { TypedBlock } from './inputs';
import { sizeInShort } from './result';

/** A field for one file. Its drop zone takes a file too. */
export function fileField(name: string, label: string, help: string, chosen: File | null, changed: (file: File | null) => void, accept?: string): HTMLElement {
  const input = el('input', { id: name, name, type: 'file', class: 'seen-by-readers', accept: accept ?? null, 'aria-describedby': `${name}-help ${name}-chosen` });
  const told = el('p', { class: 'chosen', id: `${name}-chosen`, 'data-chosen': name }, chosen ? chosenText(chosen) : null);
  const pick = el('label', { for: name, class: 'btn btn-outline' }, icon('file-search'), t('选择文件'));
  const zone = el('div', { class: 'dropzone pick', 'data-dropzone': true }, input, pick, told);
  const take = (file: File | null): void => {
    told.textContent = file ? chosenText(file) : '';
    changed(file);
  };
  input.addEventListener('change', () => {
    take(input.files?.[0] ?? null);
    input.value = ''; // so that the same file, changed meanwhile, can be chosen again
  });
  acceptDrops(zone, (files) => take(files[0] ?? null));
  return el('div', { class: 'field' }, el('label', { for: name }, label), el('p', { class: 'help', id: `${name}-help` }, help), zone);
}

function chosenText(file: File): string {
  return t('已选择：%(name)s（%(size)s）', { name: file.name, size: sizeInShort(file.size) });
}

/** Lets `zone` take dropped files. */
export function acceptDrops(zone: HTMLElement, take: (files: File[]) => void): void {
  zone.addEventListener('dragover', (event) => {
    event.preventDefault();
    zone.classList.add('over');
  });
  zone.addEventListener('dragleave', () => zone.classList.remove('over'));
  zone.addEventListener('drop', (event) => {
    zone.classList.remove('over');
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length !== 1) return;
    event.preventDefault();
    event.stopPropagation();
    take(files);
  });
}

/** A field for a line of text. */
export function textField(name: string, label: string, help: string | null, value: string, changed: (text: string) => void): HTMLElement {
  const described = help ? `${name}-help` : null;
  const input = el('input', { id: name, name, class: 'form-control mono', type: 'text', value, autocomplete: 'off', spellcheck: 'false', 'aria-describedby': described });
  input.addEventListener('input', () => changed(input.value));
  return el('div', { class: 'field' }, el('label', { for: name }, label), help ? el('p', { class: 'help', id: described }, help) : null, input);
}

/** Fields for a block that the reader knows from elsewhere, folded away while they are empty. */
export function blockFields(typed: TypedBlock, help: string): HTMLElement {
  return el(
    'details',
    { class: 'more', open: Boolean(typed.number || typed.hash), 'data-block': true },
    el('summary', {}, icon('chevron-down'), t('我另外知道区块的哈希')),
    el('p', { class: 'help' }, help),
    textField('block_number', t('区块编号'), null, typed.number, (text) => (typed.number = text)),
    textField('block_hash', t('区块哈希'), t('64 位十六进制数字。'), typed.hash, (text) => (typed.hash = text)),
  );
}

/** Progress of a verification: a bar for digests of large files, and words that are read out politely. */
export interface Progress {
  element: HTMLElement;
  /** done of total bytes; the words change only with whole tenths, so that they can be followed by ear. */
  digesting(done: number, total: number): void;
  say(text: string): void;
  end(): void;
}

export function progressPart(cancel: () => void): Progress {
  const bar = el('progress', { max: '1', value: '0', 'aria-label': t('计算摘要的进度') });
  const shown = el('span', { 'data-percent': true, 'aria-hidden': 'true' });
  const words = el('p', { role: 'status', 'aria-live': 'polite', 'data-state': true, class: 'quiet' });
  const stop = el('button', { type: 'button', class: 'btn btn-outline' }, t('停止'));
  stop.addEventListener('click', cancel);
  const moving = el('div', { class: 'verify-progress', hidden: true }, bar, shown, el('div', {}, stop));
  return {
    element: el('div', {}, moving, words),
    digesting(done, total) {
      const percent = total ? Math.floor((done / total) * 100) : 100;
      moving.hidden = false;
      bar.value = total ? done / total : 1;
      shown.textContent = `${percent}%`;
      const text = t('正在本机计算摘要：%(percent)s%', { percent: Math.floor(percent / 10) * 10 });
      if (words.textContent !== text) words.textContent = text;
    },
    say(text) {
      words.textContent = text;
    },
    end() {
      moving.hidden = true;
      words.textContent = '';
    },
  };
}
