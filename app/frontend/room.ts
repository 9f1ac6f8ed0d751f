// The room's page: joins line, record, audience strip, panel and live pictures. Rules live on the server.
import { must } from './lib/dom';
import { t } from './lib/text';
import { toast } from './lib/toast';
import { Composer } from './room/composer';
import { History } from './room/history';
import { Line, Refused } from './room/line';
import { Media } from './room/media';
import { Outbox } from './room/outbox';
import { Panel } from './room/panel';
import type { Audience, Entered, Person, RoomEvent, Side, SignalData } from './room/protocol';
import { refusalText } from './room/refusals';
import { Stage } from './room/stage';
import { drawBroken, drawStrip, drawTabs } from './room/strip';
import { Talk } from './room/talk';
import { roomName } from './room/words';
import { mountUpload } from './upload/mount';

class Room {
  private readonly root = must<HTMLElement>('[data-room]');
  private readonly number = this.root.dataset['number'] ?? '';
  private readonly participant = Number(this.root.dataset['participant']);
  private readonly side = (this.root.dataset['side'] ?? 'claimant') as Side;
  private readonly state = must<HTMLElement>('[data-line]', this.root);
  private readonly strip = must<HTMLElement>('[data-audience]', this.root);
  private readonly tabs = must<HTMLElement>('[data-places]', this.root);
  private audiences: Audience[] = [];
  private place: number | null = null;
  private moving = false;
  private readonly events = new Map<number, RoomEvent[]>();
  private readonly people = new Map<number, Person[]>();
  private readonly unread = new Map<number, number>();

  private readonly line = new Line((state, reason) => this.onLine(state, reason));
  private readonly history = new History(this.line, (event) => this.onEvent(event));
  private readonly outbox = new Outbox(
    this.line,
    `outbox:${this.number}`,
    () => this.talk.wait(this.waiting()),
    (message, kind) => {
      toast(refusalText(kind), 'bad');
      if (message.audience === this.place) this.composer.restore(message.text);
    },
  );
  private readonly stage = new Stage(must('[data-stage]', this.root));
  private readonly media = new Media(
    this.line,
    (peer, stream) => this.stage.attach(peer, stream),
    (peer) => this.stage.remove(peer),
    (on) => {
      this.composer.showDevices(on);
      this.stage.showSelf(this.media.stream, on);
    },
    () => toast(t('视频连接不通，文字不受影响。'), 'bad'),
  );
  private readonly talk = new Talk(must('[data-talk]', this.root), must('[data-scroll]', this.root), this.participant);
  private readonly panel = new Panel(must('[data-exhibit-list]', this.root), must('[data-settlement-card]', this.root), {
    exhibits: this.root.dataset['exhibits'] ?? '',
    settlement: this.root.dataset['settlement'] ?? '',
  });
  private readonly composer = new Composer(must('[data-composer]', this.root), this.number, {
    say: (text) => this.place !== null && this.outbox.add(this.place, text),
    device: (kind, on) => this.media.set(kind, on),
  });

  start(): void {
    this.line.on<RoomEvent>('event', (event) => this.history.receive(event));
    this.line.on<{ audience: number; people: Person[] }>('presence', ({ audience, people }) => this.onPresence(audience, people));
    this.line.on<Audience[]>('audiences', (audiences) => this.onAudiences(audiences));
    this.line.on<{ from: string; data: SignalData }>('signal', ({ from, data }) => this.media.signal(from, data));
    this.line.on<{ reason: string }>('closed', ({ reason }) => this.onLine('refused', reason));
    for (const button of this.root.querySelectorAll<HTMLButtonElement>('[data-caucus]')) {
      button.addEventListener('click', () => void this.openCaucus(button));
    }
    window.addEventListener('pagehide', () => this.media.leave());
    this.line.open();
  }

  private onLine(state: 'online' | 'offline' | 'refused', reason: string): void {
    this.root.dataset['state'] = state;
    if (state === 'online') {
      void this.enter();
      return;
    }
    this.media.cut();
    drawBroken(this.strip);
    this.state.textContent = state === 'offline' ? t('连接中断，正在重新连接…') : t('调解室已关闭');
    if (state === 'refused') {
      this.line.close();
      this.media.leave();
      this.composer.close();
      toast(refusalText(reason), 'bad');
    }
  }

