// The whole agreement as it will be signed, and its English reading version.
import { el } from '../lib/dom';
import { language, t } from '../lib/text';
import type { Desk } from './desk';
import { openSheet } from './sheet';

// the numerals one to ten and the enumeration comma of a heading
const HEADING = /^[\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341]\u3001/;

/** The Chinese text set as a document: title, headings, lines; nothing added. */
export function documentView(text: string): HTMLElement {
  const lines = text.split('\n').filter(Boolean);
  return el(
    'article',
    { class: 'document agreement-text', lang: 'zh-CN' },
    ...lines.map((line, at) => el(at === 0 ? 'h2' : HEADING.test(line) ? 'h3' : 'p', {}, line)),
  );
}

/** Opens the preview. */
export function openPreview(desk: Desk): void {
  const sheet = openSheet(t('全文预览'), 'preview', true);
  const english = el('pre', { class: 'draft-text', lang: 'en' }, desk.state.english);
  const folded = el('details', { class: 'more', open: language() === 'en' }, el('summary', {}, t('英文阅读版')), english);
  sheet.body.append(el('p', { class: 'quiet' }, t('第 %(revision)s 次修改。签署的是中文文本；英文只供阅读。', { revision: desk.state.revision })), documentView(desk.state.text), folded);
}
