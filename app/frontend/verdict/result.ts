// A verdict as parts of a page: the four answers with every check, what remains to be believed, what the proof states.
// The markup is that of templates/verification/_verdict.html.
import { digestElement } from '../lib/digest';
import { el } from '../lib/dom';
import { t } from '../lib/text';
import { hex } from '../verifier/bytes';
import type { Proof } from '../verifier/proof';
import { ANSWERS, type Answer, type Check, type Verdict } from '../verifier/verdict';
import { believed, type Belief } from './believed';
import { facts, markElement, more, panel } from './parts';
import { checkLine, sentence } from './sentences';
import { answerText, checkText, factLines, markOf, markOfAnswer, valueText } from './words';
import { stated as statedTime, zones } from './zones';

/** The whole result. file: the name of the chosen file, if any; rules: what stands beside an answer on this page. */
export function resultElements(verdict: Verdict, proof: Proof, file: string | null, rules: (answer: Answer) => Node | null = () => null): HTMLElement[] {
  return [
    panel(t('核验结果'), answersElement(verdict, rules)),
    panel(t('还需要相信什么'), el('ul', { class: 'believed' }, ...believed(verdict, proof).map(beliefElement))),
    panel(t('证明文件陈述的内容'), ...statedElements(proof, file)),
  ];
}

function answersElement(verdict: Verdict, rules: (answer: Answer) => Node | null): HTMLElement {
  const items = ANSWERS.map((answer) => {
    const mark = markOfAnswer(verdict, answer);
    const head = el('div', { class: 'answer-head' }, el('h3', {}, answerText(answer)), markElement(mark));
    const main = el('div', { class: 'answer-main' }, head, el('p', {}, sentence(verdict, answer)), checksElement(verdict.of(answer)));
    return el('li', { 'data-answer': answer, 'data-status': mark }, main, rules(answer));
  });
  return el('div', { 'data-verdict': true }, el('ul', { class: 'answers' }, ...items));
}

function checksElement(checks: readonly Check[]): HTMLElement {
  const list = el('ul', { class: 'checks' }, ...checks.map(checkElement));
  return more(t('逐项检查（%(count)s 项）', { count: checks.length }), list);
}

function checkElement(check: Check): HTMLElement {
  const line = checkLine(check);
  const lines = factLines(check);
  const body = el('div', {}, checkText(check.code), line ? el('small', { class: 'check-line quiet' }, line) : null);
  const own = lines.length ? el('details', { class: 'check-facts' }, el('summary', {}, t('依据')), facts(lines, 'check-values')) : null;
  return el('li', { 'data-check': check.code, 'data-status': markOf(check) }, el('span', {}, markElement(markOf(check))), body, own);
}

function beliefElement({ key, title, text, mark, hash }: Belief): HTMLElement {
  const head = el('div', { class: 'proof-head' }, el('h3', {}, title), mark ? markElement(mark) : null);
  return el('li', { 'data-believed': key }, head, el('p', {}, text), hash ? digestElement(t('区块哈希'), hash.replace(/^0x/, '')) : null);
}

function statedElements({ statement, batch }: Proof, file: string | null): HTMLElement[] {
  const { origin } = statement;
  const stated: [string, string | null][] = [
    [t('所选文件'), file],
    [t('证据编号'), statement.number],
    [t('提交时的文件名'), statement.file_name],
    [t('文书'), statement.title],
    [t('内容类型与大小'), `${statement.media_type} · ${sizeText(statement.digest.size)}`],
    [t('接收时间（平台运营方服务器时钟）'), zones(statement.received_at)],
    [t('批次'), String(batch.number)],
  ];
  const told: [string, string | null][] = origin
    ? [
        [t('原件或复制件'), valueText(origin.form)], [t('制作人'), origin.made_by], [t('制作时间'), statedTime(origin.made_at)], [t('设备'), origin.device],
        [t('方法'), origin.method], [t('核对人'), origin.compared_by], [t('核对时间'), statedTime(origin.compared_at)], [t('证明目的'), origin.proves],
      ]
    : [];
  const known = (pairs: [string, string | null][]): [string, string][] => pairs.flatMap(([name, value]) => (value ? [[name, value]] : []));
  return [
    facts(known(stated)),
    digestElement('SHA-256', hex(statement.digest.sha256)),
    digestElement('SM3', hex(statement.digest.sm3)),
    ...(origin ? [el('h3', { class: 'stated-origin' }, t('提交人对来源的说明（为陈述，未经核实）')), facts(known(told))] : []),
  ];
}

/** A size as people say it, with the exact number of bytes beside it. */
function sizeText(size: number): string {
  const exact = t('%(count)s 字节', { count: size });
  const short = shortSize(size);
  return short ? t('%(short)s（%(exact)s）', { short, exact }) : exact;
}

/** A size in KB, MB, GB or TB; empty below a kilobyte. */
function shortSize(size: number): string {
  let [value, unit] = [size, ''];
  for (const next of ['KB', 'MB', 'GB', 'TB']) {
    if (value < 1_024) break;
    [value, unit] = [value / 1_024, next];
  }
  return unit && `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

/** A size in a few characters. */
export function sizeInShort(size: number): string {
  return shortSize(size) || t('%(count)s 字节', { count: size });
}
