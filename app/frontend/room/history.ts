// The numbered events of each audience, in order and without gaps, whatever the line does.
import type { Line } from './line';
import type { RoomEvent } from './protocol';

interface Missed {
  events: RoomEvent[];
}

/** Applies every event once and in order; asks the server for what is missing. */
export class History {
  private readonly last = new Map<number, number>();
  private readonly wanted = new Map<number, number>();
  private readonly busy = new Map<number, Promise<void>>();

  constructor(
    private readonly line: Line,
    private readonly apply: (event: RoomEvent) => void,
  ) {}

  /** An event came over the line, perhaps twice, perhaps early. */
  receive(event: RoomEvent): void {
    const last = this.last.get(event.audience) ?? 0;
    if (event.sequence <= last) return;
    if (event.sequence === last + 1) {
      this.last.set(event.audience, event.sequence);
      this.apply(event);
    } else {
      void this.catchUp(event.audience, event.sequence);
    }
  }

  /** Fetches what came after the last known event, up to at least `upTo`. A refusal leaves the gap for the next try. */
  catchUp(audience: number, upTo: number): Promise<void> {
    this.wanted.set(audience, Math.max(upTo, this.wanted.get(audience) ?? 0));
    const running = this.busy.get(audience);
    if (running) return running;
    const fetching = this.fetch(audience).finally(() => this.busy.delete(audience));
    this.busy.set(audience, fetching);
    return fetching;
  }

  private async fetch(audience: number): Promise<void> {
    const last = (): number => this.last.get(audience) ?? 0;
    while (last() < (this.wanted.get(audience) ?? 0)) {
      const before = last();
      let missed: Missed;
      try {
        missed = await this.line.call<Missed>('missed', { audience, after: before });
      } catch {
        return;
      }
      for (const event of missed.events) this.receive(event);
      if (last() === before) return;
    }
  }
}
