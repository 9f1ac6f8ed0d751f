// The way from a certificate to an anchor that the verifier trusts, at a given time (RFC 5280 §6.1, without revocation).
import { equal } from './bytes';
import { EvidenceError, Tampered } from './errors';
import { instantOf, type Instant } from './instant';
import { signed } from './keys';
import { allows, checkForm, constraints, keyOf, USAGE, type Certificate } from './x509';

/** Certificates between the signer's and the anchor, at most. */
const MAX_BETWEEN = 8;
/** Signatures that are tried for one token; a hostile file could name many certificates of the same name. */
const MAX_TRIES = 64;
const WEAK_UNTIL = dayEnd(2030, 12, 31);
const RELIED_ON_UNTIL = dayEnd(2035, 12, 31);
const STRONG_RSA_BITS = 3_072;

function dayEnd(year: number, month: number, day: number): Instant {
  return instantOf(year, month, day, 23, 59, 59, '') ?? 0n;
}

/** Did this certificate's key sign the other certificate? */
export function issued(issuer: Certificate, certificate: Certificate): boolean {
  return equal(issuer.subject, certificate.issuer) && signed(keyOf(issuer), certificate.algorithm, certificate.tbs, certificate.signature);
}

/** The certificates from `leaf` up to below `anchor` (none when they are the same); Tampered when none lead there. */
export function chainTo(anchor: Certificate, leaf: Certificate, pool: readonly Certificate[], at: Instant): Certificate[] {
  checkValid(anchor, at);
  checkValid(leaf, at);
  checkForm(leaf);
  if (equal(leaf.der, anchor.der)) return [];
  let tries = 0;
  let problem = new Tampered('no certificates lead to a trusted authority', null, 'chain');
  const climb = (way: Certificate[]): Certificate[] | null => {
    const top = way[way.length - 1] ?? leaf;
    for (const issuer of [anchor, ...pool]) {
      if (!equal(issuer.subject, top.issuer) || way.includes(issuer)) continue;
      tries += 1;
      if (tries > MAX_TRIES || (way.length > MAX_BETWEEN && issuer !== anchor)) return null;
      try {
        if (!issued(issuer, top)) continue;
        checkIssuer(issuer, way.slice(1).filter((one) => !equal(one.subject, one.issuer)).length, at);
      } catch (error) {
        if (!(error instanceof EvidenceError)) throw error;
        problem = new Tampered(error.message, null, error.code ?? 'chain');
        continue;
      }
      const found = issuer === anchor || equal(issuer.der, anchor.der) ? way : climb([...way, issuer]);
      if (found) return found;
    }
    return null;
  };
  const found = climb([leaf]);
  if (!found) throw problem;
  return found;
}

function checkValid(certificate: Certificate, at: Instant): void {
  if (at < certificate.notBefore || at > certificate.notAfter) {
    throw new Tampered('a certificate was not valid at the time of the token', null, 'chain');
  }
}

/** below: how many issuers stand between this one and the leaf, those not counted that are their own issuers. */
function checkIssuer(issuer: Certificate, below: number, at: Instant): void {
  checkValid(issuer, at);
  checkForm(issuer);
  const { authority, below: most } = constraints(issuer);
  if (!authority || !allows(issuer, USAGE.CERT_SIGN)) throw new Tampered('a certificate that may not issue others', null, 'chain');
  if (most !== null && below > most) throw new Tampered('a chain longer than its authority allows', null, 'chain');
}

/** When the last of these certificates or their keys is no longer relied on (see section 8: a token lapses). */
export function lapseOf(certificates: readonly Certificate[]): Instant {
  return certificates.reduce((earliest, one) => {
    const key = keyOf(one);
    const algorithm = key.kind === 'rsa' && key.bits < STRONG_RSA_BITS ? WEAK_UNTIL : RELIED_ON_UNTIL;
    return [earliest, one.notAfter, algorithm].reduce((a, b) => (b < a ? b : a));
  }, RELIED_ON_UNTIL);
}
