// A refusal or a failure, told with its place and what to do.
import { el } from '../lib/dom';
import { t } from '../lib/text';
import { Problem } from './inputs';
import { notice } from './parts';

/** The notice for whatever stopped a verification. */
export function problemElement(error: unknown): HTMLElement {
  if (!(error instanceof Problem)) {
    const message = error instanceof Error && error.message ? error.message : String(error);
    return notice('bad', t('没有完成核验'), message);
  }
  const place = error.where ? el('p', { class: 'quiet' }, t('问题所在：%(where)s', { where: error.where })) : null;
  const technical = error.technical ? el('p', { class: 'quiet small', lang: 'en' }, error.technical) : null;
  const advice = error.field === 'proof' ? t('请向提供方索取完整的证明文件（扩展名 .hezheng-proof.json），不要用其他软件打开后另存。') : null;
  return notice('bad', t('没有完成核验'), error.message, place, technical, advice);
}
