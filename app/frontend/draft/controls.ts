// The control for each type of field: how a value is shown in it and read from it.
import { el } from '../lib/dom';
import { t } from '../lib/text';
import { redraw } from './redraw';
import type { Field, Json } from './protocol';

export interface Choice {
  value: string;
  label: string;
}

export interface Control {
  root: HTMLElement;
  /** What the label names; null for a group, which has a legend. */
  labelled: string | null;
  read: () => Json;
  /** Shows a value; the caret stays where it can. */
  show: (value: Json, choices: Choice[]) => void;
  lock: (locked: boolean) => void;
}

type Typed = HTMLInputElement | HTMLTextAreaElement;

/** Sets the text without moving the caret of who reads here. */
function put(control: Typed, text: string): void {
  if (control.value === text) return;
  const focused = document.activeElement === control;
  const at = focused && control.type !== 'date' ? control.selectionStart : null;
  control.value = text;
  if (at !== null) control.setSelectionRange(Math.min(at, text.length), Math.min(at, text.length));
}

function grow(area: HTMLTextAreaElement): void {
  area.style.height = 'auto';
  area.style.height = `${area.scrollHeight + 2}px`;
}

function asText(value: Json): string {
  if (Array.isArray(value)) return value.join('\n');
  return value === null || typeof value === 'object' ? '' : String(value);
}

function typed(field: Field, id: string, lines: boolean): Control {
  const numeric = ['amount', 'rate', 'days'].includes(field.type);
  const control: Typed =
    field.type === 'text'
      ? el('textarea', { class: 'form-control', id, rows: 2, maxlength: field.limit })
      : el('input', {
          class: 'form-control',
          id,
          type: field.type === 'date' ? 'date' : 'text',
          inputmode: numeric ? 'decimal' : null,
          maxlength: field.type === 'line' ? field.limit : null,
          autocomplete: 'off',
        });
  if (control instanceof HTMLTextAreaElement) control.addEventListener('input', () => grow(control));
  return {
    root: control,
    labelled: id,
    read: () => {
      const text = control.value;
      if (lines) return text.split('\n').map((line) => line.trim()).filter(Boolean);
      if (text.trim() === '') return null;
      return field.type === 'days' && /^\d{1,5}$/.test(text) ? Number(text) : text;
    },
    show: (value) => {
      put(control, asText(value));
      if (control instanceof HTMLTextAreaElement) grow(control);
    },
    lock: (locked) => (control.readOnly = locked),
  };
}

function select(id: string): Control {
  const control = el('select', { class: 'form-select', id });
  return {
    root: control,
    labelled: id,
    read: () => control.value || null,
    show: (value, choices) => {
      redraw(control, choices, () => [
        el('option', { value: '' }, t('请选择')),
        ...choices.map((choice) => el('option', { value: choice.value }, choice.label)),
      ]);
      control.value = value === null ? '' : String(value);
    },
    lock: (locked) => (control.disabled = locked),
  };
}

function boxes(id: string): Control {
  const root = el('div', { class: 'choices two' });
  const inputs = (): HTMLInputElement[] => [...root.querySelectorAll('input')];
  return {
    root,
    labelled: null,
    read: () => {
      const chosen = inputs().filter((input) => input.checked).map((input) => input.value);
      return chosen.length > 0 ? chosen : null;
    },
    show: (value, choices) => {
      redraw(root, choices, () =>
        choices.map(({ value: ref, label }) => el('label', { class: 'choice' }, el('input', { type: 'checkbox', value: ref, 'data-key': `${id}-${ref}` }), el('strong', {}, label))),
      );
      const chosen = Array.isArray(value) ? value : [];
      for (const input of inputs()) input.checked = chosen.includes(input.value);
    },
    lock: (locked) => inputs().forEach((input) => (input.disabled = locked)),
  };
}

function flag(field: Field, id: string): Control {
  const input = el('input', { type: 'checkbox', id });
  return {
    root: el('label', { class: 'choice' }, input, el('strong', {}, field.label)),
    labelled: null,
    read: () => input.checked || null,
    show: (value) => (input.checked = value === true),
    lock: (locked) => (input.disabled = locked),
  };
}

interface Part {
  amount: string;
  due: string;
}

function instalments(id: string): Control {
  const rows = el('div', { class: 'parts' });
  const more = el('button', { type: 'button', class: 'btn btn-outline' }, t('增加一期'));
  const root = el('div', {}, rows, more);
  const inputs = (): HTMLInputElement[][] => [...rows.children].map((row) => [...row.querySelectorAll('input')]);
  const row = (part: Part, at: number): HTMLElement => {
    const away = el('button', { type: 'button', class: 'btn btn-text', 'aria-label': t('删去第 %(at)s 期', { at: at + 1 }) }, t('删去'));
    const made = el(
      'div',
      { class: 'part' },
      el('label', {}, t('第 %(at)s 期金额（元）', { at: at + 1 }), el('input', { class: 'form-control', inputmode: 'decimal', value: part.amount, id: at === 0 ? id : null })),
      el('label', {}, t('第 %(at)s 期日期', { at: at + 1 }), el('input', { class: 'form-control', type: 'date', value: part.due })),
      away,
    );
    away.addEventListener('click', () => {
      made.remove();
      root.dispatchEvent(new Event('input', { bubbles: true }));
    });
    return made;
  };
  more.addEventListener('click', () => {
    const made = row({ amount: '', due: '' }, rows.children.length);
    rows.append(made);
    made.querySelector('input')?.focus();
  });
  const read = (): Json => {
    const parts = inputs().map(([amount, due]) => ({ amount: amount?.value.trim() ?? '', due: due?.value ?? '' }));
    const filled = parts.filter((part) => part.amount || part.due);
    return filled.length > 0 ? filled : null;
  };
  return {
    root,
    labelled: null,
    read,
    show: (value) => {
      if (JSON.stringify(value) === JSON.stringify(read())) return;
      const parts = (Array.isArray(value) ? value : []) as unknown as Part[];
      rows.replaceChildren(...parts.map(row));
    },
    lock: (locked) => {
      more.disabled = locked;
      for (const input of inputs().flat()) input.readOnly = locked;
    },
  };
}

/** The control for a field; `lines` for a text whose lines are a list. */
export function controlFor(field: Field, id: string, lines: boolean): Control {
  if (field.type === 'choice' || field.type === 'party' || field.type === 'clause') return select(id);
  if (field.type === 'parties') return boxes(id);
  if (field.type === 'flag') return flag(field, id);
  if (field.type === 'instalments') return instalments(id);
  return typed(field, id, lines);
}
