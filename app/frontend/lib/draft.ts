// Half-written forms ([data-keep="name"]) survive a reload, an error or an expired session, in this tab only.
// Passwords, codes, files and hidden fields are never kept. The draft goes when the page after success arrives.

const PREFIX = 'draft:';
const SENT = 'draft-sent';
/** What the editor of agreements has not sent yet (draft/page.ts) outlives the tab, but not the login. */
export const UNSENT = 'draft-edit:';

type Values = Record<string, string[]>;
type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

function controls(form: HTMLFormElement): Control[] {
  return [...form.elements].filter(
    (item): item is Control =>
      (item instanceof HTMLInputElement &&
        !['hidden', 'password', 'file', 'submit', 'button'].includes(item.type) &&
        item.autocomplete !== 'one-time-code') ||
      item instanceof HTMLTextAreaElement ||
      item instanceof HTMLSelectElement,
  );
}

function read(form: HTMLFormElement): Values {
  const values: Values = {};
  for (const control of controls(form)) {
    if (!control.name) continue;
    const list = (values[control.name] ??= []);
    const choosable = control instanceof HTMLInputElement && ['radio', 'checkbox'].includes(control.type);
    if (!choosable || control.checked) list.push(control.value);
  }
  return values;
}

function write(form: HTMLFormElement, values: Values): void {
  const taken: Record<string, number> = {};
  for (const control of controls(form)) {
    const kept = values[control.name];
    if (!kept) continue;
    if (control instanceof HTMLInputElement && ['radio', 'checkbox'].includes(control.type)) {
      control.checked = kept.includes(control.value);
    } else {
      const at = taken[control.name] ?? 0;
      taken[control.name] = at + 1;
      control.value = kept[at] ?? control.value;
    }
    control.dispatchEvent(new Event('change', { bubbles: true }));
  }
}

/** Where this form's draft is kept: its name and the page it stands on. */
function key(form: HTMLFormElement): string {
  return `${PREFIX}${form.dataset['keep'] ?? ''}:${location.pathname}`;
}

/** Keeps and restores every [data-keep] form. A form that was sent and is no longer on the page has succeeded. */
export function keepDrafts(): void {
  forgetAtSignOut();
  const forms = [...document.querySelectorAll<HTMLFormElement>('form[data-keep]')];
  const sent = sessionStorage.getItem(SENT);
  if (sent !== null) {
    sessionStorage.removeItem(SENT);
    // A preview shows what was written; nothing was sent with it.
    const refused = document.querySelector('.problem-summary, .field.has-error, .notice-bad, .fault, [data-not-sent-yet]');
    if (!refused) sessionStorage.removeItem(sent);
  }
  for (const form of forms) {
    const stored = sessionStorage.getItem(key(form));
    if (stored !== null) write(form, JSON.parse(stored) as Values);
    form.addEventListener('input', () => sessionStorage.setItem(key(form), JSON.stringify(read(form))));
    form.addEventListener('submit', () => {
      sessionStorage.setItem(key(form), JSON.stringify(read(form)));
      sessionStorage.setItem(SENT, key(form));
    });
  }
  endWithPreview();
}

/** A preview's own form sends what the kept form holds: its success ends the draft. */
function endWithPreview(): void {
  const preview = document.querySelector('[data-not-sent-yet] form');
  const kept = document.querySelector<HTMLFormElement>('form[data-keep]');
  if (preview && kept) preview.addEventListener('submit', () => sessionStorage.setItem(SENT, key(kept)));
}

/** Forgets the draft of a form that was sent by script and accepted. */
export function forgetDraft(form: HTMLFormElement): void {
  sessionStorage.removeItem(key(form));
}

/** Nothing half-written stays behind for the next person at this screen. */
function forgetAtSignOut(): void {
  document.addEventListener('submit', (event) => {
    if (!(event.target instanceof HTMLFormElement) || !event.target.getAttribute('action')?.endsWith('/sign-out')) return;
    sessionStorage.clear();
    for (const name of Object.keys(localStorage)) if (name.startsWith(UNSENT)) localStorage.removeItem(name);
  });
}
