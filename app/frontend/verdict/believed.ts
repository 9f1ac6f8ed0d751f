// What is left to be believed once everything that can be computed has been: said plainly, with who stands for it.
import { t } from '../lib/text';
import type { Proof } from '../verifier/proof';
import type { Fact, Verdict } from '../verifier/verdict';
import { markOf, reasonText, valueText, type Mark } from './words';

/** One thing to be believed. mark: of the check about it, null where none is about it alone; hash: 0x text. */
export interface Belief {
  key: string;
  title: string;
  text: string;
  mark: Mark | null;
  hash: string | null;
}

/** In the order in which somebody would ask: the block, the clocks, who submitted, what came before. */
export function believed(verdict: Verdict, proof: Proof): Belief[] {
  const before = t('文件在接收之前是否真实、完整，来源的说明是否属实：证明对此不作回答，由提交一方举证。');
  const method = valueText(proof.statement.submitter.identity_method);
  return [
    block(verdict),
    { key: 'time', title: t('时间戳机构的时钟'), text: clocks(verdict), mark: null, hash: null },
    {
      key: 'identity', title: t('提交人的身份核验'), mark: null, hash: null,
      text: t('平台运营方确实按所写的方式核验过提交账号的持有人：%(method)s。', { method }),
    },
    { key: 'before', title: t('上链之前'), text: before, mark: null, hash: null },
  ];
}

function block(verdict: Verdict): Belief {
  const known = verdict.checks.find((one) => one.code === 'block.known');
  if (!known) throw new Error('every verdict says whether the block is known');
  const number = String(known.detail['block_number']);
  const base = { key: 'block', title: t('一个区块的哈希'), mark: markOf(known), hash: String(known.detail['block_hash']) };
  if (known.status === 'PASSED') {
    const names = vouchers(known.detail['vouched_by']).join(t('、'));
    return { ...base, text: t('区块 %(number)s 的哈希是下面这一个，由以下各方作证：%(names)s。其余都是由它算出来的。', { number, names }) };
  }
  if (known.status === 'FAILED') {
    return { ...base, text: t('区块 %(number)s 的哈希与已知的不同。请向见证人、法院公告或者另一个节点索取这个区块的哈希再比对。', { number }) };
  }
  const reason = reasonText(known);
  return {
    ...base,
    text: t('还没有您信任的一方为区块 %(number)s 的哈希作证（%(reason)s）。可以向见证人、法院公告或者另一个节点索取后比对。', { number, reason }),
  };
}

/** Who vouches for the block's hash, by name: witnesses as the trust root names them. */
function vouchers(found: Fact | undefined): string[] {
  return (Array.isArray(found) ? found : []).map((one) => {
    if (one === null || typeof one !== 'object' || Array.isArray(one)) return '';
    return typeof one['name'] === 'string' ? one['name'] : valueText(String(one['by']));
  });
}

function clocks(verdict: Verdict): string {
  const good = verdict.checks.filter((one) => one.code === 'time.token' && one.status === 'PASSED');
  if (!good.length) return t('目前没有有效的外部时间戳；单凭平台运营方的时钟不足以证明时间。');
  const names = [...new Set(good.map(({ detail }) => String(detail['authority'])))].join(t('、'));
  return t('时间戳机构（%(names)s）的时钟准确、私钥没有泄露。平台不能替它作证。', { names });
}
