// What every page does: copying, questions before acts, drafts, times, menu, drop zones.
import { askBeforeForms } from './lib/confirm';
import { enableCopying, unfoldDigests } from './lib/copy';
import { keepDrafts } from './lib/draft';
import { keepRelativeTimes } from './lib/time';

function closeMenus(): void {
  document.addEventListener('click', (event) => {
    for (const menu of document.querySelectorAll<HTMLDetailsElement>('details[data-menu][open]')) {
      if (event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    for (const menu of document.querySelectorAll<HTMLDetailsElement>('details[data-menu][open]')) {
      menu.open = false;
      menu.querySelector('summary')?.focus();
    }
  });
}

function acceptDrops(): void {
  for (const zone of document.querySelectorAll<HTMLElement>('[data-dropzone]')) {
    const input = zone.querySelector<HTMLInputElement>('input[type=file]');
    if (!input) continue;
    for (const name of ['dragenter', 'dragover']) {
      zone.addEventListener(name, (event) => {
        event.preventDefault();
        zone.classList.add('over');
      });
    }
    for (const name of ['dragleave', 'drop']) zone.addEventListener(name, () => zone.classList.remove('over'));
    zone.addEventListener('drop', (event) => {
      event.preventDefault();
      const files = event.dataTransfer?.files;
      if (!files?.length) return;
      input.files = files;
      input.dispatchEvent(new Event('change', { bubbles: true }));
    });
  }
}

/** A second press must not send a form twice; a way back must find the buttons alive. */
function guardDoubleSending(): void {
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || event.defaultPrevented) return;
    if (form.dataset['sending'] !== undefined) event.preventDefault();
    else if (form.method === 'post') form.dataset['sending'] = '';
  });
  window.addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll<HTMLFormElement>('form[data-sending]')) delete form.dataset['sending'];
  });
}

/** Each line of the summary above a refused form names its field. */
function nameProblems(): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>('.problem-summary a[href^="#"]')) {
    const field = document.getElementById(decodeURIComponent(link.hash.slice(1)))?.closest('.field');
    const name = field?.querySelector('legend, label > strong, label')?.firstChild?.textContent?.trim();
    if (name) link.prepend(name, document.documentElement.lang === 'en' ? ': ' : '：');
  }
}

/** On narrow screens the tab of this page can lie beyond the edge. */
function showOwnTab(): void {
  for (const tab of document.querySelectorAll<HTMLElement>('.tabs > [aria-current]')) {
    const tabs = tab.parentElement;
    if (tabs) tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;
  }
}

enableCopying();
unfoldDigests();
askBeforeForms();
guardDoubleSending();
keepDrafts();
keepRelativeTimes();
closeMenus();
acceptDrops();
nameProblems();
showOwnTab();
document.querySelector<HTMLElement>('[data-focus]')?.focus();
