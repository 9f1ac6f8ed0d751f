// Was a certificate revoked? Certificate lists (RFC 5280 §5) and OCSP responses (RFC 6960), signed by the issuer.
// Not here: what a revocation means for a token (see line.ts).
import { equal, toHex } from './bytes';
import { bits, boolean, children, context, inner, integer, Members, octets, oid, readDer, smallInteger, TAG, time, type Der } from './der';
import { MalformedInput, Tampered } from './errors';
import { DIGESTS, sha1, type DigestName } from './hashes';
import type { Instant } from './instant';
import { readAlgorithm, signed, type Algorithm } from './keys';
import type { RevocationClaim } from './proof';
import { allows, constraints, distributionPoints, keyBits, keyOf, OCSP_SIGNING, readable, readExtensions, USAGE, usages, type Certificate, type Extension } from './x509';

const BASIC_RESPONSE = '1.3.6.1.5.5.7.48.1.1';
const SHA1 = '1.3.14.3.2.26';
const DIGEST_OIDS: Record<string, DigestName> = { '2.16.840.1.101.3.4.2.1': 'sha256', '2.16.840.1.101.3.4.2.2': 'sha384', '2.16.840.1.101.3.4.2.3': 'sha512' };
const CRL_REASON = '2.5.29.21';
const INVALIDITY_DATE = '2.5.29.24';
const SCOPE = '2.5.29.28';
const DELTA = '2.5.29.27';

/** Reasons by their numbers; the first and the third to fifth spare tokens from before (RFC 3161 §4). */
export const REASONS = [
  'unspecified', 'keyCompromise', 'cACompromise', 'affiliation_changed', 'superseded', 'cessation_of_operation',
  'certificateHold', null, 'removeFromCRL', 'privilegeWithdrawn', 'aACompromise',
] as const;

/** When and why a certificate was revoked. reason: the number of RFC 5280 §5.3.1, null where none is stated. */
export interface Revoked {
  at: Instant;
  reason: number | null;
  invalidSince: Instant | null;
}

/** What one list or response says about one certificate. */
export interface Status {
  kind: RevocationClaim['kind'];
  revoked: Revoked | null;
  thisUpdate: Instant;
  nextUpdate: Instant | null;
  /** When it was made at the earliest, by its own word. */
  madeAt: Instant;
}

/** Does it tell how the certificate stood for a token of that time? signs: it is the token's signer's own, of which
 * only what was looked up afterwards does; no list keeps certificates that expired. */
export function covers({ thisUpdate, nextUpdate }: Status, certificate: Certificate, moment: Instant, signs: boolean): boolean {
  return thisUpdate <= certificate.notAfter && moment <= (signs ? thisUpdate : (nextUpdate ?? thisUpdate));
}

const REMEMBERED = new WeakMap<RevocationClaim, Map<string, Status[]>>();

/** The same as `statusesIn`, each piece of data read once about a certificate. */
export function remembered(claim: RevocationClaim, certificate: Certificate, issuer: Certificate): Status[] {
  const known = REMEMBERED.get(claim) ?? new Map<string, Status[]>();
  REMEMBERED.set(claim, known);
  const key = `${toHex(certificate.der)} ${toHex(issuer.der)}`;
  const found = known.get(key) ?? statusesIn(claim, certificate, issuer);
  known.set(key, found);
  return found;
}

/** What a list or response says about `certificate`; nothing when it does not cover it or is not its issuer's. */
export function statusesIn(claim: RevocationClaim, certificate: Certificate, issuer: Certificate): Status[] {
  try {
    return claim.kind === 'crl' ? inList(claim.value, certificate, issuer) : inResponse(claim.value, certificate, issuer);
  } catch (error) {
    if (error instanceof MalformedInput || error instanceof Tampered) return [];
    throw error;
  }
}

interface List {
  tbs: Uint8Array;
  algorithm: Algorithm;
  signature: Uint8Array;
  issuer: Uint8Array;
  thisUpdate: Instant;
  nextUpdate: Instant | null;
  entries: Der[];
  extensions: Map<string, Extension>;
}

