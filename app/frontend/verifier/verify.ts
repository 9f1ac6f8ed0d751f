// Verifies a proof against the trust root that the verifier brings: every check is made and listed.
// Not here: the proof's form (see proof.ts); nothing here asks anybody but the given reader.
import { addressBytes } from './address';
import { equal, toHex } from './bytes';
import { blockTimeCheck, knownCheck, lookAtState, type BlockHash } from './blockchecks';
import { checkCustody, opensFor } from './custody';
import { EvidenceError, MalformedInput } from './errors';
import { fromUnix, type Instant } from './instant';
import type { LedgerReader } from './ledger';
import { absence, lookAt, type Look } from './look';
import { nextHead, rootFromPath } from './merkle';
import type { Proof, WitnessClaim } from './proof';
import { holds } from './signature';
import type { FileDigest, Origin } from './statement';
import { earliestToken, examineLines, timeChecks } from './timechecks';
import type { TrustedWitness, TrustRoot } from './trust';
import { attestationDigest, witnessDigest } from './typed';
import { check, NOT_PROVIDED, passedIf, Verdict, type Check, type Facts } from './verdict';

const LIKELY_CAUSES = ['re_saved', 'compressed', 'forwarded', 'other_version', 'other_file'];
const ORIGIN_QUESTIONS = ['made_by', 'made_at', 'device', 'method', 'proves'] as const;

/** What is known of the file: all of it, some digests, or nothing. */
export type KnownFile = Partial<FileDigest> | null;

/** What the verifier brings beside file and proof. */
export interface Bringing {
  trust: TrustRoot;
  /** The present time, by which tokens have lapsed or not. */
  at: Instant;
  /** A block that the verifier knows from elsewhere; its hash has 32 bytes. */
  block?: BlockHash | null;
  reader?: LedgerReader | null;
}

/** All checks over what is known of a file and a proof. */
export async function verify(file: KnownFile, proof: Proof, { trust, at, block = null, reader = null }: Bringing): Promise<Verdict> {
  const state = lookAtState(trust, proof);
  const lines = examineLines(proof, trust);
  const look = await lookAt(reader, trust, proof, Number(state.block.number));
  const stamped = earliestToken(lines);
  const seen = proof.witnesses.map((claim) => seenWitness(claim, proof, trust, stamped));
  const named = seen.flatMap((one) => one.named ?? []);
  const known = knownCheck(proof, state.block, block, look, named);
  const witnesses = await Promise.all(seen.map((one) => witnessChecks(one, proof, look, reader !== null)));
  return new Verdict([
    ...fileChecks(file, proof.statement.digest),
    ...treeChecks(proof),
    anchorCheck(proof, trust),
    ...state.checks,
    known,
    ...(reader ? ledgerChecks(proof, look) : []),
    ...witnesses.flat(),
    ...timeChecks(proof, lines, at, blockTimeCheck(proof, state, known, look)),
    ...submitterChecks(proof, trust),
    ...originChecks(proof),
  ]);
}

function fileChecks(file: KnownFile, claimed: FileDigest): Check[] {
  return (['size', 'sha256', 'sm3'] as const).map((name) => {
    const found = file?.[name];
    const expected = shown(claimed[name]);
    if (found === undefined || found === null) {
      return check('integrity', `file.${name}`, 'UNDETERMINED', { reason: NOT_PROVIDED, expected });
    }
    const actual = shown(found);
    const same = expected === actual;
    return check('integrity', `file.${name}`, passedIf(same), { expected, actual, ...(same ? {} : { likely_causes: LIKELY_CAUSES }) });
  });
}

function shown(value: Uint8Array | number): string | number {
  return typeof value === 'number' ? value : toHex(value);
}

function treeChecks(proof: Proof): Check[] {
  const { batch, inclusion, statement } = proof;
  const detail: Facts = { commitment: toHex(statement.commitment), root: toHex(batch.root) };
  let included = false;
  try {
    included = equal(rootFromPath(statement.commitment, inclusion.index, inclusion.size, inclusion.path), batch.root);
  } catch (error) {
    if (!(error instanceof MalformedInput)) throw error;
    detail['message'] = error.message;
  }
  const follows = equal(nextHead(batch.previous_head, batch.root, inclusion.size), batch.head);
  return [
    check('integrity', 'batch.inclusion', passedIf(included), detail),
    check('integrity', 'batch.head', passedIf(follows), { head: toHex(batch.head), number: batch.number }),
  ];
}

function anchorCheck(proof: Proof, trust: TrustRoot): Check {
  const { chain_id, contract } = proof.anchor;
  const detail = { chain_id, contract, expected_chain_id: trust.chain_id, expected_contract: trust.evidence_ledger };
  return check('integrity', 'anchor.trusted', passedIf(chain_id === trust.chain_id && contract === trust.evidence_ledger), detail);
}

function ledgerChecks(proof: Proof, look: Look): Check[] {
  const { problem, batch, final } = look;
  if (problem) {
    return ['ledger.identity', 'ledger.batch', 'ledger.final'].map((code) => check('integrity', code, 'UNDETERMINED', { ...problem }));
  }
  const reason: Facts = final ? {} : { reason: batch ? 'not_final' : absence(look, proof) };
  return [
    check('integrity', 'ledger.identity', look.identity.status, look.identity.detail),
    batchCheck(proof, look),
    check('integrity', 'ledger.final', final ? 'PASSED' : 'UNDETERMINED', { block_number: batch?.block_number ?? null, ...reason }),
  ];
}

