// X.509 certificates (RFC 5280), as far as timestamp authorities need them.
// Not here: chains (see chain.ts) and revocation (see revocation.ts).
import { equal, fromBase64 } from './bytes';
import { bits, boolean, context, hasBit, inner, integer, Members, octets, oid, readDer, smallInteger, TAG, text, time, children, type Der } from './der';
import { MalformedInput, Tampered } from './errors';
import type { Instant } from './instant';
import { readAlgorithm, readKey, type Algorithm, type PublicKey } from './keys';

const COMMON_NAME = '2.5.4.3';
const EXTENSION = { KEY_USAGE: '2.5.29.15', CONSTRAINTS: '2.5.29.19', EXTENDED_USAGE: '2.5.29.37', KEY_ID: '2.5.29.14', POINTS: '2.5.29.31', NAME_CONSTRAINTS: '2.5.29.30' };
const UNDERSTOOD = new Set([EXTENSION.KEY_USAGE, EXTENSION.CONSTRAINTS, EXTENSION.EXTENDED_USAGE]);
const SERIAL_END = 1n << 160n;
export const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
export const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';
export const USAGE = { DIGITAL_SIGNATURE: 0, NON_REPUDIATION: 1, CERT_SIGN: 5, CRL_SIGN: 6 } as const;

export interface Extension {
  critical: boolean;
  value: Uint8Array;
}

export interface Certificate {
  der: Uint8Array;
  version: number;
  tbs: Uint8Array;
  serial: bigint;
  /** Names as DER; two names are the same when their bytes are. */
  issuer: Uint8Array;
  subject: Uint8Array;
  notBefore: Instant;
  notAfter: Instant;
  keyInfo: Der;
  algorithm: Algorithm;
  signature: Uint8Array;
  extensions: Map<string, Extension>;
}

/** Reads one certificate; MalformedInput for what is none. */
export function readCertificate(der: Uint8Array): Certificate {
  const outer = new Members(readDer(der));
  const tbs = outer.next(TAG.SEQUENCE);
  const outerAlgorithm = outer.next();
  const signature = bits(outer.next());
  outer.done();
  const fields = new Members(tbs);
  const version = fields.optional(context(0));
  const stated = version ? smallInteger(inner(version), 1, 2) + 1 : 1;
  const serial = integer(fields.next());
  const algorithm = fields.next();
  if (!equal(algorithm.whole, outerAlgorithm.whole)) throw new MalformedInput('not a certificate: two algorithms');
  const issuer = fields.next(TAG.SEQUENCE).whole;
  const validity = new Members(fields.next());
  const [notBefore, notAfter] = [time(validity.next()), time(validity.next())];
  validity.done();
  const subject = fields.next(TAG.SEQUENCE).whole;
  const keyInfo = fields.next(TAG.SEQUENCE);
  fields.optional(context(1, false));
  fields.optional(context(2, false));
  const listed = fields.optional(context(3));
  fields.done();
  const extensions = readExtensions(listed && inner(listed));
  return { der, version: stated, tbs: tbs.whole, serial, issuer, subject, notBefore, notAfter, keyInfo, algorithm: readAlgorithm(algorithm), signature, extensions };
}

/** Those of some certificates that can be read: another one might lead to the anchor all the same. */
export function readable(ders: readonly Uint8Array[]): Certificate[] {
  return ders.flatMap((der) => {
    try {
      return [readCertificate(der)];
    } catch (error) {
      if (error instanceof MalformedInput) return [];
      throw error;
    }
  });
}

/** Extensions by identifier, from the value that holds them one after another; none when it is missing. */
export function readExtensions(list: Der | null): Map<string, Extension> {
  const found = new Map<string, Extension>();
  for (const one of list ? children(list) : []) {
    const fields = new Members(one);
    const name = oid(fields.next());
    const flag = fields.optional(TAG.BOOLEAN);
    const value = octets(fields.next());
    fields.done();
    if (found.has(name)) throw new MalformedInput('an extension appears twice');
    found.set(name, { critical: flag !== null && boolean(flag), value });
  }
  return found;
}

/** The certificate's key; Tampered for kinds and sizes that are not relied on. */
export function keyOf(certificate: Certificate): PublicKey {
  return readKey(certificate.keyInfo);
}

/** The first common name of a subject; null when it has none. */
export function commonName(certificate: Certificate): string | null {
  for (const set of children(readDer(certificate.subject))) {
    for (const pair of children(set)) {
      const fields = new Members(pair);
      if (oid(fields.next()) === COMMON_NAME) return text(fields.next());
    }
  }
  return null;
}

