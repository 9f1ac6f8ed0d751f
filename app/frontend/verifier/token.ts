// RFC 3161 tokens: the CMS envelope, the signature and what the token says (section 8, rules 1 to 6).
// Not here: renewals (see line.ts) and revocation (see revocation.ts).
import { equal } from './bytes';
import { chainTo, lapseOf } from './chain';
import { boolean, checkDer, children, context, inner, integer, Members, octets, oid, readDer, smallInteger, TAG, time, type Der } from './der';
import { MalformedInput, Tampered } from './errors';
import { DIGESTS, sha1, type DigestName } from './hashes';
import type { Instant } from './instant';
import { digestOf, digestOfSignature, isPlain, readAlgorithm, signed, type Algorithm } from './keys';
import type { TokenClaim } from './proof';
import type { Authority } from './trust';
import { allows, commonName, isForMore, keyIdentifier, keyOf, nameText, readable, readExtensions, TIME_STAMPING, USAGE, usages, type Certificate } from './x509';

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const SHA256 = '2.16.840.1.101.3.4.2.1';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const ATTRIBUTE = { CONTENT_TYPE: '1.2.840.113549.1.9.3', DIGEST: '1.2.840.113549.1.9.4', CERTIFICATE: '1.2.840.113549.1.9.16.2.12', CERTIFICATE_V2: '1.2.840.113549.1.9.16.2.47' };
const MAX_NAME = 200;
/** Certificates that a token may carry; real ones carry up to four. */
const MAX_CERTIFICATES = 32;
/** Beyond a serial number (RFC 3161 §2.4.2) and a nonce. */
const NUMBER_END = 1n << 160n;

/** What a token that holds says. accuracy: microseconds; chain: from the signer's certificate to below the anchor;
 * authority: the trust root's name for it; name: the common name of the signer's certificate. */
export interface Stamp {
  authority: string;
  signer: Certificate;
  genTime: Instant;
  accuracy: bigint | null;
  policy: string;
  serial: bigint;
  name: string;
  chain: Certificate[];
  anchor: Certificate;
  lapses: Instant;
}

interface Info {
  policy: string;
  imprintAlgorithm: Algorithm;
  imprint: Uint8Array;
  serial: bigint;
  genTime: Instant;
  accuracy: bigint | null;
}

interface Envelope {
  content: Uint8Array;
  certificates: Certificate[];
  digestAlgorithms: Der[];
  signer: Signer;
}

interface Signer {
  sid: Der;
  digestAlgorithm: Der;
  attributes: Der;
  algorithm: Algorithm;
  signature: Uint8Array;
}

/** Checks one token over `imprint`. Tampered (with a code) or MalformedInput when it does not hold. */
export function verifyToken(claim: TokenClaim, imprint: Uint8Array, authorities: readonly Authority[]): Stamp {
  if (!authorities.length) throw new Tampered('no timestamp authority is trusted', null, 'no_anchor');
  const envelope = readEnvelope(claim.token);
  const info = readInfo(envelope.content);
  const certificate = signerOf(envelope);
  checkSignature(envelope, certificate);
  if (info.imprintAlgorithm.oid !== SHA256 || !isPlain(info.imprintAlgorithm) || !equal(info.imprint, imprint)) {
    throw new Tampered('the token is over something else', null, 'imprint');
  }
  checkUsage(certificate);
  const pool = [...envelope.certificates, ...readable(claim.certificates)];
  const { chain, authority } = way(authorities, certificate, pool, info);
  const name = commonName(certificate) ?? nameText(certificate);
  if (claim.authority !== cut(name)) throw new Tampered('the authority is not the one that the proof file names', null, 'authority_name');
  const { anchor } = authority;
  return {
    authority: authority.name, signer: certificate, genTime: info.genTime, accuracy: info.accuracy, policy: info.policy,
    serial: info.serial, name, chain, anchor, lapses: lapseOf([...chain, anchor]),
  };
}

function cut(name: string): string {
  return [...name].slice(0, MAX_NAME).join('');
}

/** The chain to the first authority that it leads to and whose policies allow the token's. */
function way(authorities: readonly Authority[], leaf: Certificate, pool: readonly Certificate[], info: Info): { chain: Certificate[]; authority: Authority } {
  let problem: unknown = null;
  for (const authority of authorities) {
    try {
      const chain = chainTo(authority.anchor, leaf, pool, info.genTime);
      if (!authority.policies.length || authority.policies.includes(info.policy)) return { chain, authority };
      problem = new Tampered('the policy is none of those that the trust root names', null, 'policy');
    } catch (error) {
      if (!(error instanceof Tampered || error instanceof MalformedInput)) throw error;
      if (!(problem instanceof Tampered) || problem.code === 'chain') problem = error;
    }
  }
  throw problem;
}

