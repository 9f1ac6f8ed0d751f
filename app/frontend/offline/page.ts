// The offline page: file, proof and trust root are read here, checked here and sent nowhere.
// Not here: checking (see verifier/) and how a verdict looks (see verdict/).
import { enableCopying } from '../lib/copy';
import { el, icon, must } from '../lib/dom';
import { language, t } from '../lib/text';
import { blockFields, fileField, progressPart, textField } from '../verdict/form';
import { Problem, readBlock, readFile, readProof, readSmall, readTyped, refusing, typedFromFragment, type Typed, type TypedBlock } from '../verdict/inputs';
import { facts, panel } from '../verdict/parts';
import { problemElement } from '../verdict/problem';
import { resultElements } from '../verdict/result';
import type { Proof } from '../verifier/proof';
import { parseTrust } from '../verifier/trust';
import type { Verdict } from '../verifier/verdict';
import { verify } from '../verifier/verify';

const MAX_TRUST_BYTES = 1_000_000;
const MICROSECONDS = 1_000n;

interface State {
  original: File | null;
  proof: File | null;
  trust: File | null;
  typed: Typed;
  block: TypedBlock;
  /** What there is to show: a verdict, or what stopped it. */
  outcome: { verdict: Verdict; proof: Proof; file: string | null } | { problem: unknown } | null;
  running: AbortController | null;
}

const state: State = {
  original: null, proof: null, trust: null, typed: typedFromFragment(location.hash) ?? { sha256: '', sm3: '', size: '' },
  block: { number: '', hash: '' }, outcome: null, running: null,
};
const page = must<HTMLElement>('[data-page]');
const workerUrl = URL.createObjectURL(new Blob([must('#digest-worker').textContent ?? ''], { type: 'text/javascript' }));

function draw(): void {
  document.title = t('离线核验 · 和证');
  page.replaceChildren(
    header(),
    el('main', { id: 'main', class: 'wrap', tabindex: '-1' }, heading(), el('div', { class: 'columns' }, el('div', {}, formPanel(), el('div', { 'data-result': true, tabindex: '-1' })), aside())),
    el('footer', { class: 'foot' }, el('div', { class: 'wrap' }, el('p', {}, t('核验通过不等于内容真实；是否采信由法院决定。')), el('p', {}, version()))),
  );
  showOutcome();
}

function header(): HTMLElement {
  const other = language() === 'en' ? { code: 'zh-CN', name: document.body.dataset['chinese'] ?? '' } : { code: 'en', name: 'English' };
  const button = el('button', { type: 'button', class: 'btn btn-outline', lang: other.code, 'data-language': other.code }, icon('language'), other.name);
  button.addEventListener('click', () => {
    if (state.running) return;
    document.documentElement.lang = other.code;
    draw();
    must<HTMLButtonElement>('[data-language]').focus();
  });
  const brand = el('p', { class: 'offline-brand' }, t('和证'), el('small', {}, t('离线核验')));
  return el('header', { class: 'offline-head' }, el('div', { class: 'wrap' }, brand, button));
}

function heading(): HTMLElement {
  const lead = t('选择原文件、证明文件和信任根，得到四个回答。本页不连接任何网络，所选文件不会离开这台设备。');
  return el('div', { class: 'page-head' }, el('h1', {}, t('离线核验证据')), el('p', { class: 'lead' }, lead));
}

function formPanel(): HTMLElement {
  const progress = progressPart(() => state.running?.abort());
  const submit = el('button', { type: 'submit', class: 'btn btn-primary' }, icon('shield-check'), t('开始核验'));
  const form = el(
    'form',
    { novalidate: true },
    fileField('original', t('原文件'), t('要核验的文件本身。没有时可以不选，或者在下面填写它的摘要。'), state.original, (file) => (state.original = file)),
    digestFields(),
    fileField('proof', t('证明文件'), t('扩展名为 .hezheng-proof.json，从证据页面或者存证证明的附件取得。'), state.proof, (file) => (state.proof = file), '.json,application/json'),
    fileField('trust', t('信任根'), t('您决定相信哪条链、哪些合约、见证人和时间戳机构。请向运营方索取一次，并与法院、公证机构或者行业协会所持的一份比对；不要使用随证明文件一起送来的。'), state.trust, (file) => (state.trust = file), '.json,application/json'),
    blockFields(state.block, t('可选。从法院公告、见证人或者另一个节点得到的区块编号和哈希。没有时，由信任根中的见证人作证。')),
    el('div', { class: 'actions' }, submit),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (!state.running) void run(progress, submit);
  });
  return panel(t('选择文件'), form, progress.element);
}