const SHORT_NAMES: Record<string, string> = {
  '2.5.4.3': 'CN', '2.5.4.7': 'L', '2.5.4.8': 'ST', '2.5.4.10': 'O', '2.5.4.11': 'OU', '2.5.4.6': 'C', '2.5.4.9': 'STREET',
  '0.9.2342.19200300.100.1.25': 'DC', '0.9.2342.19200300.100.1.1': 'UID',
};

/** The whole subject as RFC 4514 text: the last part first. */
export function nameText(certificate: Certificate): string {
  const parts = children(readDer(certificate.subject)).map((set) => children(set).map(pairText).join('+'));
  return parts.reverse().join(',');
}

function pairText(pair: Der): string {
  const fields = new Members(pair);
  const name = oid(fields.next());
  const value = text(fields.next())
    .replace(/[\\",+;<>]/g, '\\$&')
    .replace(/\0/g, '\\00')
    .replace(/^[# ]/, '\\$&')
    .replace(/ $/, '\\ ');
  return `${SHORT_NAMES[name] ?? name}=${value}`;
}

/** The extended key usages, or null when they are not restricted. */
export function usages(certificate: Certificate): { critical: boolean; list: string[] } | null {
  const extension = certificate.extensions.get(EXTENSION.EXTENDED_USAGE);
  if (!extension) return null;
  return { critical: extension.critical, list: children(readDer(extension.value)).map(oid) };
}

/** May the key be used so? A certificate without the extension allows every use. */
export function allows(certificate: Certificate, ...uses: number[]): boolean {
  const extension = certificate.extensions.get(EXTENSION.KEY_USAGE);
  if (!extension) return true;
  const value = readDer(extension.value);
  return uses.some((use) => hasBit(value, use));
}

/** Is a stated key usage for more than signatures: encryption, key agreement, certificates, lists? */
export function isForMore(certificate: Certificate): boolean {
  return certificate.extensions.has(EXTENSION.KEY_USAGE) && allows(certificate, 2, 3, 4, USAGE.CERT_SIGN, USAGE.CRL_SIGN);
}

/** Basic constraints: may it issue, and how many certificates may stand below it (null: any number)? */
export function constraints(certificate: Certificate): { authority: boolean; below: number | null } {
  const extension = certificate.extensions.get(EXTENSION.CONSTRAINTS);
  if (!extension) return { authority: false, below: null };
  const fields = new Members(readDer(extension.value));
  const flag = fields.optional(TAG.BOOLEAN);
  const below = fields.optional(TAG.INTEGER);
  fields.done();
  return { authority: flag !== null && boolean(flag), below: below ? smallInteger(below, 0, 1_000) : null };
}

/** Tampered for a certificate that is of another form than those on a path: version, serial number, extensions. */
export function checkForm({ version, serial, extensions }: Certificate): void {
  if (version !== 3 || serial < 0n || serial >= SERIAL_END) throw new Tampered('a certificate of another form', null, 'chain');
  for (const [name, extension] of extensions) {
    if ((extension.critical && !UNDERSTOOD.has(name)) || name === EXTENSION.NAME_CONSTRAINTS) {
      throw new Tampered(`a certificate's extension ${name} is not understood`, null, 'chain');
    }
  }
}

/** The bit string of the subject's key, over which key identifiers are computed. */
export function keyBits(certificate: Certificate): Uint8Array {
  const fields = new Members(certificate.keyInfo);
  fields.next();
  return bits(fields.next());
}

/** The subject key identifier, or null. */
export function keyIdentifier(certificate: Certificate): Uint8Array | null {
  const extension = certificate.extensions.get(EXTENSION.KEY_ID);
  return extension ? octets(readDer(extension.value)) : null;
}

/** The CRL distribution points' content, or null. */
export function distributionPoints(certificate: Certificate): Der[] {
  const extension = certificate.extensions.get(EXTENSION.POINTS);
  return extension ? children(readDer(extension.value)) : [];
}

const PEM = /^\s*-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END CERTIFICATE-----\s*$/;

/** The DER of one PEM certificate; null when the text is something else. */
export function fromPem(pem: string): Uint8Array | null {
  const found = PEM.exec(pem);
  return found ? fromBase64((found[1] ?? '').replace(/\s+/g, '')) : null;
}