  /** Takes the seat again after every (re)connection, in the room one was in, and fetches what was missed. */
  private async enter(): Promise<void> {
    let entered: Entered;
    try {
      entered = await this.line.call<Entered>('enter', { number: this.number, place: this.place });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.kind !== 'offline') this.onLine('refused', error.kind);
      return;
    }
    this.media.begin(entered.peer, entered.participant, entered.ice_servers);
    this.audiences = entered.audiences;
    await Promise.all(entered.audiences.map((each) => this.history.catchUp(each.id, each.last)));
    this.settleIn(entered.place);
    this.media.tell();
    this.state.textContent = t('已连接');
    await this.outbox.flush();
  }

  private settleIn(place: number): void {
    const audience = this.audiences.find((each) => each.id === place);
    if (!audience) return;
    const changed = this.place !== place;
    this.place = place;
    this.unread.delete(place);
    this.root.dataset['place'] = audience.kind;
    if (changed) this.talk.show(this.events.get(place) ?? [], this.waiting());
    this.composer.enter(audience, roomName(audience, this.side));
    this.redraw();
    this.media.follow(this.people.get(place) ?? []);
  }

  private waiting() {
    return this.place === null ? [] : this.outbox.list(this.place);
  }

  private onEvent(event: RoomEvent): void {
    const known = this.events.get(event.audience) ?? [];
    known.push(event);
    this.events.set(event.audience, known);
    if (event.client_id && event.sender?.id === this.participant) this.outbox.stored(event.client_id);
    if (this.audiences.find((each) => each.id === event.audience)?.kind === 'joint') this.panel.apply(event);
    if (event.audience === this.place) this.talk.add(event, this.waiting());
    else if (this.place !== null) {
      this.unread.set(event.audience, (this.unread.get(event.audience) ?? 0) + 1);
      this.redraw();
    }
  }

  private onPresence(audience: number, people: Person[]): void {
    this.people.set(audience, people);
    if (audience !== this.place || this.moving) return;
    this.redraw();
    this.media.follow(people);
  }

  private onAudiences(audiences: Audience[]): void {
    this.audiences = audiences;
    this.redraw();
    const newest = audiences[audiences.length - 1];
    if (newest && newest.kind === 'caucus' && this.side !== 'mediator') toast(t('调解员邀请您单独会谈，请点上方的标签进入。'));
  }

  private redraw(): void {
    const audience = this.audiences.find((each) => each.id === this.place);
    if (!audience || this.place === null) return;
    const people = this.people.get(this.place) ?? [];
    drawStrip(this.strip, audience, people, this.participant);
    this.stage.update(people);
    drawTabs(
      this.tabs,
      { audiences: this.audiences, current: this.place, side: this.side, unread: this.unread },
      (id) => void this.move(id),
    );
  }

  /** Goes to another room. Devices are switched off first, so that nothing said here is heard there. */
  private async move(audience: number): Promise<void> {
    if (audience === this.place || this.moving) return;
    this.moving = true;
    this.composer.pause();
    const live = this.media.state.camera || this.media.state.microphone;
    this.media.leave();
    try {
      await this.line.call('move', { audience });
      this.moving = false;
      this.settleIn(audience);
      if (live) toast(t('已换到另一个房间，摄像头和麦克风已关闭。'));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      toast(refusalText(error.kind), 'bad');
      if (this.place !== null) this.settleIn(this.place);
    } finally {
      this.moving = false;
    }
  }

  private async openCaucus(button: HTMLButtonElement): Promise<void> {
    button.closest('details')?.removeAttribute('open');
    try {
      const { audience } = await this.line.call<{ audience: number }>('open_caucus', { side: button.dataset['caucus'] });
      await this.move(audience);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      toast(refusalText(error.kind), 'bad');
    }
  }
}

const panel = document.querySelector<HTMLElement>('[data-panel]');
const toggle = document.querySelector<HTMLButtonElement>('[data-panel-toggle]');
toggle?.addEventListener('click', () => {
  const open = panel?.classList.toggle('open') ?? false;
  toggle.setAttribute('aria-expanded', String(open));
});
const uploading = document.querySelector<HTMLDialogElement>('[data-upload-dialog]');
if (uploading) {
  mountUpload(must('[data-upload]', uploading));
  document.querySelector('[data-open-upload]')?.addEventListener('click', () => uploading.showModal());
  uploading.querySelector('[data-close]')?.addEventListener('click', () => uploading.close());
}
if (/MicroMessenger/i.test(navigator.userAgent)) must<HTMLElement>('[data-wechat]').hidden = false;
new Room().start();