function readEnvelope(token: Uint8Array): Envelope {
  checkDer(token);
  const outer = new Members(readDer(token));
  if (oid(outer.next()) !== SIGNED_DATA) throw new Tampered('the token is not signed data', null, 'envelope');
  const fields = new Members(inner(outer.next(context(0))));
  outer.done();
  smallInteger(fields.next(), 3, 3);
  const digestAlgorithms = children(fields.next(TAG.SET));
  const content = readContent(fields.next());
  const certificates = fields.optional(context(0));
  fields.optional(context(1)); // revocation lists that nobody signed for: not relied on
  const [signer, ...others] = children(fields.next(TAG.SET));
  fields.done();
  if (!signer || others.length) throw new Tampered('the token does not have one signature', null, 'envelope');
  const found = certificates ? children(certificates).filter(({ tag }) => tag === TAG.SEQUENCE).map(({ whole }) => whole) : [];
  if (found.length > MAX_CERTIFICATES) throw new MalformedInput(`more than ${MAX_CERTIFICATES} certificates in a token`);
  return { content, digestAlgorithms, certificates: readable(found), signer: readSigner(signer) };
}

function readContent(value: Der): Uint8Array {
  const fields = new Members(value);
  if (oid(fields.next()) !== TST_INFO) throw new Tampered('the token is over no timestamp', null, 'envelope');
  const content = octets(inner(fields.next(context(0))));
  fields.done();
  return content;
}

function readSigner(value: Der): Signer {
  const fields = new Members(value);
  const version = smallInteger(fields.next(), 1, 3);
  const sid = fields.next(TAG.SEQUENCE, context(0, false));
  if (version !== (sid.tag === TAG.SEQUENCE ? 1 : 3)) throw new Tampered("the token's envelope is not of its kind", null, 'envelope');
  const digestAlgorithm = fields.next(TAG.SEQUENCE);
  const attributes = fields.next(context(0));
  const algorithm = readAlgorithm(fields.next());
  const signature = octets(fields.next());
  fields.optional(context(1)); // attributes that nobody signed: not relied on
  fields.done();
  return { sid, digestAlgorithm, attributes, algorithm, signature };
}

function readInfo(content: Uint8Array): Info {
  checkDer(content);
  const fields = new Members(readDer(content));
  smallInteger(fields.next(), 1, 1);
  const policy = oid(fields.next());
  const imprint = new Members(fields.next());
  const imprintAlgorithm = readAlgorithm(imprint.next());
  const value = octets(imprint.next());
  imprint.done();
  const serial = integer(fields.next());
  const genTime = time(fields.next(TAG.TIME));
  const accuracy = readAccuracy(fields.optional(TAG.SEQUENCE));
  const ordering = fields.optional(TAG.BOOLEAN);
  if (ordering) boolean(ordering);
  const nonce = fields.optional(TAG.INTEGER);
  const repeated = nonce ? integer(nonce) : 0n;
  if (serial < 0n || [serial, repeated, -repeated].some((one) => one >= NUMBER_END)) throw new MalformedInput('a number out of its bounds');
  fields.optional(context(0));
  const extensions = readExtensions(fields.optional(context(1)));
  fields.done();
  for (const one of extensions.values()) if (one.critical) throw new Tampered('a critical extension that is not understood', null, 'envelope');
  return { policy, imprintAlgorithm, imprint: value, serial, genTime, accuracy };
}

function readAccuracy(value: Der | null): bigint | null {
  if (!value) return null;
  const fields = new Members(value);
  const seconds = fields.optional(TAG.INTEGER);
  const millis = fields.optional(context(0, false));
  const micros = fields.optional(context(1, false));
  fields.done();
  const most = Number.MAX_SAFE_INTEGER;
  return (
    BigInt(seconds ? smallInteger(seconds, 0, most) : 0) * 1_000_000n +
    BigInt(millis ? smallInteger(millis, 0, 999, context(0, false)) : 0) * 1_000n +
    BigInt(micros ? smallInteger(micros, 0, 999, context(1, false)) : 0)
  );
}

function signerOf(envelope: Envelope): Certificate {
  const { sid } = envelope.signer;
  const found = envelope.certificates.find((one) => isNamed(sid, one));
  if (!found) throw new Tampered("the token does not carry its signer's certificate", null, 'certificate');
  return found;
}

