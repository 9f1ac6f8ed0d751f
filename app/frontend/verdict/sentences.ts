// The four answers as sentences, as app/web/verdicts.py has them. Only what may be said is said; never "genuine".
import { t } from '../lib/text';
import type { Answer, Check, Verdict } from '../verifier/verdict';
import { reasonText, valueText } from './words';
import { zones } from './zones';

/** What one answer says, as one sentence. */
export function sentence(verdict: Verdict, answer: Answer): string {
  return { integrity, time, submitter, origin }[answer](verdict);
}

function codes(verdict: Verdict, answer: Answer, status: Check['status']): string[] {
  return verdict.of(answer).filter((one) => one.status === status).map(({ code }) => code);
}

function integrity(verdict: Verdict): string {
  const failed = codes(verdict, 'integrity', 'FAILED');
  if (failed.some((code) => code.startsWith('file.'))) {
    return t('所选文件与陈述的摘要不一致。常见原因：重新保存、压缩、经聊天软件转发、另一个版本，或者选错了文件。');
  }
  if (failed.some((code) => code === 'anchor.trusted' || code === 'ledger.identity')) {
    return t('证明文件指向的链或者合约不是受信任的那一个。');
  }
  if (failed.length && failed.every((code) => code.startsWith('witness.'))) return t('有见证人的共同签署没有通过核验，请看逐项检查。');
  if (failed.some((code) => code === 'block.known')) return t('区块的哈希与已知的不同，请看逐项检查。');
  if (failed.length) return t('证明文件的各部分或者它与链上记录不一致，请看逐项检查。');
  return openIntegrity(codes(verdict, 'integrity', 'UNDETERMINED'));
}

function openIntegrity(open: string[]): string {
  if (!open.length) return t('上链后内容未变。');
  const noFile = open.some((code) => code.startsWith('file.'));
  if (open.some((code) => code === 'ledger.identity' || code === 'ledger.batch')) {
    return t('暂时无法查询链上记录，尚不能回答。这不表示文件有问题。');
  }
  if (open.includes('block.known') && !noFile) {
    return t('文件、批次与区块头彼此一致，但还没有您信任的一方为这个区块的哈希作证。这不表示文件有问题。');
  }
  if (noFile) return t('没有提供原文件的全部摘要，只核对了证明文件。');
  return t('文件与证明一致，尚有一项未能确认，请看逐项检查。这不表示文件有问题。');
}

function time(verdict: Verdict): string {
  const checks = verdict.of('time');
  const good = checks.filter((one) => one.code === 'time.token' && one.status === 'PASSED');
  if (checks.some((one) => one.status === 'FAILED')) return t('时间方面有检查未通过，请看逐项检查。');
  const [first] = good.sort((one, other) => (String(one.detail['not_later_than']) < String(other.detail['not_later_than']) ? -1 : 1));
  if (!first) {
    const stated = checks.find((one) => one.code === 'time.token' && one.detail['reason'] === 'no_anchor');
    if (stated) return t('信任根没有写明可信的时间戳机构，时间戳无法核验。');
    return t('时间戳待补：时间戳机构尚未答复。区块时间是平台运营方的时钟，单独不足以证明时间。');
  }
  return t('不晚于 %(time)s 存在（时间戳机构 %(authority)s）。', {
    time: zones(String(first.detail['not_later_than'])), authority: String(first.detail['authority']),
  });
}

function submitter(verdict: Verdict): string {
  if (verdict.status('submitter') !== 'PASSED') return t('运营方的接收签名与陈述不一致。');
  const facts = verdict.of('submitter')[0]?.detail ?? {};
  const method = valueText(String(facts['identity_method']));
  return t('由账号 %(account)s（核验方式：%(method)s）提交。', { account: [...String(facts['account'])].slice(0, 8).join(''), method });
}

function origin(verdict: Verdict): string {
  const status = verdict.status('origin');
  if (status === 'FAILED') return t('保管记录不连续，请看逐项检查。');
  if (status === 'UNDETERMINED') return t('上链之前的来源没有全部说明。');
  return t('提交时已说明来源，保管记录连续。所述内容由提交人负责，平台未核实。');
}

/** The facts of a check in one line, as a reader first wants them. */
export function checkLine(check: Check): string {
  const { detail } = check;
  const reason = reasonText(check);
  if (reason) return typeof detail['authority'] === 'string' ? t('%(name)s：%(reason)s', { name: detail['authority'], reason }) : reason;
  if (check.status === 'FAILED' && typeof detail['expected'] !== 'undefined') {
    return t('陈述为 %(expected)s，所选文件为 %(actual)s', { expected: String(detail['expected']), actual: String(detail['actual']) });
  }
  return '';
}
