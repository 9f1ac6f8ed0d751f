// The exhibits page and an exhibit's own page: the upload form, and news of anchoring.
import { request } from './lib/api';
import { mountUpload } from './upload/mount';

const ASK_MS = 1500;

interface Anchoring {
  waiting: number[];
}

/** Asks while something waits for its anchor; shows the page anew once it is there and nobody is busy with it. */
function watchAnchoring(element: HTMLElement): void {
  const waiting = JSON.parse(element.dataset['waiting'] ?? '[]') as number[];
  if (!waiting.length) return;
  const ask = async (): Promise<void> => {
    if (!element.isConnected) return;
    const news = await request<Anchoring>(element.dataset['anchoring'] ?? '');
    const done = waiting.filter((number) => !news.waiting.includes(number));
    for (const number of done) {
      for (const mark of document.querySelectorAll<HTMLElement>(`[data-anchor-of="${number}"]`)) {
        const other = mark.nextElementSibling;
        mark.hidden = true;
        if (other instanceof HTMLElement) other.hidden = false;
      }
    }
    if (news.waiting.length) window.setTimeout(() => void ask(), ASK_MS);
    else if (element.dataset['reload'] !== undefined) window.location.reload();
  };
  window.setTimeout(() => void ask(), ASK_MS);
}

/** Fetches the list anew after an upload, so that the form below keeps its place and its answers. */
async function refreshList(): Promise<void> {
  const shown = document.querySelector<HTMLElement>('[data-exhibit-list]');
  if (!shown) return;
  const answer = await fetch(window.location.pathname, { headers: { Accept: 'text/html' }, credentials: 'same-origin' });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const fresh = page.querySelector<HTMLElement>('[data-exhibit-list]');
  if (!fresh) return;
  shown.replaceWith(document.importNode(fresh, true));
  const element = document.querySelector<HTMLElement>('[data-exhibit-list]');
  if (element) watchAnchoring(element);
}

for (const element of document.querySelectorAll<HTMLElement>('[data-upload]')) {
  mountUpload(element, () => void refreshList());
}
for (const element of document.querySelectorAll<HTMLElement>('[data-anchoring]')) watchAnchoring(element);
document.querySelector('[data-print]')?.addEventListener('click', () => window.print());