function batchCheck({ batch: claim, inclusion }: Proof, look: Look): Check {
  const detail: Facts = { number: claim.number, batches_on_ledger: look.count };
  const { batch } = look;
  if (!batch) {
    const reason = look.identity.status === 'FAILED' ? 'other_ledger' : claim.number > look.count ? 'not_there_yet' : 'not_there';
    return check('integrity', 'ledger.batch', reason === 'not_there_yet' ? 'UNDETERMINED' : 'FAILED', { ...detail, reason });
  }
  const same =
    batch.number === claim.number && batch.size === inclusion.size && equal(batch.root, claim.root) &&
    equal(batch.previous_head, claim.previous_head) && equal(batch.head, claim.head);
  const recorded: Facts = same ? {} : { recorded_root: toHex(batch.root), recorded_head: toHex(batch.head) };
  return check('integrity', 'ledger.batch', passedIf(same), { ...detail, ...recorded });
}

/** A co-signature, whether it holds, and whom the trust root names for it. */
interface SeenWitness {
  claim: WitnessClaim;
  signed: boolean;
  named: TrustedWitness | null;
}

/** A witness is named by a term that covers the block's time and, where a token holds, the earliest token's.
 * The block's time alone is the operator's clock: it could be set back into a term that is long over. */
function seenWitness(claim: WitnessClaim, { batch, anchor }: Proof, trust: TrustRoot, stamped: Instant | null): SeenWitness {
  const digest = witnessDigest(trust, batch.number, batch.head, anchor.block_number, anchor.block_hash);
  const signed = holds(claim.signer, digest, claim.signature, trust);
  const moments = [fromUnix(anchor.block_time), ...(stamped === null ? [] : [stamped])];
  const covers = (one: TrustedWitness): boolean =>
    equal(one.signer, claim.signer) && moments.every((at) => fromUnix(one.valid_from) <= at && at < fromUnix(one.valid_until));
  return { claim, signed, named: (signed && trust.witnesses.find(covers)) || null };
}

async function witnessChecks({ claim, signed, named }: SeenWitness, proof: Proof, look: Look, asked: boolean): Promise<Check[]> {
  const detail: Facts = { signer: toHex(claim.signer) };
  const signature = check('integrity', 'witness.signature', passedIf(signed), detail);
  if (!signed) return [signature];
  if (!named) return [signature, await officeCheck(claim, detail, proof, look, asked)];
  const facts = { ...detail, name: named.name, office: named.office, by: 'trust_root' };
  return [signature, check('integrity', 'witness.office', 'PASSED', facts)];
}

/** Did a witness whom the trust root does not name hold an office when the recorded block was made? */
async function officeCheck(claim: WitnessClaim, detail: Facts, proof: Proof, look: Look, asked: boolean): Promise<Check> {
  const open = (facts: Facts): Check => check('integrity', 'witness.office', 'UNDETERMINED', { ...detail, ...facts });
  if (look.problem || !asked) return open(look.problem ?? {});
  if (look.identity.status === 'FAILED' || look.officials === 'FAILED') {
    return check('integrity', 'witness.office', 'FAILED', { ...detail, reason: 'other_ledger' });
  }
  if (!look.batch) return open({ reason: absence(look, proof) });
  if (look.officials === 'UNDETERMINED') return open({ reason: 'no_code_hash' });
  try {
    return check('integrity', 'witness.office', passedIf(await look.heldOffice(claim.signer, look.batch.block_time)), detail);
  } catch (error) {
    if (error instanceof EvidenceError) return open({ message: error.message });
    throw error;
  }
}

function submitterChecks(proof: Proof, trust: TrustRoot): Check[] {
  const { statement } = proof;
  const digest = attestationDigest(trust, statement.commitment, statement.subject);
  const good = holds(addressBytes(trust.operator), digest, proof.attestation, trust);
  return [
    check('submitter', 'submitter.stated', 'PASSED', { ...statement.submitter }),
    check('submitter', 'submitter.attested', passedIf(good), { operator: trust.operator }),
  ];
}

function originChecks(proof: Proof): Check[] {
  const { statement, custody } = proof;
  const stated = statement.origin
    ? statedOrigin(statement.origin)
    : [check('origin', 'origin.document', 'PASSED', { title: statement.title, kind: statement.kind })];
  const [first] = custody;
  if (!first) return [...stated, check('origin', 'custody.chain', 'UNDETERMINED', { reason: NOT_PROVIDED })];
  const opens = check('origin', 'custody.first', passedIf(opensFor(first, statement)), { act: first.act });
  return [...stated, custodyCheck(proof), opens];
}

function custodyCheck({ custody }: Proof): Check {
  try {
    checkCustody(custody);
    return check('origin', 'custody.chain', 'PASSED', { entries: custody.length });
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    return check('origin', 'custody.chain', 'FAILED', { where: error.where, message: error.message });
  }
}

function statedOrigin(origin: Origin): Check[] {
  const stated = Object.fromEntries(ORIGIN_QUESTIONS.map((key) => [key, origin[key]]));
  const unanswered = ORIGIN_QUESTIONS.filter((key) => !origin[key]);
  const open: Facts = unanswered.length ? { reason: NOT_PROVIDED, unanswered } : {};
  const detail: Facts = { ...stated, form: origin.form, note: 'stated_not_verified', ...open };
  const checks = [check('origin', 'origin.stated', unanswered.length ? 'UNDETERMINED' : 'PASSED', detail)];
  if (origin.form === 'copy') {
    const { compared_by, compared_at } = origin;
    const complete = Boolean(compared_by && compared_at);
    const facts: Facts = { compared_by, compared_at, ...(complete ? {} : { reason: NOT_PROVIDED }) };
    checks.push(check('origin', 'origin.compared', complete ? 'PASSED' : 'UNDETERMINED', facts));
  }
  return checks;
}
