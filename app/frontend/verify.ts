// The public verification page: file and proof are read and checked in this browser; only chain facts are asked for.
import { unfoldDigests } from './lib/copy';
import { el, icon, must } from './lib/dom';
import { t } from './lib/text';
import { Problem, readBlock, readFile, readProof, readTyped, refusing, typedFromFragment, type Typed, type TypedBlock } from './verdict/inputs';
import { blockFields, fileField, progressPart, textField, type Progress } from './verdict/form';
import { panel } from './verdict/parts';
import { problemElement } from './verdict/problem';
import { resultElements } from './verdict/result';
import { parseTrust, type TrustRoot } from './verifier/trust';
import type { Answer } from './verifier/verdict';
import { verify } from './verifier/verify';
import { HttpLedger } from './verify/http-ledger';

const MICROSECONDS = 1_000n;
const root = must<HTMLElement>('[data-verify]');
const chosen: { original: File | null; proof: File | null; typed: Typed; block: TypedBlock } = {
  original: null, proof: null, typed: typedFromFragment(location.hash) ?? { sha256: '', sm3: '', size: '' }, block: { number: '', hash: '' },
};
const result = el('div', { 'data-result': true, tabindex: '-1' });
let running: AbortController | null = null;

function drawForm(): void {
  const progress = progressPart(() => running?.abort());
  const submit = el('button', { type: 'submit', class: 'btn btn-primary' }, icon('shield-check'), t('开始核验'));
  const form = el(
    'form',
    { 'data-verify-form': true, novalidate: true },
    fileField('original', t('原文件'), t('要核验的文件本身。没有时可以不选，或者在下面填写它的摘要。'), null, (file) => (chosen.original = file)),
    digestFields(chosen.typed),
    fileField('proof', t('证明文件'), t('扩展名为 .hezheng-proof.json，从证据页面或者存证证明的附件取得。'), null, (file) => (chosen.proof = file), '.json,application/json'),
    blockFields(chosen.block, t('可选。从法院公告、见证人或者另一个节点得到的区块编号和哈希；只在这台设备上比对。')),
    el('p', { class: 'quiet' }, t('核对时只向本网站的节点查询链上公开的事实：批次编号、区块编号和见证人的公钥；文件、证明文件和摘要都不会发送。')),
    el('div', { class: 'actions' }, submit),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (!running) void run(progress, submit);
  });
  root.replaceChildren(panel(t('选择文件'), form, progress.element), result);
}

function digestFields(typed: Typed): HTMLElement {
  const open = Boolean(typed.sha256 || typed.sm3 || typed.size);
  return el(
    'details',
    { class: 'more', open, 'data-digests': true },
    el('summary', {}, icon('chevron-down'), t('没有原文件，只有它的摘要')),
    textField('sha256', 'SHA-256', t('64 位十六进制数字；可以从笔录、存证证明或者其他工具抄来。'), typed.sha256, (text) => (typed.sha256 = text)),
    textField('sm3', 'SM3', null, typed.sm3, (text) => (typed.sm3 = text)),
    textField('size', t('大小（字节）'), null, typed.size, (text) => (typed.size = text)),
  );
}

async function run(progress: Progress, submit: HTMLButtonElement): Promise<void> {
  running = new AbortController();
  submit.disabled = true;
  result.replaceChildren();
  try {
    result.replaceChildren(...(await examine(progress, running.signal)));
    unfoldDigests(result);
  } catch (problem) {
    const stopped = problem instanceof DOMException && problem.name === 'AbortError';
    result.replaceChildren(problemElement(stopped ? new Problem(t('已停止。所选的文件没有改变。')) : problem));
  } finally {
    running = null;
    submit.disabled = false;
    progress.end();
  }
  result.focus();
}

async function examine(progress: Progress, signal: AbortSignal): Promise<HTMLElement[]> {
  if (!chosen.proof) throw new Problem(t('请选择证明文件。'));
  const proof = await readProof(chosen.proof);
  const block = readBlock(chosen.block);
  const trust = await fetchTrust(signal);
  const { original } = chosen;
  const worker = root.dataset['worker'] ?? '';
  const file = original ? await readFile(original, worker, (done) => progress.digesting(done, original.size), signal) : readTyped(chosen.typed);
  progress.say(t('正在核对'));
  const reader = new HttpLedger(root.dataset['ledger'] ?? '');
  const verdict = await verify(file, proof, { trust, at: BigInt(Date.now()) * MICROSECONDS, block, reader });
  return resultElements(verdict, proof, original?.name ?? null, rulesBeside);
}

async function fetchTrust(signal: AbortSignal): Promise<TrustRoot> {
  let data: Uint8Array;
  try {
    const answer = await fetch(root.dataset['trust'] ?? '', { signal, credentials: 'same-origin' });
    if (!answer.ok) throw new Error(String(answer.status));
    data = new Uint8Array(await answer.arrayBuffer());
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem(t('没有取到本网站的信任根。请检查网络，或者改用离线核验页面。'));
  }
  return refusing('trust', () => parseTrust(data));
}

function rulesBeside(answer: Answer): Node | null {
  const template = document.querySelector<HTMLTemplateElement>(`template[data-rules="${answer}"]`);
  return template ? template.content.cloneNode(true) : null;
}

drawForm();
