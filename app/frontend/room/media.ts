// Own camera and microphone, and a mesh to the pages that are in the same audience now.
// Nothing of it goes to anybody else: leaving an audience cuts every connection and switches both devices off.
import type { Line } from './line';
import { Peer } from './peer';
import type { Person, SignalData } from './protocol';

export interface DeviceState {
  microphone: boolean;
  camera: boolean;
}

export class Media {
  readonly stream = new MediaStream();
  private readonly peers = new Map<string, Peer>();
  private iceServers: RTCIceServer[] = [];
  private me = '';
  private participant = 0;

  constructor(
    private readonly line: Line,
    private readonly onStream: (peer: string, stream: MediaStream) => void,
    private readonly onGone: (peer: string) => void,
    private readonly onDevices: (state: DeviceState) => void,
    private readonly onFailure: () => void,
  ) {}

  /** Whether this browser can do live pictures and sound at all. */
  static get possible(): boolean {
    return typeof RTCPeerConnection !== 'undefined' && Boolean(navigator.mediaDevices?.getUserMedia);
  }

  get state(): DeviceState {
    return { microphone: this.stream.getAudioTracks().length > 0, camera: this.stream.getVideoTracks().length > 0 };
  }

  /** A (new) connection to the server: a new name among the others, so every old link is dropped. */
  begin(me: string, participant: number, iceServers: RTCIceServer[]): void {
    this.cut();
    this.me = me;
    this.participant = participant;
    this.iceServers = iceServers;
  }

  /** Who is in my audience now: link to newcomers, drop those who left. */
  follow(people: Person[]): void {
    if (typeof RTCPeerConnection === 'undefined') return;
    const here = new Set<string>();
    for (const person of people) {
      if (person.id === this.participant) continue;
      for (const page of person.pages) here.add(page.peer);
    }
    for (const name of [...this.peers.keys()]) if (!here.has(name)) this.drop(name);
    for (const name of here) this.link(name);
  }

  /** A signal from somebody; only those who are in my audience are listened to. */
  signal(from: string, data: SignalData): void {
    this.peers.get(from)?.receive(data);
  }

  /** Switches a device. Throws what getUserMedia throws when it is refused or missing. */
  async set(kind: 'microphone' | 'camera', on: boolean): Promise<void> {
    const audio = kind === 'microphone';
    if (on) {
      const constraints = audio
        ? { audio: { echoCancellation: true, noiseSuppression: true } }
        : { video: { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 20, max: 30 } } };
      const fresh = await navigator.mediaDevices.getUserMedia(constraints);
      for (const track of fresh.getTracks()) {
        track.addEventListener('ended', () => void this.set(kind, false));
        this.stream.addTrack(track);
      }
    } else {
      for (const track of audio ? this.stream.getAudioTracks() : this.stream.getVideoTracks()) {
        track.stop();
        this.stream.removeTrack(track);
      }
    }
    for (const peer of this.peers.values()) peer.setTracks(this.stream);
    this.tell();
  }

  /** Cuts every link and switches both devices off: before entering another audience. */
  leave(): void {
    this.cut();
    for (const track of this.stream.getTracks()) {
      track.stop();
      this.stream.removeTrack(track);
    }
    this.onDevices(this.state);
  }

  /** Cuts every link; devices stay as they are. */
  cut(): void {
    for (const name of [...this.peers.keys()]) this.drop(name);
  }

  /** Tells the server (and so the others) what is on. */
  tell(): void {
    this.onDevices(this.state);
    if (this.line.connected) this.line.call('devices', this.state).catch(() => undefined);
  }

  private link(name: string): void {
    if (this.peers.has(name)) return;
    const peer = new Peer(
      this.me < name,
      this.iceServers,
      (data) => {
        this.line.call('signal', { to: name, data }).catch(() => undefined);
      },
      (stream) => this.onStream(name, stream),
      this.onFailure,
    );
    this.peers.set(name, peer);
    peer.setTracks(this.stream);
  }

  private drop(name: string): void {
    this.peers.get(name)?.close();
    this.peers.delete(name);
    this.onGone(name);
  }
}
