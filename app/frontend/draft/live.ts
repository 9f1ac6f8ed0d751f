// The line to the others: hears that the draft has moved, tells and hears who writes where.
import { Line, Refused } from '../room/line';

const BEAT_MS = 5000;
const FORGET_MS = 12_000;

export interface Writer {
  participant: number;
  name: string;
  target: string;
  field: string | null;
  until: number;
}

interface Drafting {
  peer: string;
  participant: number;
  name: string;
  target: string | null;
  field: string | null;
}

interface Acts {
  /** The draft may have moved since. */
  moved: (revision: number, activity: number) => void;
  /** The line is there again: fetch and send. */
  online: () => void;
  state: (online: boolean) => void;
  writers: () => void;
}

export class Live {
  private readonly here = new Map<string, Writer>();
  private place: { target: string | null; field: string | null } = { target: null, field: null };
  private readonly line = new Line((state) => this.onLine(state));

  constructor(
    private readonly number: string,
    private readonly me: number,
    private readonly acts: Acts,
  ) {
    this.line.on<{ revision: number; activity: number }>('draft', ({ revision, activity }) => acts.moved(revision, activity));
    this.line.on<Drafting>('drafting', (told) => this.hear(told));
    window.setInterval(() => this.beat(), BEAT_MS);
    this.line.open();
  }

  /** Who of the others writes in an element now. */
  writers(target: string): Writer[] {
    return [...this.here.values()].filter((writer) => writer.target === target && writer.until > Date.now());
  }

  /** This reader writes here now, or nowhere. */
  at(target: string | null, field: string | null = null): void {
    if (this.place.target === target && this.place.field === field) return;
    this.place = { target, field };
    this.say();
  }

  private onLine(state: 'online' | 'offline' | 'refused'): void {
    this.acts.state(state === 'online');
    if (state === 'online') void this.enter();
    else this.here.clear();
  }

  private async enter(): Promise<void> {
    try {
      await this.line.call('enter', { number: this.number, beside: true });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.acts.state(false);
      return;
    }
    this.acts.online();
    if (this.place.target) this.say();
  }

  private say(): void {
    if (!this.line.connected) return;
    this.line.call('drafting', this.place).catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error;
    });
  }

  private hear({ peer, participant, name, target, field }: Drafting): void {
    if (participant === this.me) return;
    if (target === null) this.here.delete(peer);
    else this.here.set(peer, { participant, name, target, field, until: Date.now() + FORGET_MS });
    this.acts.writers();
  }

  private beat(): void {
    if (this.place.target) this.say();
    const gone = [...this.here].filter(([, writer]) => writer.until <= Date.now());
    for (const [peer] of gone) this.here.delete(peer);
    if (gone.length > 0) this.acts.writers();
  }
}