function readList(der: Uint8Array): List {
  const outer = new Members(readDer(der));
  const tbs = outer.next(TAG.SEQUENCE);
  const stated = outer.next();
  const signature = bits(outer.next());
  outer.done();
  const fields = new Members(tbs);
  const version = fields.optional(TAG.INTEGER);
  if (version) smallInteger(version, 1, 1);
  const algorithm = fields.next();
  if (!equal(algorithm.whole, stated.whole)) throw new MalformedInput('two algorithms');
  const issuer = fields.next(TAG.SEQUENCE).whole;
  const thisUpdate = time(fields.next());
  const next = fields.optional(TAG.UTC_TIME, TAG.TIME);
  const entries = fields.optional(TAG.SEQUENCE);
  const listed = fields.optional(context(0));
  fields.done();
  return {
    tbs: tbs.whole, algorithm: readAlgorithm(algorithm), signature, issuer, thisUpdate,
    nextUpdate: next ? time(next) : null, entries: entries ? children(entries) : [], extensions: readExtensions(listed && inner(listed)),
  };
}

function inList(der: Uint8Array, certificate: Certificate, issuer: Certificate): Status[] {
  const list = readList(der);
  if (!equal(list.issuer, certificate.issuer) || !equal(list.issuer, issuer.subject)) return [];
  if (list.extensions.has(DELTA) || !isInScope(list.extensions, certificate)) return [];
  if (!allows(issuer, USAGE.CRL_SIGN) || !signed(keyOf(issuer), list.algorithm, list.tbs, list.signature)) return [];
  const entries = list.entries.map(readEntry);
  const own = entries.find(({ serial }) => serial === certificate.serial);
  const { thisUpdate, nextUpdate } = list;
  return [{ kind: 'crl', revoked: own ? revokedIn(own) : null, thisUpdate, nextUpdate, madeAt: thisUpdate }];
}

interface Entry {
  serial: bigint;
  at: Instant;
  extensions: Map<string, Extension>;
}

/** One entry of a list; Tampered for one with a critical extension, which might change what the list means. */
function readEntry(entry: Der): Entry {
  const fields = new Members(entry);
  const serial = integer(fields.next());
  const at = time(fields.next());
  const extensions = readExtensions(fields.optional(TAG.SEQUENCE));
  fields.done();
  for (const one of extensions.values()) if (one.critical) throw new Tampered('a critical extension that is not understood');
  return { serial, at, extensions };
}

function revokedIn({ at, extensions }: Entry): Revoked {
  const reason = extensions.get(CRL_REASON);
  const since = extensions.get(INVALIDITY_DATE);
  return {
    at,
    reason: reason ? smallInteger(readDer(reason.value), 0, 10, TAG.ENUM) : null,
    invalidSince: since ? time(readDer(since.value)) : null,
  };
}

/** Does the list speak about this certificate? Its critical extensions must be understood. */
function isInScope(extensions: Map<string, Extension>, certificate: Certificate): boolean {
  for (const [name, one] of extensions) if (one.critical && name !== SCOPE) return false;
  const scope = extensions.get(SCOPE);
  if (!scope) return true;
  const fields = new Members(readDer(scope.value));
  const point = fields.optional(context(0));
  const flag = (number: number): boolean => {
    const value = fields.optional(context(number, false));
    return value !== null && boolean({ ...value, tag: TAG.BOOLEAN });
  };
  const [usersOnly, authoritiesOnly] = [flag(1), flag(2)];
  const partial = fields.optional(context(3, false)) !== null;
  const [indirect, attributesOnly] = [flag(4), flag(5)];
  fields.done();
  const isAuthority = constraints(certificate).authority;
  if (partial || indirect || attributesOnly || (usersOnly && isAuthority) || (authoritiesOnly && !isAuthority)) return false;
  return point === null || isPointOf(point, certificate);
}

/** Is one of the list's own names among the distribution points of the certificate? */
function isPointOf(point: Der, certificate: Certificate): boolean {
  const own = fullNames(point);
  return distributionPoints(certificate).some((one) => {
    const place = new Members(one).optional(context(0));
    return place !== null && fullNames(place).some((name) => own.some((other) => equal(other.whole, name.whole)));
  });
}

function fullNames(point: Der): Der[] {
  const [names] = children(point);
  return names?.tag === context(0) ? children(names) : [];
}

