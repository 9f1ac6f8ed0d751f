// The page of own keys: making a passkey or a device key and giving its public half to the server.
import { request as send } from '../lib/api';
import { must } from '../lib/dom';
import { t } from '../lib/text';
import * as device from './device';
import { explain } from './faults';
import * as passkey from './passkey';
import * as wallet from './wallet';

interface Challenge {
  options: passkey.CreationOptions;
  walletText: string;
}

type Kind = 'passkey' | 'device' | 'wallet';
const KINDS: Record<Kind, { available(): boolean; make(asked: Challenge): Promise<Record<string, unknown>> }> = {
  passkey: { available: passkey.available, make: async (asked) => ({ credential: await passkey.create(asked.options) }) },
  device: { available: device.available, make: async (asked) => ({ ...(await device.create(asked.options.challenge)) }) },
  wallet: { available: wallet.available, make: async (asked) => ({ ...(await wallet.create(asked.walletText)) }) },
};

/** Prepares the [data-enrol] forms: for passkeys, device keys and wallets. */
export function enrolKeys(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-enrol]')) prepare(form);
}

function prepare(form: HTMLFormElement): void {
  const kind = form.dataset['enrol'] as Kind;
  const button = must<HTMLButtonElement>('button', form);
  const status = must<HTMLElement>('[data-status]', form);
  if (!KINDS[kind].available()) {
    status.textContent =
      kind === 'wallet' ? t('这个浏览器里没有钱包。') : t('这个浏览器不支持，请用系统自带浏览器，并从平台的正式网址打开。');
    return;
  }
  button.disabled = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    event.stopPropagation();
    button.disabled = true;
    status.textContent = t('请在设备上确认…');
    void enrol(form, kind).catch((error: unknown) => {
      status.textContent = explain(error);
      button.disabled = false;
    });
  });
}

async function enrol(form: HTMLFormElement, kind: Kind): Promise<void> {
  const label = must<HTMLInputElement>('input[name=label]', form).value;
  const asked = await send<Challenge>('/keys/challenge', { json: {} });
  const json = { label, ...(await KINDS[kind].make(asked)) };
  const done = await send<{ location: string }>(`/keys/${kind}`, { json });
  location.assign(form.dataset['back'] || done.location);
}