function digestFields(): HTMLElement {
  const { typed } = state;
  const inner = el(
    'div',
    {},
    textField('sha256', 'SHA-256', t('64 位十六进制数字；可以从笔录、存证证明或者其他工具抄来。'), typed.sha256, (text) => (typed.sha256 = text)),
    textField('sm3', 'SM3', null, typed.sm3, (text) => (typed.sm3 = text)),
    textField('size', t('大小（字节）'), null, typed.size, (text) => (typed.size = text)),
  );
  const open = Boolean(typed.sha256 || typed.sm3 || typed.size);
  return el('details', { class: 'more', open }, el('summary', {}, icon('chevron-down'), t('没有原文件，只有它的摘要')), inner);
}

function aside(): HTMLElement {
  const answers: [string, string][] = [
    [t('完整性'), t('上链之后内容有没有改变')],
    [t('时间'), t('不晚于什么时间存在，由哪个时间戳机构证明')],
    [t('提交人'), t('由哪个账号提交，身份如何核验')],
    [t('来源'), t('提交时对来源作了哪些陈述，保管记录是否连续')],
  ];
  const not = [
    t('文件在接收之前是否真实、完整、合法取得，来源的说明是否属实。'),
    t('账号的持有人就是所称的人：只能说明运营方称如何核验过身份。'),
    t('没有漏掉什么：时间戳、见证和保管记录末尾的条目可以被拿掉而不留痕迹。'),
    t('现在链上是什么：本页不查询节点。区块的哈希由谁作证，见“还需要相信什么”。'),
    t('文件在某个时间之前不存在。'),
    t('本页自己没有被改动：请按下面的办法比对。'),
  ];
  return el(
    'div',
    { class: 'aside' },
    panel(t('四个回答分别说明什么'), facts(answers)),
    panel(t('本页不能说明什么'), el('ul', { class: 'says-not' }, ...not.map((text) => el('li', {}, text)))),
    panel(t('怎样确认本页没有被改动'), ...comparing()),
  );
}

function comparing(): HTMLElement[] {
  return [
    el('p', {}, t('一个文件不能写出自己的摘要。请用系统自带的工具计算本页文件的 SHA-256，与和证网站“验证证据”页面、法院或者公证机构公布的数值比对：')),
    el('pre', { class: 'command' }, 'certutil -hashfile FILE SHA256\nshasum -a 256 FILE\nsha256sum FILE'),
    el('p', { class: 'quiet' }, t('本页的内容安全策略禁止一切网络连接；断开网络或者在没有网络的电脑上打开，结果相同。')),
  ];
}

function version(): string {
  return t('离线核验页面 %(version)s，支持 hezheng-proof/1 与 hezheng-trust/1。', { version: document.body.dataset['version'] ?? '' });
}

async function run(progress: ReturnType<typeof progressPart>, submit: HTMLButtonElement): Promise<void> {
  const running = new AbortController();
  state.running = running;
  state.outcome = null;
  showOutcome();
  submit.disabled = true;
  try {
    state.outcome = await examine(progress, running.signal);
  } catch (problem) {
    const stopped = problem instanceof DOMException && problem.name === 'AbortError';
    state.outcome = { problem: stopped ? new Problem(t('已停止。所选的文件没有改变。')) : problem };
  } finally {
    state.running = null;
    submit.disabled = false;
    progress.end();
  }
  showOutcome();
  must<HTMLElement>('[data-result]').focus();
}

async function examine(progress: ReturnType<typeof progressPart>, signal: AbortSignal): Promise<State['outcome']> {
  if (!state.proof) throw new Problem(t('请选择证明文件。'), 'file');
  if (!state.trust) throw new Problem(t('请选择信任根。没有它就没有可以相信的起点。'), 'file');
  const proof = await readProof(state.proof);
  const data = await readSmall(state.trust, MAX_TRUST_BYTES, 'trust');
  const trust = refusing('trust', () => parseTrust(data));
  const block = readBlock(state.block);
  const { original } = state;
  const file = original ? await readFile(original, workerUrl, (done) => progress.digesting(done, original.size), signal) : readTyped(state.typed);
  progress.say(t('正在核对'));
  const verdict = await verify(file, proof, { trust, at: BigInt(Date.now()) * MICROSECONDS, block });
  return { verdict, proof, file: original?.name ?? null };
}

function showOutcome(): void {
  const { outcome } = state;
  const place = must<HTMLElement>('[data-result]');
  if (!outcome) place.replaceChildren();
  else if ('problem' in outcome) place.replaceChildren(problemElement(outcome.problem));
  else place.replaceChildren(...resultElements(outcome.verdict, outcome.proof, outcome.file));
}

/** Several files dropped at once are told apart by what they begin with. */
async function sortFiles(files: readonly File[]): Promise<void> {
  for (const file of files) {
    const start = file.size <= 4_000_000 ? await file.slice(0, 400).text() : '';
    if (start.includes('"hezheng-proof/')) state.proof = file;
    else if (start.includes('"hezheng-trust/')) state.trust = file;
    else state.original = file;
  }
  draw();
}

enableCopying();
draw();
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  if (!state.running) void sortFiles([...(event.dataTransfer?.files ?? [])]);
});
