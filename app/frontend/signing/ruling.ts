// The judge's ruling: the server prepares exactly what is to be signed, the judge confirms it, the passkey signs.
import { request as send } from '../lib/api';
import { ask } from '../lib/confirm';
import { el, icon, must } from '../lib/dom';
import { t } from '../lib/text';
import { explain } from './faults';
import { answer, KeyElsewhere, type SigningRequest } from './request';

interface Prepared {
  commitment: string;
  summary: string;
  request: SigningRequest;
}

/** Prepares the [data-ruling] form. */
export function decideOnForm(): void {
  const form = document.querySelector<HTMLFormElement>('form[data-ruling]');
  if (!form) return;
  const button = must<HTMLButtonElement>('button[data-decide]', form);
  button.disabled = false;
  askForGround(form);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    event.stopPropagation();
    void decide(form, button);
  });
}

/** A dismissal needs its ground; a confirmation may do without. */
function askForGround(form: HTMLFormElement): void {
  const ground = must<HTMLTextAreaElement>('[name=ground]', form);
  const optional = ground.closest('.field')?.querySelector<HTMLElement>('.optional');
  const refresh = (): void => {
    ground.required = new FormData(form).get('outcome') === 'dismissed';
    if (optional) optional.hidden = ground.required;
  };
  form.addEventListener('change', refresh);
  refresh();
}

async function decide(form: HTMLFormElement, button: HTMLButtonElement): Promise<void> {
  const status = must<HTMLElement>('[data-status]', form);
  const fields = Object.fromEntries([...new FormData(form)].filter(([name]) => name !== 'csrf_token'));
  button.disabled = true;
  status.textContent = '';
  try {
    const prepared = await send<Prepared>(form.dataset['prepare'] ?? '', { json: fields });
    const yes = await ask({ title: t('签署裁定？'), text: prepared.summary, yes: t('用通行密钥签署') });
    if (yes) {
      status.textContent = t('请在设备上确认…');
      const signed = await answer(prepared.request);
      status.textContent = t('正在核验并提交…');
      const json = { commitment: prepared.commitment, ...signed };
      const done = await send<{ location: string }>(form.action, { json });
      location.assign(done.location);
      return;
    }
  } catch (error) {
    const text = error instanceof KeyElsewhere ? error.message : explain(error);
    status.replaceChildren(el('div', { class: 'notice notice-bad' }, icon('alert-octagon'), el('p', {}, text)));
  }
  button.disabled = false;
}
