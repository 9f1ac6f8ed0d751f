// Two texts that grew from one: what differs between them, and both changes in one text. No page here.
import type { Mark } from './protocol';

// Nowhere is a character of two code units cut in half: rare characters in names are such.

/** Where the product of two lengths is above this, the middle is shown as replaced whole. */
const MOST = 400_000;

function commonStart(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  let at = 0;
  while (at < length && one[at] === other[at]) at += 1;
  return at > 0 && /[\uD800-\uDBFF]/.test(one[at - 1] ?? '') ? at - 1 : at;
}

function commonEnd(one: string, other: string, start: number): number {
  const length = Math.min(one.length, other.length) - start;
  let at = 0;
  while (at < length && one[one.length - 1 - at] === other[other.length - 1 - at]) at += 1;
  return at > 0 && /[\uDC00-\uDFFF]/.test(one[one.length - at] ?? '') ? at - 1 : at;
}

/** The pieces of two texts in order, character by character (longest common subsequence between equal ends). */
export function marks(before: string, after: string): Mark[] {
  const start = commonStart(before, after);
  const end = commonEnd(before, after, start);
  const old = before.slice(start, before.length - end);
  const fresh = after.slice(start, after.length - end);
  const middle: Mark[] = old.length * fresh.length > MOST ? whole(old, fresh) : fine([...old], [...fresh]);
  return joined([{ kind: 'same', text: before.slice(0, start) }, ...middle, { kind: 'same', text: before.slice(before.length - end) }]);
}

function whole(old: string, fresh: string): Mark[] {
  return [{ kind: 'removed', text: old }, { kind: 'added', text: fresh }];
}

function fine(old: string[], fresh: string[]): Mark[] {
  const width = fresh.length + 1;
  const longest = new Uint32Array((old.length + 1) * width);
  const at = (i: number, j: number): number => longest[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = fresh.length - 1; j >= 0; j -= 1) {
      longest[i * width + j] = old[i] === fresh[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const found: Mark[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < fresh.length) {
    if (i < old.length && j < fresh.length && old[i] === fresh[j]) {
      found.push({ kind: 'same', text: old[i] ?? '' });
      i += 1;
      j += 1;
    } else if (i < old.length && (j >= fresh.length || at(i + 1, j) >= at(i, j + 1))) {
      found.push({ kind: 'removed', text: old[i] ?? '' });
      i += 1;
    } else {
      found.push({ kind: 'added', text: fresh[j] ?? '' });
      j += 1;
    }
  }
  return found;
}

function joined(pieces: Mark[]): Mark[] {
  const found: Mark[] = [];
  for (const piece of pieces) {
    const last = found[found.length - 1];
    if (!piece.text) continue;
    if (last && last.kind === piece.kind) last.text += piece.text;
    else found.push({ ...piece });
  }
  return found;
}

export interface Merged {
  text: string;
  /** False where both changed the same place: then both texts stand one after the other. */
  clean: boolean;
}

/** Both changes of `before` in one text; nothing of either is lost. */
export function merge(before: string, mine: string, theirs: string): Merged {
  if (mine === theirs || theirs === before) return { text: mine, clean: true };
  if (mine === before) return { text: theirs, clean: true };
  const own = change(before, mine);
  const other = change(before, theirs);
  const [first, second] = own.start <= other.start ? [own, other] : [other, own];
  // Where one change ends exactly where the other begins, their order would be a guess.
  if (first.end >= second.start) return { text: `${mine}\n${theirs}`, clean: false };
  const text = before.slice(0, first.start) + first.text + before.slice(first.end, second.start) + second.text + before.slice(second.end);
  return { text, clean: true };
}

/** The one stretch of `before` that differs and what stands there instead. */
function change(before: string, after: string): { start: number; end: number; text: string } {
  const start = commonStart(before, after);
  const end = commonEnd(before, after, start);
  return { start, end: before.length - end, text: after.slice(start, after.length - end) };
}
