// One WebRTC connection by perfect negotiation (W3C WebRTC, "The perfect negotiation pattern").
import type { SignalData } from './protocol';

export class Peer {
  private readonly connection: RTCPeerConnection;
  private makingOffer = false;
  private ignoringOffer = false;
  private turn: Promise<void> = Promise.resolve();

  /** `polite` gives way when both offer at once; exactly one of the two sides is. */
  constructor(
    private readonly polite: boolean,
    iceServers: RTCIceServer[],
    private readonly send: (data: SignalData) => void,
    onStream: (stream: MediaStream) => void,
    private readonly onFailure: () => void,
  ) {
    this.connection = new RTCPeerConnection({ iceServers });
    this.connection.addEventListener('negotiationneeded', () => void this.offer());
    this.connection.addEventListener('icecandidate', (event) => {
      this.send({ candidate: event.candidate ? event.candidate.toJSON() : null });
    });
    this.connection.addEventListener('track', (event) => {
      const stream = event.streams[0];
      if (stream) onStream(stream);
    });
    this.connection.addEventListener('connectionstatechange', () => {
      if (this.connection.connectionState !== 'failed') return;
      this.connection.restartIce();
      this.onFailure();
    });
  }

  /** Sends exactly these tracks from now on. */
  setTracks(stream: MediaStream): void {
    const wanted = stream.getTracks();
    for (const sender of this.connection.getSenders()) {
      if (sender.track && !wanted.includes(sender.track)) this.connection.removeTrack(sender);
    }
    const sent = this.connection.getSenders().map((sender) => sender.track);
    for (const track of wanted) if (!sent.includes(track)) this.connection.addTrack(track, stream);
  }

  /** Handles a signal from the other side, in the order of arrival. */
  receive(data: SignalData): void {
    this.turn = this.turn.then(() => this.take(data)).catch(() => this.onFailure());
  }

  close(): void {
    this.connection.close();
  }

  private async offer(): Promise<void> {
    try {
      this.makingOffer = true;
      await this.connection.setLocalDescription();
      this.sendDescription();
    } catch {
      if (this.connection.signalingState !== 'closed') this.onFailure();
    } finally {
      this.makingOffer = false;
    }
  }

  private async take(data: SignalData): Promise<void> {
    if (this.connection.signalingState === 'closed') return;
    if (data.description) {
      const collides =
        data.description.type === 'offer' && (this.makingOffer || this.connection.signalingState !== 'stable');
      this.ignoringOffer = !this.polite && collides;
      if (this.ignoringOffer) return;
      await this.connection.setRemoteDescription(data.description);
      if (data.description.type !== 'offer') return;
      await this.connection.setLocalDescription();
      this.sendDescription();
    } else if (data.candidate) {
      try {
        await this.connection.addIceCandidate(data.candidate);
      } catch (error) {
        if (!this.ignoringOffer) throw error;
      }
    }
  }

  private sendDescription(): void {
    const description = this.connection.localDescription;
    if (description) this.send({ description: { type: description.type, sdp: description.sdp } });
  }
}
