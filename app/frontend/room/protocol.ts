// What goes over the socket, as realtime/handlers.py and app/services/room.py define it.

export type Side = 'claimant' | 'respondent' | 'mediator';

export interface Audience {
  id: number;
  kind: 'joint' | 'caucus';
  side: 'claimant' | 'respondent' | null;
  /** Number of the newest event. */
  last: number;
}

export interface Page {
  peer: string;
  microphone: boolean;
  camera: boolean;
}

export interface Person {
  id: number;
  name: string;
  party: string;
  side: Side;
  /** Open pages of this person that are in this audience now. */
  pages: Page[];
}

export interface RoomEvent {
  id: number;
  audience: number;
  sequence: number;
  kind: string;
  client_id: string | null;
  payload: Record<string, unknown>;
  /** RFC 3339, UTC. */
  at: string;
  sender: { id: number; name: string; party: string; side: Side } | null;
}

export interface Entered {
  participant: number;
  side: Side;
  peer: string;
  audiences: Audience[];
  place: number;
  ice_servers: RTCIceServer[];
}

export interface SignalData {
  description?: RTCSessionDescriptionInit;
  candidate?: RTCIceCandidateInit | null;
}
