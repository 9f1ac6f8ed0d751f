// Copy buttons ([data-copy]) and digests that unfold on wide screens.
import { icon } from './dom';
import { t } from './text';
import { toast } from './toast';

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // no permission, or an in-app browser without a clipboard
  }
}

/** One listener for every present and future [data-copy] button. */
export function enableCopying(): void {
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-copy]') : null;
    const text = button?.dataset['copy'];
    if (!button || text === undefined) return;
    void copyText(text).then((copied) => {
      if (!copied) {
        toast(t('浏览器不允许复制，请长按选择。'), 'bad');
        return;
      }
      toast(t('已复制'));
      const shown = button.querySelector('svg');
      const done = icon('check');
      if (shown) shown.replaceWith(done);
      window.setTimeout(() => shown && done.replaceWith(shown), 1500);
    });
  });
}

/** On wide screens every digest is shown whole. */
export function unfoldDigests(root: ParentNode = document): void {
  if (!window.matchMedia('(min-width: 48rem)').matches) return;
  for (const details of root.querySelectorAll<HTMLDetailsElement>('details[data-digest]')) details.open = true;
}