function isNamed(sid: Der, certificate: Certificate): boolean {
  if (sid.tag !== TAG.SEQUENCE) {
    const own = keyIdentifier(certificate);
    return own !== null && equal(sid.body, own);
  }
  const fields = new Members(sid);
  const [issuer, serial] = [fields.next(), integer(fields.next())];
  fields.done();
  return equal(issuer.whole, certificate.issuer) && serial === certificate.serial;
}

/** Rule 1: algorithms agree, the attributes are those of this content and certificate, and the signature is right. */
function checkSignature(envelope: Envelope, certificate: Certificate): void {
  const { signer, content, digestAlgorithms } = envelope;
  const digest = digestOf(readAlgorithm(signer.digestAlgorithm));
  const listed = digestAlgorithms.length > 0 && digestAlgorithms.every((one) => digestOf(readAlgorithm(one)) === digest);
  const stated = digestOfSignature(signer.algorithm);
  if (!listed || (stated !== null && stated !== digest)) throw new Tampered("the token's algorithms do not fit together", null, 'envelope');
  const attributes = readAttributes(signer.attributes);
  if (oid(only(attributes, ATTRIBUTE.CONTENT_TYPE)) !== TST_INFO) throw new Tampered('the signed content is of another kind', null, 'envelope');
  if (!equal(octets(only(attributes, ATTRIBUTE.DIGEST)), DIGESTS[digest](content))) throw new Tampered('the signed content was changed', null, 'signature');
  checkNamed(attributes, certificate);
  const covered = signer.attributes.whole.slice();
  covered[0] = TAG.SET;
  if (!signed(keyOf(certificate), signer.algorithm, covered, signer.signature, digest)) throw new Tampered('the signature is not right', null, 'signature');
}

function readAttributes(value: Der): Map<string, Der[]> {
  const found = new Map<string, Der[]>();
  for (const one of children(value)) {
    const fields = new Members(one);
    const name = oid(fields.next());
    const values = children(fields.next(TAG.SET));
    fields.done();
    if (found.has(name)) throw new MalformedInput('a signed attribute appears twice');
    found.set(name, values);
  }
  return found;
}

function only(attributes: Map<string, Der[]>, name: string): Der {
  const [value, ...others] = attributes.get(name) ?? [];
  if (!value || others.length) throw new Tampered('a signed attribute is missing or has several values', null, 'envelope');
  return value;
}

/** The signed attributes name the signer's certificate (ESSCertID or ESSCertIDv2). */
function checkNamed(attributes: Map<string, Der[]>, certificate: Certificate): void {
  const kinds = [ATTRIBUTE.CERTIFICATE, ATTRIBUTE.CERTIFICATE_V2].filter((name) => attributes.has(name));
  if (!kinds.length) throw new Tampered("no signed attribute names the signer's certificate", null, 'certificate');
  for (const name of kinds) {
    const outer = new Members(only(attributes, name));
    const [first] = children(outer.next(TAG.SEQUENCE));
    const fields = new Members(first);
    const algorithm = name === ATTRIBUTE.CERTIFICATE_V2 ? fields.optional(TAG.SEQUENCE) : null;
    const hash = octets(fields.next());
    const place = fields.optional(TAG.SEQUENCE);
    fields.done();
    const digest: DigestName = algorithm ? digestOf(readAlgorithm(algorithm)) : 'sha256';
    const own = name === ATTRIBUTE.CERTIFICATE ? sha1(certificate.der) : DIGESTS[digest](certificate.der);
    if (!equal(hash, own) || (place && !isAt(place, certificate))) throw new Tampered("the signed attributes name another certificate", null, 'certificate');
  }
}

/** IssuerSerial: the names of the issuer, one of them its directory name, and the serial number. */
function isAt(place: Der, certificate: Certificate): boolean {
  const fields = new Members(place);
  const names = children(fields.next(TAG.SEQUENCE));
  const serial = integer(fields.next());
  fields.optional(TAG.BITS);
  fields.done();
  const named = names.some((one) => one.tag === context(4) && equal(one.body, certificate.issuer));
  return named && serial === certificate.serial;
}

/** Rule 4: the extended key usage is critical, and time stamping alone; a stated key usage is for signatures alone. */
function checkUsage(certificate: Certificate): void {
  const usage = usages(certificate);
  if (!usage?.critical || usage.list.length !== 1 || usage.list[0] !== TIME_STAMPING) {
    throw new Tampered("the signer's certificate is not for time stamping alone", null, 'usage');
  }
  if (!allows(certificate, USAGE.DIGITAL_SIGNATURE, USAGE.NON_REPUDIATION) || isForMore(certificate)) {
    throw new Tampered("the signer's key is for something else", null, 'usage');
  }
}
