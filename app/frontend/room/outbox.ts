// Messages that are written but not yet known to be stored: kept over reloads, sent again after a break.
// The client id makes sending twice harmless: the server stores each once.
import { Refused, type Line } from './line';

export interface Outgoing {
  audience: number;
  text: string;
  client_id: string;
}

/** 32 random hexadecimal digits. */
function freshId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export class Outbox {
  private waiting: Outgoing[];
  private sending = false;

  constructor(
    private readonly line: Line,
    private readonly key: string,
    private readonly changed: () => void,
    private readonly refused: (message: Outgoing, kind: string) => void,
  ) {
    this.waiting = JSON.parse(sessionStorage.getItem(key) ?? '[]') as Outgoing[];
  }

  /** What is not yet known to be stored, oldest first. */
  list(audience: number): Outgoing[] {
    return this.waiting.filter((message) => message.audience === audience);
  }

  add(audience: number, text: string): void {
    this.waiting.push({ audience, text, client_id: freshId() });
    this.keep();
    void this.flush();
  }

  /** The server has stored the message with this id. */
  stored(clientId: string): void {
    const left = this.waiting.filter((message) => message.client_id !== clientId);
    if (left.length === this.waiting.length) return;
    this.waiting = left;
    this.keep();
  }

  /** Sends everything that waits, one after the other, as long as the line holds. */
  async flush(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    try {
      for (let next = this.waiting[0]; next && this.line.connected; next = this.waiting[0]) {
        if (!(await this.send(next))) break;
      }
    } finally {
      this.sending = false;
    }
  }

  private async send(message: Outgoing): Promise<boolean> {
    try {
      await this.line.call('say', message);
      this.stored(message.client_id);
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.kind === 'offline') return false;
      if (error.kind === 'too_many_attempts') {
        window.setTimeout(() => void this.flush(), 2000);
        return false;
      }
      this.stored(message.client_id);
      this.refused(message, error.kind);
      return true;
    }
  }

  private keep(): void {
    sessionStorage.setItem(this.key, JSON.stringify(this.waiting));
    this.changed();
  }
}
