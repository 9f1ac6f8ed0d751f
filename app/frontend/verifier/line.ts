// A line of tokens: the first over the head, each renewal over everything before it (section 8, rule 7 and revocation).
import { toHex } from './bytes';
import { EvidenceError, Tampered } from './errors';
import { sha256 } from './hashes';
import { SECOND, type Instant } from './instant';
import { canonicalBytes, objectOf } from './json';
import type { TokenClaim, TokenLine } from './proof';
import { statusIn, type Revoked, type Status } from './revocation';
import { verifyToken, type Stamp } from './token';
import type { Authority } from './trust';
import type { Certificate } from './x509';

const DAY = 86_400n * SECOND;
/** Unspecified, affiliation changed, superseded, cessation of operation (RFC 3161 §4). */
const HARMLESS_REASONS = new Set([0, 3, 4, 5]);

/** One token of a line: what it says, or why it does not hold. */
export type Outcome = { stamp: Stamp; problem: null } | { stamp: null; problem: EvidenceError };

/** What is known about the revocation of a line's certificates. */
export type Knowledge = 'good' | 'revoked' | 'unknown';

function renewalImprint(previous: Uint8Array, claim: TokenClaim): Uint8Array {
  return sha256(canonicalBytes(objectOf({ format: 'hezheng-renewal/1', imprint: toHex(previous), token: claim.raw })));
}

/** Every token of the line, in order. */
export function readLine(line: TokenLine, head: Uint8Array, authorities: readonly Authority[]): Outcome[] {
  let imprint = head;
  let before: Stamp | null = null;
  return [line, ...line.renewals].map((claim, number) => {
    const outcome = attempt(() => {
      const stamp = verifyToken(claim, imprint, authorities);
      if (number > 0) checkInTime(stamp, before);
      return stamp;
    });
    imprint = renewalImprint(imprint, claim);
    before = outcome.stamp;
    return outcome;
  });
}

function attempt(make: () => Stamp): Outcome {
  try {
    return { stamp: make(), problem: null };
  } catch (problem) {
    if (problem instanceof EvidenceError) return { stamp: null, problem };
    throw problem;
  }
}

/** Rule 7: not before the token before it, and not after the day on which that one lapsed. */
function checkInTime(renewal: Stamp, before: Stamp | null): void {
  if (!before) throw new Tampered('the token before it does not hold', null, 'renewal');
  if (renewal.genTime < before.genTime) throw new Tampered('made before the token that it renews', null, 'renewal');
  if (renewal.genTime / DAY > before.lapses / DAY) throw new Tampered('made after the token before it had lapsed', null, 'lapsed');
}

/** Is it known that no certificate of this token was revoked in a way that invalidates it? later: renewals that hold. */
export function revocationOf(claim: TokenClaim, stamp: Stamp, later: readonly Stamp[]): Knowledge {
  let known = true;
  for (const [at, certificate] of stamp.chain.entries()) {
    const statuses = statusesOf(claim, certificate, stamp.chain[at + 1] ?? stamp.anchor);
    if (statuses.some(({ revoked }) => revoked && invalidates(revoked, stamp, later))) return 'revoked';
    known &&= statuses.some(({ nextUpdate }) => nextUpdate === null || nextUpdate >= stamp.genTime);
  }
  return known ? 'good' : 'unknown';
}

function statusesOf(claim: TokenClaim, certificate: Certificate, issuer: Certificate): Status[] {
  return claim.revocations.flatMap((one) => statusIn(one, certificate, issuer) ?? []);
}

function invalidates(revoked: Revoked, stamp: Stamp, later: readonly Stamp[]): boolean {
  if (revoked.reason !== null && HARMLESS_REASONS.has(revoked.reason) && stamp.genTime < revoked.at) return false;
  const since = revoked.invalidSince ?? revoked.at;
  return !later.some((renewal) => renewal.genTime < since);
}

/** Has the token lapsed at a time? */
export function hasLapsed(stamp: Stamp, at: Instant): boolean {
  return at > stamp.lapses;
}
