// Passkeys through WebAuthn: making one and asking one for a signature. The server checks every answer.
import { decode, encode } from './base64url';

export interface CreationOptions {
  rp: { id: string; name: string };
  user: { id: string; name: string; displayName: string };
  challenge: string;
  pubKeyCredParams: { type: 'public-key'; alg: number }[];
  timeout?: number;
  excludeCredentials?: { id: string; type: 'public-key' }[];
  authenticatorSelection?: AuthenticatorSelectionCriteria;
  attestation?: AttestationConveyancePreference;
}

/** Whether this browser knows passkeys here (it needs https or localhost). */
export function available(): boolean {
  return window.isSecureContext && typeof window.PublicKeyCredential === 'function';
}

/** Makes a passkey; the registration as the server expects it. Throws DOMException when the person stops it. */
export async function create(options: CreationOptions): Promise<Record<string, unknown>> {
  const credential = (await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: decode(options.challenge),
      user: { ...options.user, id: decode(options.user.id) },
      excludeCredentials: (options.excludeCredentials ?? []).map((known) => ({ ...known, id: decode(known.id) })),
    },
  })) as PublicKeyCredential | null;
  if (!credential) throw new DOMException('no credential', 'NotAllowedError');
  const response = credential.response as AuthenticatorAttestationResponse;
  return {
    id: credential.id,
    rawId: encode(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: {
      clientDataJSON: encode(response.clientDataJSON),
      attestationObject: encode(response.attestationObject),
    },
  };
}

/** Has one passkey sign `challenge` (the EIP-712 digest) after checking its user. */
export async function sign(challenge: string, credential: string, rpId: string): Promise<Record<string, string>> {
  const answer = (await navigator.credentials.get({
    publicKey: {
      challenge: decode(challenge),
      rpId,
      allowCredentials: [{ type: 'public-key', id: decode(credential) }],
      userVerification: 'required',
      timeout: 120_000,
    },
  })) as PublicKeyCredential | null;
  if (!answer) throw new DOMException('no credential', 'NotAllowedError');
  const response = answer.response as AuthenticatorAssertionResponse;
  return {
    credential: encode(answer.rawId),
    authenticatorData: encode(response.authenticatorData),
    clientDataJSON: encode(response.clientDataJSON),
    signature: encode(response.signature),
  };
}
