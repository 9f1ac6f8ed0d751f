// A verification form: the original is digested here and never sent; digests and proof go to the server, which
// answers with the verdict as markup of our own templates. Used by the public page and by the judge's.
import { digestFile } from '../upload/hasher';
import { csrfToken, Refusal } from './api';
import { unfoldDigests } from './copy';
import { must } from './dom';
import { t } from './text';

const PROOF_LIMIT = 4 * 1024 * 1024;

/** Brings the form `root` to life: [data-action], [data-worker], inputs `original` and `proof`, [data-result]. */
export function mountVerify(root: HTMLElement): void {
  const form = must<HTMLFormElement>('form', root);
  const result = must<HTMLElement>('[data-result]', root);
  const state = must<HTMLElement>('[data-state]', root);
  const button = must<HTMLButtonElement>('button[type=submit]', form);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    button.disabled = true;
    result.replaceChildren();
    void check(root, form, (text) => (state.textContent = text))
      .then((markup) => {
        result.replaceChildren(markup);
        unfoldDigests(result);
        state.textContent = '';
        result.focus();
      })
      .catch((error: unknown) => (state.textContent = error instanceof Error ? error.message : String(error)))
      .finally(() => {
        button.disabled = false;
        delete form.dataset['sending'];
      });
  });
}

function chosen(form: HTMLFormElement, name: string): File | null {
  const input = form.elements.namedItem(name);
  return input instanceof HTMLInputElement ? (input.files?.[0] ?? null) : null;
}

async function check(root: HTMLElement, form: HTMLFormElement, tell: (text: string) => void): Promise<DocumentFragment> {
  const original = chosen(form, 'original');
  const proof = chosen(form, 'proof');
  if (form.elements.namedItem('proof') instanceof HTMLInputElement && !proof) throw new Error(t('请选择证明文件。'));
  if (proof && proof.size > PROOF_LIMIT) throw new Error(t('这不是和证的证明文件：它太大了。'));
  const question: Record<string, unknown> = {};
  const meant = form.elements.namedItem('meant');
  if (meant instanceof HTMLSelectElement && meant.value) question['meant'] = Number(meant.value);
  if (proof) question['proof'] = await proof.text();
  if (original) {
    question['digest'] = await digestFile(original, root.dataset['worker'] ?? '', (done) =>
      tell(t('正在本机计算摘要：%(percent)s%', { percent: Math.floor((done / original.size) * 100) })),
    );
    question['file_name'] = original.name;
  }
  tell(t('正在核对'));
  return ask(root.dataset['action'] ?? '', question);
}

async function ask(url: string, question: Record<string, unknown>): Promise<DocumentFragment> {
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { Accept: 'text/html', 'Content-Type': 'application/json', 'X-CSRFToken': csrfToken() },
      body: JSON.stringify(question),
    });
  } catch {
    throw new Refusal('offline', t('网络已断开，请检查连接后重试。内容没有丢失。'), 0);
  }
  if (!answer.headers.get('Content-Type')?.startsWith('text/html') || answer.status >= 500) {
    throw new Refusal(`http_${answer.status}`, t('服务器没有正常答复，请稍后再试。'), answer.status);
  }
  const parsed = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const fragment = document.createDocumentFragment();
  fragment.append(...parsed.body.childNodes);
  return fragment;
}
