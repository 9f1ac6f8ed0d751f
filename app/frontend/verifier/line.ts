// A line of tokens: the first over the head, each renewal over everything before it (section 8, rule 7 and revocation).
// Not here: one token (see token.ts), and lists and responses (see revocation.ts).
import { toHex } from './bytes';
import { EvidenceError, Tampered } from './errors';
import { sha256 } from './hashes';
import type { Instant } from './instant';
import { canonicalBytes, objectOf } from './json';
import type { TokenClaim, TokenLine } from './proof';
import { covers, remembered, type Revoked, type Status } from './revocation';
import { verifyToken, type Stamp } from './token';
import type { Authority } from './trust';
import type { Certificate } from './x509';

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
  const entries = [claim, ...claim.renewals];
  for (const [number, one] of entries.entries()) {
    try {
      const stamp = verifyToken(one, imprint, authorities);
      checkFollows(stamps[number - 1], stamp);
      checkCovered(stamp, stamps, entries[number - 1]);
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

/** A renewal is over the data of the entry before it: none of it was made later. */
function checkCovered(renewal: Stamp, stamps: readonly Stamp[], before: TokenClaim | undefined): void {
  const told = stamps.flatMap((one) => about(one, before?.revocations ?? []).flatMap(({ statuses }) => statuses));
  if (told.some(({ madeAt }) => madeAt > renewal.genTime)) {
    throw new Tampered('the renewal is over data from after its own time', null, 'order');
  }
}

/** What data says about each certificate from a signer's up to below its anchor. */
function about({ chain, anchor }: Stamp, data: TokenClaim['revocations']): { certificate: Certificate; statuses: Status[] }[] {
  return chain.map((certificate, at) => {
    const issuer = chain[at + 1] ?? anchor;
    return { certificate, statuses: data.flatMap((one) => remembered(one, certificate, issuer)) };
  });
}

/** What is known of the certificates behind one token. complete: every one is covered; early: where one is not, it is
 * for data from before the token only; statuses: what counted. */
export interface Standing {
  complete: boolean;
  early: boolean;
  statuses: Status[];
}

/** What is known of every token that holds: by the data of its own entry and of the later ones that hold. */
export function standings({ claim, stamps }: Line): Standing[] {
  const held = [claim, ...claim.renewals].slice(0, stamps.length);
  return stamps.map((stamp, number) => standing(stamp, held.slice(number).flatMap(({ revocations }) => revocations)));
}

function standing(stamp: Stamp, data: TokenClaim['revocations']): Standing {
  const found = about(stamp, data).map(({ certificate, statuses }, at) => {
    const fresh = statuses.filter((one) => covers(one, certificate, stamp.genTime, at === 0));
    const early = statuses.length > 0 && statuses.every(({ thisUpdate }) => thisUpdate < stamp.genTime);
    return { known: fresh.length > 0, early, counted: statuses.filter((one) => fresh.includes(one) || one.revoked) };
  });
  return {
    complete: found.every(({ known }) => known),
    early: found.every(({ known, early }) => known || early),
    statuses: found.flatMap(({ counted }) => counted),
  };
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
