// The pictures: one tile per page that shows or speaks, with its name and what is switched on.
import { el, icon } from '../lib/dom';
import { t } from '../lib/text';
import type { Person } from './protocol';

interface Tile {
  box: HTMLElement;
  video: HTMLVideoElement;
  caption: HTMLElement;
}

const SELF = 'self';

export class Stage {
  private readonly tiles = new Map<string, Tile>();
  private people: Person[] = [];

  constructor(private readonly place: HTMLElement) {}

  /** Own picture, muted, while camera or microphone is on. */
  showSelf(stream: MediaStream, on: { microphone: boolean; camera: boolean }): void {
    if (!on.camera && !on.microphone) {
      this.remove(SELF);
      return;
    }
    const tile = this.tile(SELF);
    tile.video.muted = true;
    tile.box.classList.add('own');
    if (tile.video.srcObject !== stream) tile.video.srcObject = stream;
    this.caption(tile, t('您'), on.microphone, on.camera);
    this.settle();
  }

  /** A stream has arrived from another page. */
  attach(peer: string, stream: MediaStream): void {
    const tile = this.tile(peer);
    if (tile.video.srcObject === stream) return;
    tile.video.srcObject = stream;
    tile.video.play().catch(() => this.offerSound(tile));
    this.update(this.people);
  }

  /** Names and switches of those who are here; tiles without anything on are taken away. */
  update(people: Person[]): void {
    this.people = people;
    const live = new Set<string>([SELF]);
    for (const person of people) {
      for (const page of person.pages) {
        if (!page.microphone && !page.camera) continue;
        live.add(page.peer);
        const tile = this.tiles.get(page.peer);
        if (tile) this.caption(tile, person.name, page.microphone, page.camera);
      }
    }
    for (const peer of this.tiles.keys()) this.tiles.get(peer)?.box.toggleAttribute('hidden', !live.has(peer));
    this.settle();
  }

  remove(peer: string): void {
    const tile = this.tiles.get(peer);
    if (!tile) return;
    tile.video.srcObject = null;
    tile.box.remove();
    this.tiles.delete(peer);
    this.settle();
  }

  private tile(peer: string): Tile {
    const known = this.tiles.get(peer);
    if (known) return known;
    const video = el('video', { autoplay: true, playsinline: true });
    const caption = el('figcaption');
    const box = el('figure', { class: 'tile', 'data-peer': peer }, video, caption);
    const tile = { box, video, caption };
    video.addEventListener('resize', () => box.toggleAttribute('data-showing', video.videoWidth > 0));
    this.tiles.set(peer, tile);
    this.place.append(box);
    return tile;
  }

  private caption(tile: Tile, name: string, microphone: boolean, camera: boolean): void {
    tile.box.classList.toggle('without-picture', !camera);
    tile.box.dataset['name'] = name.slice(0, 1);
    tile.caption.replaceChildren(
      icon(microphone ? 'microphone' : 'microphone-off'),
      name,
      el('span', { class: 'seen-by-readers' }, microphone ? t('麦克风已开') : t('麦克风已关')),
    );
  }

  private offerSound(tile: Tile): void {
    const button = el('button', { type: 'button', class: 'btn btn-outline' }, t('点按播放声音'));
    button.addEventListener('click', () => {
      void tile.video.play();
      button.remove();
    });
    tile.box.append(button);
  }

  private settle(): void {
    this.place.hidden = !this.place.querySelector('.tile:not([hidden])');
  }
}
