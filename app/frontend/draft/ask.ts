// A question whose answer is a text, in a native dialog: reasons, notes, facts.
import { el } from '../lib/dom';
import { t } from '../lib/text';

interface Question {
  title: string;
  text: string;
  label: string;
  yes: string;
  least?: number;
  most: number;
}

/** Asks; resolves to the text, or null where the reader goes back. What was typed stays until it is long enough. */
export function askText(question: Question): Promise<string | null> {
  const area = el('textarea', { class: 'form-control', id: 'ask-text', rows: 4, maxlength: question.most });
  const problem = el('p', { class: 'error', role: 'alert', hidden: true }, t('请写清楚，至少 %(count)s 个字。', { count: question.least ?? 1 }));
  const no = el('button', { type: 'button', class: 'btn btn-outline' }, t('返回'));
  const yes = el('button', { type: 'submit', class: 'btn btn-primary' }, question.yes);
  const dialog = el(
    'dialog',
    { class: 'dialog', 'aria-labelledby': 'ask-title' },
    el(
      'form',
      { method: 'dialog', novalidate: true },
      el(
        'div',
        { class: 'dialog-body' },
        el('h2', { id: 'ask-title' }, question.title),
        el('p', {}, question.text),
        el('div', { class: 'field' }, el('label', { for: 'ask-text' }, question.label), problem, area),
      ),
      el('div', { class: 'dialog-actions' }, no, yes),
    ),
  );
  document.body.append(dialog);
  return new Promise((resolve) => {
    const finish = (answer: string | null): void => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    no.addEventListener('click', () => finish(null));
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      finish(null);
    });
    dialog.addEventListener('submit', (event) => {
      event.preventDefault();
      const text = area.value.trim();
      if (text.length >= (question.least ?? 1)) return finish(text);
      problem.hidden = false;
      area.focus();
    });
    dialog.showModal();
    area.focus();
  });
}
