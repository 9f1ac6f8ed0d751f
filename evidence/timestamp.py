"""RFC 3161 tokens: checked against the authorities that a verifier brings, one by one and as a line of renewals.
Not here: a token's inside (see `token`), asking for one (see `authority`) and revocation (see `revocation`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .errors import MalformedInput, Tampered
from .trust import TimestampAuthority

if TYPE_CHECKING:
    from cryptography import x509

    from .token import SignedToken

MAX_NAME = 200
"""Characters of an authority's name that a proof file keeps."""


@dataclass(frozen=True)
class Timestamp:
    """What a token that holds says. Times: aware, UTC; accuracy: None where the token states none.

    authority: the trust root's name for it; tsa_name: common name of the signer's certificate;
    chain: certificates from the signer's to the anchor; lapses_at: the last moment on which it is relied on.
    """

    gen_time: datetime
    accuracy: timedelta | None
    policy: str
    serial: int
    authority: str
    tsa_name: str
    chain: tuple[x509.Certificate, ...]
    lapses_at: datetime

    @property
    def not_later_than(self) -> datetime:
        """What was stamped existed at this time at the latest."""
        return self.gen_time + (self.accuracy or timedelta())

    @property
    def accuracy_ms(self) -> int | None:
        """The accuracy in milliseconds, rounded up."""
        return None if self.accuracy is None else -(-self.accuracy // timedelta(milliseconds=1))

    @property
    def certificate_expires(self) -> datetime:
        """End of the signer's certificate."""
        return self.chain[0].not_valid_after_utc


def verify_token(
    token: bytes,
    imprint: bytes,
    authorities: Sequence[TimestampAuthority],
    *,
    certificates: Sequence[bytes] = (),
    nonce: int | None = None,
) -> Timestamp:
    """Check a token by docs/proof-format.md §8, rules 1 to 5, and its nonce where one is given.

    token: DER of the TimeStampToken (CMS); imprint: 32 bytes; certificates: DER of those that lead to an anchor and
    are not in the token. MalformedInput for what is no token, Tampered with a code for one that does not hold.
    """
    from .token import open_token

    if not authorities:
        raise Tampered("no timestamp authority is trusted", code="no_anchor")
    opened = open_token(token)
    info = opened.info
    if info.imprint_algorithm != "sha256" or info.imprint != imprint:
        raise Tampered("the token is over something else", code="imprint")
    if info.critical:
        raise Tampered("the token has an extension that must be understood and is not", code="envelope")
    if nonce is not None and info.nonce != nonce:
        raise Tampered("the token does not repeat the nonce", code="nonce")
    return _believed(opened, authorities, certificates)


def _believed(
    opened: SignedToken, authorities: Sequence[TimestampAuthority], certificates: Sequence[bytes]
) -> Timestamp:
    """The token as the first authority has it whose anchor the signer leads to and whose policies allow it."""
    from .certificates import check_timestamping, common_name, lapse_of, load_readable

    check_timestamping(opened.signer)
    others = [*opened.certificates, *load_readable(certificates)]
    refusals = []
    for authority in authorities:
        try:
            chain = _chain(opened, authority, others)
        except Tampered as refusal:
            refusals.append(refusal)
            continue
        return Timestamp(
            gen_time=opened.info.gen_time,
            accuracy=opened.info.accuracy,
            policy=opened.info.policy,
            serial=opened.info.serial,
            authority=authority.name,
            tsa_name=common_name(opened.signer.subject),
            chain=chain,
            lapses_at=lapse_of(chain),
        )
    raise next((one for one in refusals if one.code == "policy"), refusals[0])


def _chain(
    opened: SignedToken, authority: TimestampAuthority, others: Sequence[x509.Certificate]
) -> tuple[x509.Certificate, ...]:
    from cryptography import x509

    from .certificates import path_to

    anchor = x509.load_pem_x509_certificate(authority.anchor.encode())
    chain = path_to(anchor, opened.signer, others, opened.info.gen_time)
    if authority.policies and opened.info.policy not in authority.policies:
        raise Tampered("the token's policy is not one of the authority's", code="policy")
    return chain


def check_named(stamp: Timestamp, authority: str) -> None:
    """A proof file names the authority as its certificate does (rule 6). Raises Tampered."""
    if authority != stamp.tsa_name[:MAX_NAME]:
        raise Tampered("the proof file names another authority", code="authority_name")


def check_follows(previous: Timestamp, stamp: Timestamp) -> None:
    """A renewal comes after the token before it and before that has lapsed (rule 7). Raises Tampered."""
    if stamp.gen_time < previous.gen_time:
        raise Tampered("the renewal is earlier than the token before it", code="order")
    if stamp.gen_time > previous.lapses_at:
        raise Tampered("the token before had lapsed when it was renewed", code="lapsed")


def require_imprint(imprint: bytes) -> None:
    """An imprint is 32 bytes of SHA-256. Raises MalformedInput."""
    if len(imprint) != 32:
        raise MalformedInput("an imprint is 32 bytes")
