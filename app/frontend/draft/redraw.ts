// Parts of the page that are drawn again only when what they show has changed; the focus stays where it was.
type Child = Node | string | null | undefined | false;

const drawn = new WeakMap<HTMLElement, string>();

/** Fills `place` anew if `shows` (anything JSON can hold) differs from the last time. */
export function redraw(place: HTMLElement, shows: unknown, build: () => Child[]): void {
  const now = JSON.stringify(shows) ?? '';
  if (drawn.get(place) === now) return;
  drawn.set(place, now);
  const key = focusedKey(place);
  const open = [...place.querySelectorAll<HTMLDetailsElement>('details[data-fold][open]')].map((fold) => fold.dataset['fold']);
  place.replaceChildren(...build().filter((child): child is Node | string => Boolean(child)));
  for (const fold of place.querySelectorAll<HTMLDetailsElement>('details[data-fold]')) {
    if (open.includes(fold.dataset['fold'])) fold.open = true;
  }
  if (key) place.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

function focusedKey(place: HTMLElement): string | null {
  const active = document.activeElement;
  return active instanceof HTMLElement && place.contains(active) ? (active.dataset['key'] ?? null) : null;
}

/** Puts `children` of `parent` into this order without moving the one that holds the focus. */
export function reorder(parent: HTMLElement, children: HTMLElement[]): void {
  const now = [...parent.children];
  if (now.length === children.length && children.every((child, at) => now[at] === child)) return;
  for (const child of now) if (!children.includes(child as HTMLElement)) child.remove();
  const still = children.find((child) => child.parentElement === parent && child.contains(document.activeElement));
  if (!still) {
    parent.append(...children);
    return;
  }
  const at = children.indexOf(still);
  for (const child of children.slice(0, at)) parent.insertBefore(child, still);
  parent.append(...children.slice(at + 1));
}
