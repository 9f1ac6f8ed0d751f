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

for (const element of document.querySelectorAll<HTMLElement>('[data-upload]')) {
  mountUpload(element, () => document.querySelector<HTMLElement>('[data-new-exhibits]')?.removeAttribute('hidden'));
}
for (const element of document.querySelectorAll<HTMLElement>('[data-anchoring]')) watchAnchoring(element);
document.querySelector('[data-print]')?.addEventListener('click', () => window.print());
