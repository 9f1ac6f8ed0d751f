"""What the vectors about outside time share: times, lines of tokens, what is found.
Not here: the vectors (see `vector_tokens`, `vector_revocations`, `vector_renewals`)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509

from evidence.proof import RevocationClaim, RevocationKind, Stamp, TokenClaim, renewal_imprint
from evidence.trust import TimestampAuthority, TrustRoot
from scripts.vector_form import FAILED, UNDETERMINED, Case
from scripts.vector_keys import FixedAuthority

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
LATER = datetime(2028, 3, 1, tzinfo=UTC)
"""When a line is renewed."""
AFTERWARDS = datetime(2028, 6, 1, tzinfo=UTC)
"""The present time of a proof with renewals."""
UNKNOWN = {"time.revocation": UNDETERMINED}
REVOKED = {"time.revocation": FAILED}
NO_TOKEN = {"time.token": FAILED}
NO_RENEWAL = {"time.renewal": FAILED}
COMPROMISED = x509.ReasonFlags.key_compromise
SUPERSEDED = x509.ReasonFlags.superseded


def line(case: Case, *stamps: Stamp, **changes: Any) -> dict[str, Any]:
    """What a vector with this one line of tokens takes besides its name: the proof, and changes."""
    claim = TokenClaim(stamps[0], tuple(stamps[1:]))
    return {"proof": replace(case.honest, timestamps=(claim,)), **changes}


def plain(case: Case) -> Stamp:
    """The token of the honest case."""
    return case.honest.timestamps[0].first


def ocsp_claim(value: bytes) -> tuple[RevocationClaim, ...]:
    """An OCSP response as it stands in a proof."""
    return (RevocationClaim(RevocationKind.OCSP, value),)


def crl_claim(value: bytes) -> tuple[RevocationClaim, ...]:
    """A certificate list as it stands in a proof."""
    return (RevocationClaim(RevocationKind.CRL, value),)


def renewed(
    imprint: bytes, first: Stamp, by: FixedAuthority, moment: datetime = LATER, **token: Any
) -> tuple[Stamp, Stamp]:
    """A token and its renewal."""
    return first, by.stamp(renewal_imprint(imprint, first), moment, **token)


def also(stamp: Stamp, *claims: RevocationClaim) -> Stamp:
    """An entry with more revocation data than its own."""
    return replace(stamp, revocations=(*stamp.revocations, *claims))


def trusting_both(case: Case) -> TrustRoot:
    """The trust root with the second authority."""
    second = FixedAuthority("Second Time Authority")
    entry = TimestampAuthority(second.name, second.anchor)
    return replace(case.world.trust, timestamp_authorities=(*case.world.trust.timestamp_authorities, entry))


def usage(*allowed: str) -> x509.KeyUsage:
    """A key usage for these alone."""
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: name in allowed for name in names})