function inResponse(der: Uint8Array, certificate: Certificate, issuer: Certificate): Status[] {
  const outer = new Members(readDer(der));
  smallInteger(outer.next(TAG.ENUM), 0, 0, TAG.ENUM);
  const kind = new Members(inner(outer.next(context(0))));
  outer.done();
  if (oid(kind.next()) !== BASIC_RESPONSE) return [];
  const basic = new Members(readDer(octets(kind.next())));
  kind.done();
  const data = basic.next(TAG.SEQUENCE);
  const algorithm = readAlgorithm(basic.next());
  const signature = bits(basic.next());
  const given = basic.optional(context(0));
  basic.done();
  const { producedAt, answers } = readData(data);
  const own = given ? readable(children(inner(given)).map(({ whole }) => whole)) : [];
  const signers = [issuer, ...own.filter((one) => isResponder(one, issuer, producedAt))];
  if (!signers.some((one) => isSigned(one, algorithm, data.whole, signature))) return [];
  return answers.flatMap((answer) => readAnswer(answer, certificate, issuer, producedAt) ?? []);
}

function readData(data: Der): { producedAt: Instant; answers: Der[] } {
  const fields = new Members(data);
  const version = fields.optional(context(0));
  if (version) smallInteger(inner(version), 0, 0);
  fields.next(context(1), context(2)); // who answered, by name or key: the signature says it
  const producedAt = time(fields.next(TAG.TIME));
  const answers = children(fields.next(TAG.SEQUENCE));
  const listed = fields.optional(context(1));
  fields.done();
  const extensions = readExtensions(listed && inner(listed));
  for (const one of extensions.values()) if (one.critical) throw new Tampered('a critical extension that is not understood');
  return { producedAt, answers };
}

/** Is it a certificate that the issuer made for OCSP signing, valid when the response was made? */
function isResponder(one: Certificate, issuer: Certificate, at: Instant): boolean {
  if (at < one.notBefore || at > one.notAfter || !usages(one)?.list.includes(OCSP_SIGNING)) return false;
  return equal(issuer.subject, one.issuer) && isSigned(issuer, one.algorithm, one.tbs, one.signature);
}

/** Did this certificate's key sign? Not with algorithms and keys that are not relied on. */
function isSigned(signer: Certificate, algorithm: Algorithm, data: Uint8Array, signature: Uint8Array): boolean {
  try {
    return signed(keyOf(signer), algorithm, data, signature);
  } catch (error) {
    if (error instanceof MalformedInput || error instanceof Tampered) return false;
    throw error;
  }
}

/** One answer: what it says about the certificate, or null when it is about another or says "unknown". */
function readAnswer(answer: Der, certificate: Certificate, issuer: Certificate, producedAt: Instant): Status | null {
  const fields = new Members(answer);
  const id = fields.next();
  const state = fields.next(context(0, false), context(1), context(2, false));
  const thisUpdate = time(fields.next(TAG.TIME));
  const next = fields.optional(context(0));
  const listed = fields.optional(context(1));
  fields.done();
  const extensions = readExtensions(listed && inner(listed));
  for (const one of extensions.values()) if (one.critical) throw new Tampered('a critical extension that is not understood');
  if (state.tag === context(2, false) || !isAbout(id, certificate, issuer)) return null;
  const nextUpdate = next ? time(inner(next)) : null;
  const madeAt = thisUpdate > producedAt ? thisUpdate : producedAt;
  return { kind: 'ocsp', revoked: state.tag === context(1) ? readRevoked(state) : null, thisUpdate, nextUpdate, madeAt };
}

function isAbout(id: Der, certificate: Certificate, issuer: Certificate): boolean {
  const fields = new Members(id);
  const algorithm = readAlgorithm(fields.next());
  const [name, key] = [octets(fields.next()), octets(fields.next())];
  const serial = integer(fields.next());
  fields.done();
  const digest = DIGEST_OIDS[algorithm.oid];
  const hash = digest ? DIGESTS[digest] : algorithm.oid === SHA1 ? sha1 : null;
  if (!hash || serial !== certificate.serial) return false;
  return equal(name, hash(issuer.subject)) && equal(key, hash(keyBits(issuer)));
}

function readRevoked(state: Der): Revoked {
  const fields = new Members(state, context(1));
  const at = time(fields.next(TAG.TIME));
  const reason = fields.optional(context(0));
  fields.done();
  return { at, reason: reason ? smallInteger(inner(reason), 0, 10, TAG.ENUM) : null, invalidSince: null };
}

