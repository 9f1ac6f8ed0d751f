// Signing or sealing an agreement: the button works once the text was read to its end, or says so by a checkbox.
import { Refusal, request as send } from '../lib/api';
import { ask } from '../lib/confirm';
import { el, icon, must } from '../lib/dom';
import { t } from '../lib/text';
import { explain } from './faults';
import { offerPhone } from './phone';
import { answer, KeyElsewhere, obstacle, type SigningRequest } from './request';

/** Prepares every [data-signing] panel of the page. */
export function signOnRequest(): void {
  for (const panel of document.querySelectorAll<HTMLElement>('[data-signing]')) void prepare(panel);
}

async function prepare(panel: HTMLElement): Promise<void> {
  const asked = JSON.parse(panel.dataset['request'] ?? '') as SigningRequest;
  const button = must<HTMLButtonElement>('[data-sign]', panel);
  offerPhone(panel);
  const problem = await obstacle(asked);
  if (problem !== null) say(panel, problem);
  waitForReading(panel, (how) => void noteReading(panel, how).then(() => (button.disabled = problem !== null)));
  button.addEventListener('click', () => void sign(panel, asked, button));
}

type Reading = 'scrolled' | 'declared';

/** Calls `read` once the end of the text was on the screen or the reader ticked the box. */
function waitForReading(panel: HTMLElement, read: (how: Reading) => void): void {
  const box = panel.querySelector<HTMLInputElement>('[data-read]');
  const end = document.querySelector('[data-text-end]');
  if (!box || !end || box.checked) {
    read('declared');
    return;
  }
  box.addEventListener('change', () => box.checked && read('declared'));
  const watcher = new IntersectionObserver((seen) => {
    if (!seen.some((one) => one.isIntersecting)) return;
    watcher.disconnect();
    box.checked = true;
    read('scrolled');
  });
  watcher.observe(end);
}

/** Has the server remember that an agreement was read to its end; without that it takes no signature. */
async function noteReading(panel: HTMLElement, how: Reading): Promise<void> {
  if (panel.dataset['reading'] === undefined) return;
  const json = { version: Number(panel.dataset['version']), how };
  try {
    await send(panel.dataset['reading'], { json });
  } catch (error) {
    fail(panel, error);
    throw error;
  }
}

async function sign(panel: HTMLElement, asked: SigningRequest, button: HTMLButtonElement): Promise<void> {
  const data = panel.dataset;
  const yes = await ask({ title: data['title'] ?? '', text: data['question'] ?? '', yes: button.innerText.trim() });
  if (!yes) return;
  button.disabled = true;
  say(panel, t('请在设备上确认…'));
  try {
    const signed = await answer(asked);
    say(panel, t('正在核验并提交…'));
    const json = { version: Number(data['version']), ...signed };
    const done = await send<{ location: string }>(data['post'] ?? '', { json });
    location.assign(done.location);
  } catch (error) {
    fail(panel, error);
    button.disabled = false;
  }
}

/** Says why nothing was signed; somebody with an old version on the screen is led to the newest. */
function fail(panel: HTMLElement, error: unknown): void {
  const text = error instanceof KeyElsewhere ? error.message : explain(error);
  const body = el('div', {}, el('p', {}, text));
  if (error instanceof Refusal && error.kind === 'stale_version') {
    const newest = location.pathname.replace(/\/versions\/\d+$/, '');
    body.append(el('a', { class: 'btn btn-outline', href: newest }, t('查看最新版本')));
  }
  must('[data-status]', panel).replaceChildren(el('div', { class: 'notice notice-bad' }, icon('alert-octagon'), body));
}

function say(panel: HTMLElement, text: string): void {
  must('[data-status]', panel).textContent = text;
}
