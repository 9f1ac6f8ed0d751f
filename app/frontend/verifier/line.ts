// A line of tokens: the first over the head, each renewal over everything before it (section 8, rule 7 and revocation).
// Not here: one token (see token.ts), and lists and responses (see revocation.ts).
import { toHex } from './bytes';
import { EvidenceError, Tampered } from './errors';
import { sha256 } from './hashes';
import type { Instant } from './instant';
import { canonicalBytes, objectOf } from './json';
import type { TokenClaim, TokenLine } from './proof';
import { statusesIn, type Revoked, type Status } from './revocation';
import { verifyToken, type Stamp } from './token';
import type { Authority } from './trust';

/** Unspecified, affiliation changed, superseded, cessation of operation (RFC 3161 §4). */
const HARMLESS_REASONS = new Set([0, 3, 4, 5]);

/** A line as far as it holds: its tokens up to the first that does not, and why that one does not. */
export interface Line {
  claim: TokenLine;
  stamps: Stamp[];
  refusal: EvidenceError | null;
}

function renewalImprint(previous: Uint8Array, claim: TokenClaim): Uint8Array {
  return sha256(canonicalBytes(objectOf({ format: 'hezheng-renewal/1', imprint: toHex(previous), token: claim.raw })));
}

/** Checks a line's tokens from the first on; its imprint is the batch's head. */
export function examineLine(claim: TokenLine, head: Uint8Array, authorities: readonly Authority[]): Line {
  const stamps: Stamp[] = [];
  let imprint = head;
  for (const one of [claim, ...claim.renewals]) {
    try {
      const stamp = verifyToken(one, imprint, authorities);
      checkFollows(stamps[stamps.length - 1], stamp);
      stamps.push(stamp);
    } catch (refusal) {
      if (refusal instanceof EvidenceError) return { claim, stamps, refusal };
      throw refusal;
    }
    imprint = renewalImprint(imprint, one);
  }
  return { claim, stamps, refusal: null };
}

/** A renewal comes after the token before it, and before that one has lapsed. */
function checkFollows(before: Stamp | undefined, renewal: Stamp): void {
  if (!before) return;
  if (renewal.genTime < before.genTime) throw new Tampered('the renewal is earlier than the token before it', null, 'order');
  if (renewal.genTime > before.lapses) throw new Tampered('the token before had lapsed when it was renewed', null, 'lapsed');
}

/** What is known of the certificates behind one token. complete: every one is covered; statuses: what counted. */
export interface Standing {
  complete: boolean;
  statuses: Status[];
}

/** What is known of every token of the line that holds. */
export function standings({ claim, stamps }: Line): Standing[] {
  const claims = [claim, ...claim.renewals];
  return stamps.map((stamp, number) => standing(stamp, claims[number]?.revocations ?? []));
}

function standing(stamp: Stamp, data: TokenClaim['revocations']): Standing {
  const found = stamp.chain.map((certificate, at) => {
    const issuer = stamp.chain[at + 1] ?? stamp.anchor;
    const statuses = data.flatMap((one) => statusesIn(one, certificate, issuer));
    return { fresh: statuses.some((one) => isRecent(one, stamp.genTime)), counted: statuses.filter((one) => isRecent(one, stamp.genTime) || one.revoked) };
  });
  return { complete: found.every(({ fresh }) => fresh), statuses: found.flatMap(({ counted }) => counted) };
}

/** Is it recent enough for a token of that time? Without a next update it speaks up to its own time. */
function isRecent({ thisUpdate, nextUpdate }: Status, moment: Instant): boolean {
  return moment <= (nextUpdate ?? thisUpdate);
}

/** The revocation that invalidates a token of the line, the last token's first; null when none does.
 * A later token that is itself not invalidated, and from before the revocation, saves what it covers. */
export function harmfulRevocation(stamps: readonly Stamp[], found: readonly Standing[]): Revoked | null {
  let worst: Revoked | null = null;
  const saving: Instant[] = [];
  for (let number = stamps.length - 1; number >= 0; number -= 1) {
    const stamp = stamps[number] as Stamp;
    const [harm] = threats(stamp, found[number]).filter((one) => !saving.some((moment) => moment < (one.invalidSince ?? one.at)));
    if (harm) worst ??= harm;
    else saving.push(stamp.genTime);
  }
  return worst;
}

/** The revocations that invalidate a token unless it was renewed before. */
function threats(stamp: Stamp, found: Standing | undefined): Revoked[] {
  const revoked = (found?.statuses ?? []).flatMap((one) => one.revoked ?? []);
  return revoked.filter(({ reason, at }) => !(reason !== null && HARMLESS_REASONS.has(reason) && stamp.genTime < at));
}
