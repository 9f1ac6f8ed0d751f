// The upload form of a case: files and origin questions, a queue that sends one file after the other.
// Used by the exhibits page and by the room; the markup is templates/exhibits/_upload.html.
import { Refusal } from '../lib/api';
import { el, icon, must } from '../lib/dom';
import { forgetDraft } from '../lib/draft';
import { t } from '../lib/text';
import { fileSize, UploadItem } from './item';
import type { Received } from './transfer';

/** Refusals after which the upload that was to go on still waits for its file. */
const NOT_THIS_TIME = ['other_file', 'file_unreadable'];
const TEXTS = ['made_by', 'made_at', 'device', 'method', 'form', 'compared_by', 'compared_at', 'proves'];

interface Unfinished {
  url: string;
  name: string;
  size: number;
}

/** Brings the form inside `root` to life. `received` is told of every new exhibit. */
export function mountUpload(root: HTMLElement, received: (exhibit: Received) => void = () => undefined): void {
  const form = must<HTMLFormElement>('form[data-upload-form]', root);
  const input = must<HTMLInputElement>('input[type=file]', form);
  const list = must<HTMLUListElement>('[data-upload-list]', root);
  const unfinished = JSON.parse(root.dataset['unfinished'] ?? '[]') as Unfinished[];
  const queue: UploadItem[] = [];
  let busy = false;

  const showList = (): void => {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    list.scrollIntoView({ block: 'start', behavior: still ? 'auto' : 'smooth' });
  };

  const work = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    for (let item = queue.shift(); item; item = queue.shift()) await item.run();
    busy = false;
  };

  const noticeOf = (upload: Unfinished | undefined): HTMLElement | null =>
    root.querySelector<HTMLElement>(`[data-unfinished-upload="${CSS.escape(upload?.url ?? '')}"]`);

  const add = (file: File): void => {
    const known = unfinished.findIndex((one) => one.name === file.name && one.size === file.size);
    const resumed = known >= 0 ? unfinished.splice(known, 1)[0] : undefined;
    const notice = noticeOf(resumed);
    const answers = { ...readAnswers(form), case: root.dataset['case'], file_name: file.name, claimed_type: file.type };
    const item = new UploadItem(
      { file, workerUrl: root.dataset['worker'] ?? '', url: resumed?.url, form: () => answers },
      (exhibit, error) => {
        if (exhibit) received(exhibit);
        if (resumed && error instanceof Refusal && NOT_THIS_TIME.includes(error.kind)) {
          unfinished.push(resumed);
          if (notice) notice.hidden = false;
        } else if (error === undefined) {
          notice?.remove();
          const kept = resumed ? unfinished.indexOf(resumed) : -1;
          if (kept >= 0) unfinished.splice(kept, 1);
        }
        if (error instanceof Refusal && Object.keys(error.fields).length) showProblems(form, error.fields);
      },
    );
    list.append(item.element);
    queue.push(item);
    if (notice) notice.hidden = true;
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    delete form.dataset['sending'];
    clearProblems(form);
    for (const file of input.files ?? []) add(file);
    input.value = '';
    forgetDraft(form);
    showList();
    void work();
  });
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    const all = files.length > 0 && files.every((file) => unfinished.some((one) => one.name === file.name && one.size === file.size));
    for (const one of unfinished) warnOfSize(noticeOf(one), one, files);
    if (!all) return;
    for (const file of files) add(file);
    input.value = '';
    showList();
    void work();
  });
  keepConditionalParts(form);
  warnBeforeLeaving(() => busy);
}

/** Says where a chosen file has the name of one that waits, and is another one by its size. */
function warnOfSize(notice: HTMLElement | null, waiting: Unfinished, files: File[]): void {
  notice?.querySelector('[data-other-size]')?.remove();
  const other = files.find((file) => file.name === waiting.name && file.size !== waiting.size);
  if (!other || files.some((file) => file.name === waiting.name && file.size === waiting.size)) return;
  const sizes = { found: fileSize(other.size), expected: fileSize(waiting.size) };
  const text = t('刚才选择的同名文件是另一个文件：大小 %(found)s，没有传完的是 %(expected)s。它会作为新的证据提交。', sizes);
  notice?.querySelector('div')?.append(el('p', { 'data-other-size': true }, text));
}

function readAnswers(form: HTMLFormElement): Record<string, unknown> {
  const data = new FormData(form);
  const answers: Record<string, unknown> = {};
  for (const name of TEXTS) answers[name] = data.get(name) ?? '';
  answers['secret'] = data.get('secret') === 'yes';
  answers['viewers'] = data.getAll('viewers').map(Number);
  return answers;
}

/** Copies are asked who compared them; secret files for whose eyes they are. */
function keepConditionalParts(form: HTMLFormElement): void {
  const refresh = (): void => {
    const data = new FormData(form);
    for (const part of form.querySelectorAll<HTMLElement>('[data-shown-for]')) {
      const [name = '', value = ''] = (part.dataset['shownFor'] ?? '').split('=');
      part.hidden = data.get(name) !== value;
    }
  };
  form.addEventListener('change', refresh);
  refresh();
}

function clearProblems(form: HTMLFormElement): void {
  for (const shown of form.querySelectorAll('.error[data-from-server]')) shown.remove();
  for (const field of form.querySelectorAll('.field.has-error')) field.classList.remove('has-error');
}

function showProblems(form: HTMLFormElement, problems: Record<string, string>): void {
  let first: HTMLElement | null = null;
  for (const [name, text] of Object.entries(problems)) {
    const control = form.querySelector<HTMLElement>(`[name="${CSS.escape(name)}"]`);
    const field = control?.closest<HTMLElement>('.field');
    if (!control || !field) continue;
    field.classList.add('has-error');
    const line = el('p', { class: 'error', 'data-from-server': true }, icon('alert-triangle'), el('span', {}, text));
    field.querySelector('label, legend')?.after(line);
    first ??= control;
  }
  first?.focus();
}

function warnBeforeLeaving(busy: () => boolean): void {
  window.addEventListener('beforeunload', (event) => {
    if (busy()) event.preventDefault();
  });
}

