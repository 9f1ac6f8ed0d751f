// The line to the server: connects, reconnects, and turns each event into a promise with an answer.
import { io, type Socket } from 'socket.io-client';

const ANSWER_MS = 8_000;

/** A refused or unanswered call; `kind` as in the server's error kinds, or 'offline'. */
export class Refused extends Error {
  constructor(readonly kind: string) {
    super(kind);
  }
}

interface Answer {
  ok: boolean;
  error?: { kind: string };
}

/** One socket. Handlers are set once; `call` waits for the server's answer. */
export class Line {
  private readonly socket: Socket;

  constructor(private readonly onState: (state: 'online' | 'offline' | 'refused', reason: string) => void) {
    this.socket = io({ transports: ['websocket', 'polling'], reconnectionDelayMax: 4000, autoConnect: false });
    this.socket.on('connect', () => this.onState('online', ''));
    this.socket.on('disconnect', () => this.onState('offline', ''));
    this.socket.on('connect_error', (error) => {
      const refused = ['not_signed_in', 'too_many_attempts'].includes(error.message);
      this.onState(refused ? 'refused' : 'offline', error.message);
    });
    window.addEventListener('offline', () => this.renew());
    window.addEventListener('online', () => this.renew());
  }

  get connected(): boolean {
    return this.socket.connected;
  }

  /** Gives up a line that may be dead without knowing it, and dials again. */
  private renew(): void {
    if (this.socket.connected) this.socket.io.engine.close();
    else if (this.socket.active) this.socket.connect();
  }

  open(): void {
    this.socket.connect();
  }

  /** Ends the line for good. */
  close(): void {
    this.socket.disconnect();
  }

  on<T>(event: string, handle: (data: T) => void): void {
    this.socket.on(event, handle);
  }

  /** Sends `event` and gives back the answer. Throws Refused. */
  async call<T>(event: string, data: object): Promise<T> {
    if (!this.socket.connected) throw new Refused('offline');
    let answer: Answer & T;
    try {
      answer = (await this.socket.timeout(ANSWER_MS).emitWithAck(event, data)) as Answer & T;
    } catch {
      this.renew();
      throw new Refused('offline');
    }
    if (!answer.ok) throw new Refused(answer.error?.kind ?? 'internal');
    return answer;
  }
}
