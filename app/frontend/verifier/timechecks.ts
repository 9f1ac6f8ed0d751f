// The checks of the answer about time that rest on RFC 3161 tokens.
// Not here: one token's own rules (see token.ts, line.ts) and block time (see blockchecks.ts).
import { fromUnix, instantText, parseInstant, SECOND, type Instant } from './instant';
import { hasLapsed, readLine, revocationOf, type Outcome } from './line';
import type { Proof, TokenLine } from './proof';
import type { Stamp } from './token';
import type { TrustRoot } from './trust';
import { check, NOT_PROVIDED, passedIf, type Check, type Facts } from './verdict';

/** Seconds by which token, block and receipt may differ before it is pointed out. */
const CLOCK_TOLERANCE = 60;

/** Every check about time; at: the present time; block: the check of the block's time, listed among them. */
export function timeChecks(proof: Proof, trust: TrustRoot, at: Instant, block: Check): Check[] {
  const lines = proof.timestamps.map((line) => ({ line, outcomes: readLine(line, proof.batch.head, trust.timestamp_authorities) }));
  const first = lines.flatMap(({ outcomes }) => outcomes[0]?.stamp ?? []);
  const earliest = first.reduce<Instant | null>((least, { genTime }) => (least === null || genTime < least ? genTime : least), null);
  return [
    ...(lines.length ? [] : [check('time', 'time.token', 'UNDETERMINED', { reason: NOT_PROVIDED })]),
    ...lines.flatMap(({ line, outcomes }) => lineChecks(line, outcomes, at)),
    block,
    ...(earliest === null ? [] : [orderCheck(proof, earliest), differenceCheck(proof, earliest)]),
  ];
}

function lineChecks(line: TokenLine, outcomes: readonly Outcome[], at: Instant): Check[] {
  const [first, ...renewals] = outcomes;
  if (!first?.stamp) return [tokenCheck(line, first)];
  return [tokenCheck(line, first), revocationCheck(line, first.stamp, renewals), renewalCheck(first.stamp, renewals, at)];
}

function tokenCheck(line: TokenLine, outcome: Outcome | undefined): Check {
  if (outcome?.stamp) return check('time', 'time.token', 'PASSED', stampFacts(outcome.stamp));
  const [reason, message] = [outcome?.problem.code ?? 'token', outcome?.problem.message ?? ''];
  const status = reason === 'no_anchor' ? 'UNDETERMINED' : 'FAILED';
  return check('time', 'time.token', status, { authority: line.authority, reason, message });
}

function stampFacts(stamp: Stamp): Facts {
  const expires = [...stamp.chain, stamp.anchor][0]?.notAfter ?? stamp.lapses;
  return {
    not_later_than: instantText(stamp.genTime),
    authority: stamp.name,
    policy: stamp.policy,
    serial: stamp.serial.toString(),
    accuracy_ms: stamp.accuracy === null ? null : Math.round(Number(stamp.accuracy) / 1_000),
    certificate_expires: instantText(expires),
  };
}

function revocationCheck(line: TokenLine, first: Stamp, renewals: readonly Outcome[]): Check {
  const knowledge = revocationOf(line, first, renewals.flatMap(({ stamp }) => stamp ?? []));
  const detail: Facts = { authority: first.name };
  if (knowledge === 'revoked') return check('time', 'time.revocation', 'FAILED', { ...detail, reason: 'revoked' });
  if (knowledge === 'unknown') return check('time', 'time.revocation', 'UNDETERMINED', { ...detail, reason: 'unknown_revocation' });
  return check('time', 'time.revocation', 'PASSED', detail);
}

function renewalCheck(first: Stamp, renewals: readonly Outcome[], at: Instant): Check {
  const detail: Facts = { authority: first.name, renewals: renewals.length };
  const broken = renewals.find(({ stamp }) => !stamp)?.problem;
  if (broken) return check('time', 'time.renewal', 'FAILED', { ...detail, reason: 'renewal', message: broken.message });
  const last = renewals[renewals.length - 1]?.stamp ?? first;
  const facts: Facts = { ...detail, relied_on_until: instantText(last.lapses) };
  if (hasLapsed(last, at)) return check('time', 'time.renewal', 'UNDETERMINED', { ...facts, reason: 'lapsed' });
  return check('time', 'time.renewal', 'PASSED', facts);
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
