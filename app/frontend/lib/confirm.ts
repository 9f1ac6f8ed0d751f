// Questions before an act, in a native dialog. Forms with data-confirm are asked about before they are sent.
import { el } from './dom';
import { t } from './text';

interface Question {
  title: string;
  text: string;
  yes: string;
  style?: string;
}

/** Asks; resolves to whether the reader agreed. Escape and the backdrop mean no. */
export function ask(question: Question): Promise<boolean> {
  const no = el('button', { type: 'button', class: 'btn btn-outline' }, t('返回'));
  const yes = el('button', { type: 'button', class: question.style ?? 'btn btn-primary' }, question.yes);
  const dialog = el(
    'dialog',
    { class: 'dialog', 'aria-labelledby': 'dialog-title' },
    el('div', { class: 'dialog-body' }, el('h2', { id: 'dialog-title' }, question.title), el('p', {}, question.text)),
    el('div', { class: 'dialog-actions' }, no, yes),
  );
  document.body.append(dialog);
  return new Promise((resolve) => {
    const finish = (answer: boolean): void => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    no.addEventListener('click', () => finish(false));
    yes.addEventListener('click', () => finish(true));
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      finish(false);
    });
    dialog.addEventListener('click', (event) => {
      if (event.target === dialog) finish(false);
    });
    if (typeof dialog.showModal === 'function') dialog.showModal();
    else finish(window.confirm(`${question.title}\n\n${question.text}`));
  });
}

/** Puts the question of a form's data-confirm before its sending. */
export function askBeforeForms(): void {
  const agreed = new WeakSet<HTMLFormElement>();
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset['confirm'] === undefined || agreed.has(form)) return;
    event.preventDefault();
    const submitter = event.submitter instanceof HTMLElement ? event.submitter : null;
    const question = {
      title: form.dataset['confirmTitle'] ?? t('请确认'),
      text: form.dataset['confirm'],
      yes: form.dataset['confirmYes'] ?? submitter?.textContent?.trim() ?? t('确认'),
      style: submitter?.className ?? 'btn btn-primary',
    };
    void ask(question).then((yes) => {
      if (!yes) return;
      agreed.add(form);
      form.requestSubmit(submitter);
    });
  });
}
