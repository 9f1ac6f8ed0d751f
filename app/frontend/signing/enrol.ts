// The page of own keys: making a passkey or a device key and giving its public half to the server.
import { request as send } from '../lib/api';
import { must } from '../lib/dom';
import { t } from '../lib/text';
import * as device from './device';
import { explain } from './faults';
import * as passkey from './passkey';

interface Challenge {
  options: passkey.CreationOptions;
}

/** Prepares the [data-enrol] forms: one for passkeys, one for device keys. */
export function enrolKeys(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-enrol]')) prepare(form);
}

function prepare(form: HTMLFormElement): void {
  const forPasskey = form.dataset['enrol'] === 'passkey';
  const button = must<HTMLButtonElement>('button', form);
  const status = must<HTMLElement>('[data-status]', form);
  if (!(forPasskey ? passkey.available() : device.available())) {
    status.textContent = t('这个浏览器不支持，请用系统自带浏览器，并从平台的正式网址打开。');
    return;
  }
  button.disabled = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    event.stopPropagation();
    button.disabled = true;
    status.textContent = t('请在设备上确认…');
    void enrol(form, forPasskey).catch((error: unknown) => {
      status.textContent = explain(error);
      button.disabled = false;
    });
  });
}

async function enrol(form: HTMLFormElement, forPasskey: boolean): Promise<void> {
  const label = must<HTMLInputElement>('input[name=label]', form).value;
  const { options } = await send<Challenge>('/keys/challenge', { json: {} });
  const json = forPasskey
    ? { label, credential: await passkey.create(options) }
    : { label, ...(await device.create(options.challenge)) };
  const done = await send<{ location: string }>(forPasskey ? '/keys/passkey' : '/keys/device', { json });
  location.assign(form.dataset['back'] || done.location);
}
