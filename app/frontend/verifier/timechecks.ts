// The checks of the answer about time that rest on RFC 3161 tokens: each line, its revocations and its renewals.
// Not here: tokens and lines (see token.ts, line.ts) and block time (see blockchecks.ts).
import { fromUnix, instantText, parseInstant, SECOND, type Instant } from './instant';
import { examineLine, harmfulRevocation, standings, type Line } from './line';
import type { Proof } from './proof';
import { REASONS, type Status } from './revocation';
import type { Stamp } from './token';
import type { TrustRoot } from './trust';
import { check, NOT_PROVIDED, passedIf, type Check, type Facts } from './verdict';

/** Seconds by which token, block and receipt may differ before it is pointed out. */
const CLOCK_TOLERANCE = 60;
/** A line that lapses in fewer days than this is pointed out: it should be renewed. */
const FLAGGED_DAYS = 180;
const DAY = 86_400n * SECOND;
const MILLI = 1_000n;

/** Every line of a proof's tokens, each as far as it holds. */
export function examineLines(proof: Proof, trust: TrustRoot): Line[] {
  return proof.timestamps.map((claim) => examineLine(claim, proof.batch.head, trust.timestamp_authorities));
}

/** The earliest genTime of first tokens that hold, revoked or not, without its accuracy; null when none holds. */
export function earliestToken(lines: readonly Line[]): Instant | null {
  const times = lines.flatMap(({ stamps }) => stamps[0]?.genTime ?? []);
  return times.length ? times.reduce((one, other) => (other < one ? other : one)) : null;
}

/** Every check about time; at: the present time; block: the check of the block's time, listed among them. */
export function timeChecks(proof: Proof, lines: readonly Line[], at: Instant, block: Check): Check[] {
  const earliest = earliestToken(lines);
  return [
    ...(lines.length ? [] : [check('time', 'time.token', 'UNDETERMINED', { reason: NOT_PROVIDED })]),
    ...lines.flatMap((line, number) => lineChecks(line, number, at)),
    block,
    ...(earliest === null ? [] : [orderCheck(proof, earliest), differenceCheck(proof, earliest)]),
  ];
}

function lineChecks(line: Line, number: number, at: Instant): Check[] {
  const [first] = line.stamps;
  const last = line.stamps[line.stamps.length - 1];
  if (!first || !last) return [refused(line, number)];
  const facts = stampFacts(line, number, first, lapse(last, at));
  return [check('time', 'time.token', 'PASSED', facts), revocationCheck(line, number, first), renewalCheck(line, number, last, at)];
}

function refused(line: Line, number: number): Check {
  const detail: Facts = { line: number, authority: line.claim.authority, ...reasonOf(line) };
  return check('time', 'time.token', detail['reason'] === 'no_anchor' ? 'UNDETERMINED' : 'FAILED', detail);
}

function reasonOf({ refusal }: Line): Facts {
  return refusal ? { reason: refusal.code ?? 'token', message: refusal.message } : {};
}

function stampFacts(line: Line, number: number, stamp: Stamp, lapses: Facts): Facts {
  return {
    line: number,
    not_later_than: instantText(stamp.genTime + (stamp.accuracy ?? 0n)),
    gen_time: instantText(stamp.genTime),
    accuracy_ms: stamp.accuracy === null ? null : Number((stamp.accuracy + MILLI - 1n) / MILLI),
    authority: stamp.authority,
    certificate_name: stamp.name,
    policy: stamp.policy,
    serial: `0x${stamp.serial.toString(16)}`,
    certificate_expires: instantText(stamp.signer.notAfter),
    renewals: line.claim.renewals.length,
    ...lapses,
  };
}

/** When a line lapses, by its last token that holds. */
function lapse(last: Stamp, at: Instant): Facts {
  const left = last.lapses - at;
  const days = Number(left >= 0n ? left / DAY : -((-left + DAY - 1n) / DAY));
  return { lapses_at: instantText(last.lapses), days_left: days, flagged: days < FLAGGED_DAYS };
}

function revocationCheck(line: Line, number: number, first: Stamp): Check {
  const found = standings(line);
  const sources = found.flatMap(({ statuses }) => statuses.map(source));
  const detail: Facts = { line: number, authority: first.authority, sources };
  const harm = harmfulRevocation(line.stamps, found);
  if (harm) {
    const facts = { revoked_at: instantText(harm.at), revocation_reason: harm.reason === null ? null : (REASONS[harm.reason] ?? null) };
    return check('time', 'time.revocation', 'FAILED', { ...detail, reason: 'revoked', ...facts });
  }
  if (!found.every(({ complete }) => complete)) {
    const reason = found.every(({ early }) => early) ? 'revocation_too_early' : 'revocation_unknown';
    return check('time', 'time.revocation', 'UNDETERMINED', { ...detail, reason });
  }
  return check('time', 'time.revocation', 'PASSED', detail);
}

function source({ kind, thisUpdate, nextUpdate }: Status): Facts {
  return { kind, this_update: instantText(thisUpdate), next_update: nextUpdate === null ? null : instantText(nextUpdate) };
}

function renewalCheck(line: Line, number: number, last: Stamp, at: Instant): Check {
  const renewals = line.stamps.slice(1);
  const detail: Facts = {
    line: number,
    authority: line.stamps[0]?.authority ?? '',
    renewals: line.claim.renewals.length,
    renewed_at: renewals.map(({ genTime }) => instantText(genTime)),
    renewed_by: renewals.map(({ authority }) => authority),
    ...lapse(last, at),
  };
  if (line.refusal) return check('time', 'time.renewal', 'FAILED', { ...detail, ...reasonOf(line), renewal: line.stamps.length });
  if (at > last.lapses) return check('time', 'time.renewal', 'UNDETERMINED', { ...detail, reason: 'lapsed' });
  return check('time', 'time.renewal', 'PASSED', detail);
}

function orderCheck(proof: Proof, earliest: Instant): Check {
  const received = parseInstant(proof.statement.received_at, 'proof.statement.body.received_at');
  const late = received - earliest > BigInt(CLOCK_TOLERANCE) * SECOND;
  return check('time', 'time.order', passedIf(!late), { received_at: instantText(received), earliest_token: instantText(earliest) });
}

function differenceCheck(proof: Proof, earliest: Instant): Check {
  const seconds = Math.round(Number(earliest - fromUnix(proof.anchor.block_time)) / 1e6);
  const flagged = Math.abs(seconds) > CLOCK_TOLERANCE;
  return check('time', 'time.difference', 'PASSED', { seconds, tolerance: CLOCK_TOLERANCE, flagged });
}
