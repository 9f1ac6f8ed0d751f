"""The vectors about outside time: tokens, their certificates, revocation data and renewals, good and bad.
Not here: how such tokens are made (see `vector_keys`, `token_maker`) and all other vectors (see `make_vectors`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from evidence.proof import RevocationClaim, RevocationKind, Stamp, TokenClaim, renewal_imprint
from evidence.trust import TimestampAuthority
from scripts.token_maker import TokenForm
from scripts.vector_form import FAILED, UNDETERMINED, Case, Vector
from scripts.vector_keys import POLICY, FixedAuthority
from scripts.vector_parts import RECEIVED, STAMPED, word

DAY = timedelta(days=1)
LATER = datetime(2028, 3, 1, tzinfo=UTC)
"""When a line is renewed."""
AFTERWARDS = datetime(2028, 6, 1, tzinfo=UTC)
"""The present time of a proof with renewals."""
UNKNOWN = {"time.revocation": UNDETERMINED}
REVOKED = {"time.revocation": FAILED}
NO_TOKEN = {"time.token": FAILED}
COMPROMISED = x509.ReasonFlags.key_compromise
SUPERSEDED = x509.ReasonFlags.superseded


def line(case: Case, *stamps: Stamp, **changes: Any) -> dict[str, Any]:
    """What a vector with this one line of tokens takes besides its name: the proof, and changes."""
    claim = TokenClaim(stamps[0], tuple(stamps[1:]))
    return {"proof": replace(case.honest, timestamps=(claim,)), **changes}


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


def valid_tokens(case: Case) -> Iterator[Vector]:
    """Tokens that hold; where something is not passed it is not known."""
    yield from _numbers(case)
    yield from _shapes()
    yield from _known_revocations(case)
    yield from _unknown_revocations(case)
    yield from _renewals(case)


def _numbers(case: Case) -> Iterator[Vector]:
    world, honest = case.world, case.honest
    two = (world.token(STAMPED + timedelta(hours=2)), world.token())
    yield case.vector("two-tokens", "The earliest token counts.", proof=replace(honest, timestamps=two))
    none = {"time.token": UNDETERMINED}
    yield case.vector("no-token", "No timestamp.", none, replace(honest, timestamps=()))
    nobody = replace(world.trust, timestamp_authorities=())
    yield case.vector("no-authority", "No authority is trusted.", none, trust=nobody)


def _shapes() -> Iterator[Vector]:
    chain = Case(authority=FixedAuthority("Rsa Time Authority", key=3_072, intermediate=True))
    yield chain.vector("token-rsa-chain", "RSA, with an issuer between signer and anchor, and two lists.")
    world, head = chain.world, chain.world.batch.head
    parted = world.authority.stamp(head, STAMPED, embedded=world.authority.chain[:1])
    provided = replace(parted, certificates=(world.authority.chain[1].public_bytes(Encoding.DER),))
    yield chain.vector(
        "token-issuer-provided", "The issuer is beside the token, not in it.", **line(chain, provided)
    )
    case = Case(authority=FixedAuthority("Vector Time Authority"))
    world, head = case.world, case.world.batch.head
    for name, about, form in (
        ("token-sha512", "Signed over SHA-512.", TokenForm(digest="sha512")),
        ("token-first-identifier", "The certificate is named by ESSCertID.", TokenForm(identifier="v1")),
        ("token-by-key", "The signer is named by its key.", TokenForm(by_key=True)),
    ):
        yield case.vector(name, about, **line(case, world.authority.stamp(head, STAMPED, form=form)))
    loose = world.authority.stamp(head, STAMPED, accuracy={"seconds": 1, "millis": 500, "micros": 250})
    yield case.vector("token-accuracy", "An accuracy of seconds, millis and micros.", **line(case, loose))
    bare = world.authority.stamp(head, STAMPED, accuracy=None)
    yield case.vector("token-no-accuracy", "No accuracy is stated.", **line(case, bare))
    chosen = TimestampAuthority(world.authority.name, world.authority.anchor, ("1.2.3.4", POLICY))
    trust = replace(world.trust, timestamp_authorities=(chosen,))
    yield case.vector("token-policy-accepted", "One of the policies that are accepted.", trust=trust)


def _known_revocations(case: Case) -> Iterator[Vector]:
    world, head = case.world, case.world.batch.head
    authority, stamp = world.authority, world.authority.stamp(head, STAMPED)
    answered = replace(stamp, revocations=ocsp_claim(authority.ocsp(STAMPED - DAY)))
    yield case.vector("revocation-ocsp", "An OCSP response of a delegated responder.", **line(case, answered))
    endless = replace(stamp, revocations=ocsp_claim(authority.ocsp(STAMPED + DAY, term=None)))
    yield case.vector("revocation-ocsp-later", "A later response without an end.", **line(case, endless))
    scope = _scope(only_contains_user_certs=True)
    partial = replace(stamp, revocations=crl_claim(authority.crl(STAMPED - DAY, extensions=[(scope, True)])))
    yield case.vector("revocation-list-of-users", "A list for users' certificates.", **line(case, partial))
    ended = authority.revocation(STAMPED + DAY, SUPERSEDED)
    harmless = replace(stamp, revocations=authority.lists(STAMPED + 2 * DAY, [ended]))
    yield case.vector("revoked-later-superseded", "Superseded a day after the token.", **line(case, harmless))
    told = ocsp_claim(authority.ocsp(STAMPED + 2 * DAY, (STAMPED + DAY, SUPERSEDED)))
    yield case.vector(
        "revoked-later-superseded-ocsp",
        "The same, told by OCSP.",
        **line(case, replace(stamp, revocations=told)),
    )
    other = x509.RevokedCertificateBuilder().serial_number(77).revocation_date(STAMPED - DAY).build()
    elsewhere = replace(stamp, revocations=authority.lists(STAMPED, [other]))
    yield case.vector("revoked-another", "Another certificate is revoked.", **line(case, elsewhere))
    broken = authority.revocation(LATER + DAY, COMPROMISED)
    first = replace(stamp, revocations=authority.lists(LATER + 2 * DAY, [broken]))
    saved = renewed(head, first, FixedAuthority("Second Time Authority"))
    yield case.vector(
        "revoked-renewed-before",
        "The key was compromised after the token had been renewed by another authority.",
        **line(case, *saved, trust=_both(case), at=AFTERWARDS),
    )


def _unknown_revocations(case: Case) -> Iterator[Vector]:
    authority, stamp = case.world.authority, case.world.authority.stamp(case.world.batch.head, STAMPED)
    stranger = FixedAuthority("Vector Time Authority", key=2_048)
    delta = x509.DeltaCRLIndicator(1)
    for name, about, data in (
        ("no-revocation", "No revocation data.", ()),
        ("list-by-stranger", "A list of that name by another key.", stranger.lists(STAMPED)),
        ("list-out-of-date", "A list from before.", crl_claim(authority.crl(STAMPED - 30 * DAY))),
        ("list-of-authorities", "A list for authorities' certificates.",
         crl_claim(authority.crl(STAMPED - DAY, extensions=[(_scope(only_contains_ca_certs=True), True)]))),
        ("list-indirect", "A list for other issuers too.",
         crl_claim(authority.crl(STAMPED - DAY, extensions=[(_scope(indirect_crl=True), True)]))),
        ("list-elsewhere", "A part of a list that the certificate does not point to.",
         crl_claim(authority.crl(STAMPED - DAY, extensions=[(_scope(url="http://tsa.example/2.crl"), True)]))),
        ("list-delta", "Only what changed.", crl_claim(authority.crl(STAMPED - DAY, extensions=[(delta, True)]))),
        ("list-junk", "No list at all.", crl_claim(b"junk")),
        ("ocsp-junk", "No response at all.", ocsp_claim(b"\x30\x00")),
        ("ocsp-unmarked", "A responder not made for it.", ocsp_claim(authority.ocsp(STAMPED, responder="unmarked"))),
        ("ocsp-by-web-server", "A responder made for the web.", ocsp_claim(authority.ocsp(STAMPED, responder="web"))),
        ("ocsp-by-stranger", "A stranger's responder.", ocsp_claim(authority.ocsp(STAMPED, responder="stranger"))),
        ("ocsp-endless-before", "Without an end, from before.", ocsp_claim(authority.ocsp(STAMPED - DAY, term=None))),
        ("list-as-ocsp", "A list under the wrong name.", ocsp_claim(authority.crl(STAMPED - DAY))),
    ):  # fmt: skip
        yield case.vector(f"unknown-{name}", about, UNKNOWN, **line(case, replace(stamp, revocations=data)))
    chain = Case(authority=FixedAuthority("Rsa Time Authority", key=3_072, intermediate=True))
    whole = chain.world.authority.stamp(chain.world.batch.head, STAMPED)
    half = replace(whole, revocations=whole.revocations[:1])
    yield chain.vector(
        "unknown-issuer", "Nothing about the issuer's certificate.", UNKNOWN, **line(chain, half)
    )


def _renewals(case: Case) -> Iterator[Vector]:
    world, head = case.world, case.world.batch.head
    stamp, second = world.authority.stamp(head, STAMPED), FixedAuthority("Second Time Authority")
    once = renewed(head, stamp, world.authority)
    yield case.vector("renewed", "Renewed by the same authority.", **line(case, *once, at=AFTERWARDS))
    again = second.stamp(renewal_imprint(renewal_imprint(head, stamp), once[1]), AFTERWARDS - DAY)
    twice = line(case, *once, again, trust=_both(case), at=AFTERWARDS)
    yield case.vector("renewed-twice", "Renewed again, by another authority.", **twice)
    lapsed, then = {"time.renewal": UNDETERMINED}, datetime(2029, 1, 1, tzinfo=UTC)
    short = Case(authority=FixedAuthority("Short Lived Authority", days=900))
    head = short.world.batch.head
    early = short.world.authority.stamp(head, STAMPED)
    yield short.vector("lapsed", "Valid when it signed, expired since.", lapsed, at=then)
    pair = renewed(head, early, second)
    kept = line(short, *pair, trust=_both(short), at=then)
    yield short.vector("renewed-in-time", "The certificate expired after the renewal.", **kept)
    weak = Case(authority=FixedAuthority("Rsa 2048 Authority", key=2_048, days=6_000))
    good = weak.world.authority.stamp(weak.world.batch.head, STAMPED)
    last = datetime(2030, 12, 31, 23, 59, 59, tzinfo=UTC)
    yield weak.vector("algorithm-last-day", "RSA of 2048 bits on its last day.", **line(weak, good, at=last))
    yield weak.vector(
        "algorithm-lapsed", "A second later.", lapsed, **line(weak, good, at=last + timedelta(seconds=1))
    )


def invalid_tokens(case: Case) -> Iterator[Vector]:
    """Tokens that are not what they seem, were revoked, or were renewed badly."""
    yield from _changed(case)
    yield from _badly_made(case)
    yield from _badly_certified()
    yield from _revoked(case)
    yield from _badly_renewed(case)
    early = line(case, case.world.authority.stamp(case.world.batch.head, RECEIVED - timedelta(minutes=2)))
    yield case.vector("token-before-reception", "Stamped before received.", {"time.order": FAILED}, **early)


def _changed(case: Case) -> Iterator[Vector]:
    world, head = case.world, case.world.batch.head
    foreign = FixedAuthority("Foreign Authority")
    good = world.authority.stamp(head, STAMPED)
    bent, version = bytearray(good.token), bytearray(good.token)
    bent[len(bent) // 2] ^= 1
    version[good.token.index(b"\x02\x01\x03\x31") + 2] = 1
    for name, about, stamp in (
        ("token-foreign", "An authority that is not trusted.", foreign.stamp(head, STAMPED)),
        ("token-other-head", "A token over another head.", world.authority.stamp(word("x"), STAMPED)),
        ("token-changed", "One bit of the token is changed.", replace(good, token=bytes(bent))),
        ("token-envelope-changed", "The envelope's version is changed.", replace(good, token=bytes(version))),
        ("token-longer", "A byte after the token.", replace(good, token=good.token + b"\x00")),
        ("token-renamed", "Another authority's name.", replace(good, authority="国家授时中心")),
        ("token-junk", "No token at all.", replace(good, token=b"junk")),
    ):
        yield case.vector(name, about, NO_TOKEN, **line(case, stamp))
    chosen = TimestampAuthority(world.authority.name, world.authority.anchor, ("1.2.3.4",))
    trust = replace(world.trust, timestamp_authorities=(chosen,))
    yield case.vector("token-policy-other", "A policy that is not accepted.", NO_TOKEN, trust=trust)


def _badly_made(case: Case) -> Iterator[Vector]:
    authority, head = case.world.authority, case.world.batch.head
    other = FixedAuthority("Vector Time Authority", days=2_999).signer.certificate
    for name, about, form in (
        ("token-sha1", "Signed over SHA-1.", TokenForm(digest="sha1")),
        ("token-two-signers", "Two signers.", TokenForm(signers=2)),
        ("token-unidentified", "The signer's certificate is not named.", TokenForm(identifier=None)),
        ("token-identified-other", "Another certificate is named.", TokenForm(identified=other)),
        ("token-identified-other-first", "The same by ESSCertID.", TokenForm(identifier="v1", identified=other)),
    ):  # fmt: skip
        yield case.vector(name, about, NO_TOKEN, **line(case, authority.stamp(head, STAMPED, form=form)))
    unknown = [{"extn_id": "1.3.6.1.4.1.32473.1", "critical": True, "extn_value": b"\x05\x00"}]
    for name, about, info in (
        ("imprint-sha1", "The imprint is said to be SHA-1.", {"message_imprint": _imprint("sha1", head)}),
        ("imprint-sha384", "The imprint is said to be SHA-384.", {"message_imprint": _imprint("sha384", head)}),
        ("extension-unknown", "An extension that must be understood.", {"extensions": unknown}),
    ):  # fmt: skip
        yield case.vector(
            f"token-{name}", about, NO_TOKEN, **line(case, authority.stamp(head, STAMPED, **info))
        )
    bare = authority.stamp(head, STAMPED, embedded=())
    beside = replace(bare, certificates=(authority.chain[0].public_bytes(Encoding.DER),))
    absent = "The signer's certificate is beside it, not in it."
    yield case.vector("token-without-certificate", absent, NO_TOKEN, **line(case, beside))


def _imprint(algorithm: str, value: bytes) -> dict[str, Any]:
    return {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": value}


def _badly_certified() -> Iterator[Vector]:
    stamping, web = ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.SERVER_AUTH
    for name, about, shape in (
        ("token-by-web-server", "A certificate not for timestamps.", {"usages": (web,)}),
        ("token-usage-missing", "No extended key usage.", {"usages": None}),
        ("token-usage-not-critical", "An extended key usage that is not critical.", {"critical": False}),
        ("token-usage-more", "For web servers as well.", {"usages": (stamping, web)}),
        ("token-key-usage", "A key for encryption.", {"key_usage": _usage("key_encipherment")}),
        ("token-by-expired", "A certificate that had expired.", {"days": 30}),
        ("token-by-early", "A certificate that was not valid yet.", {"first_day": STAMPED + DAY}),
        ("token-anchor-expired", "The anchor had expired.", {"root_days": 30}),
        ("token-issuer-expired", "The issuer had expired.", {"intermediate": True, "between_days": 30}),
        ("token-issuer-no-authority", "The issuer is no authority.",
         {"intermediate": True, "intermediate_is_authority": False}),
        ("token-rsa-1024", "RSA of 1024 bits.", {"key": 1_024}),
    ):  # fmt: skip
        yield Case(authority=FixedAuthority("Odd Time Authority", **shape)).vector(name, about, NO_TOKEN)
    chain = Case(authority=FixedAuthority("Rsa Time Authority", key=3_072, intermediate=True))
    authority = chain.world.authority
    alone = authority.stamp(chain.world.batch.head, STAMPED, embedded=authority.chain[:1])
    yield chain.vector("token-issuer-missing", "The issuer is nowhere.", NO_TOKEN, **line(chain, alone))


def _revoked(case: Case) -> Iterator[Vector]:
    authority, head = case.world.authority, case.world.batch.head
    stamp = authority.stamp(head, STAMPED)
    for name, about, entry in (
        ("superseded-before", "Superseded a day before the token.", authority.revocation(STAMPED - DAY, SUPERSEDED)),
        ("superseded-then", "Superseded in the same second.", authority.revocation(STAMPED, SUPERSEDED)),
        ("compromised", "The key was compromised later.", authority.revocation(STAMPED + DAY, COMPROMISED)),
        ("no-reason", "Revoked later, no reason stated.", authority.revocation(STAMPED + DAY)),
    ):  # fmt: skip
        data = authority.lists(STAMPED + 2 * DAY, [entry])
        yield case.vector(f"revoked-{name}", about, REVOKED, **line(case, replace(stamp, revocations=data)))
    told = ocsp_claim(authority.ocsp(STAMPED + 2 * DAY, (STAMPED + DAY, COMPROMISED)))
    answered = replace(stamp, revocations=(*stamp.revocations, *told))
    yield case.vector(
        "revoked-ocsp", "A list knows nothing of it, OCSP does.", REVOKED, **line(case, answered)
    )
    second, both = FixedAuthority("Second Time Authority"), _both(case)
    for name, about, entry in (
        ("renewed-after", "Renewed only after the key was compromised.",
         authority.revocation(LATER - DAY, COMPROMISED)),
        ("renewed-after-invalidity", "Renewed before the revocation, but after the key was lost.",
         authority.revocation(LATER + DAY, COMPROMISED, invalid_since=LATER - DAY)),
    ):  # fmt: skip
        first = replace(stamp, revocations=authority.lists(LATER + 2 * DAY, [entry]))
        pair = line(case, *renewed(head, first, second), trust=both, at=AFTERWARDS)
        yield case.vector(f"revoked-{name}", about, REVOKED, **pair)
    entry = authority.revocation(LATER + DAY, COMPROMISED)
    first = replace(stamp, revocations=authority.lists(LATER + 2 * DAY, [entry]))
    _, renewal = renewed(head, first, second)
    lost = second.lists(LATER + 2 * DAY, [second.revocation(LATER + DAY, COMPROMISED)])
    doubtful = line(case, first, replace(renewal, revocations=lost), trust=both, at=AFTERWARDS)
    yield case.vector("revoked-both", "The renewal's key was compromised too.", REVOKED, **doubtful)


def _badly_renewed(case: Case) -> Iterator[Vector]:
    world, head = case.world, case.world.batch.head
    authority, stamp = world.authority, world.authority.stamp(head, STAMPED)
    over = renewal_imprint(head, stamp)
    failed = {"time.renewal": FAILED}
    foreign = FixedAuthority("Foreign Authority")
    dropped = replace(stamp, revocations=())
    for name, about, stamps, findings in (
        ("other", "A renewal of something else.", (stamp, authority.stamp(word("x"), LATER)), failed),
        ("head", "A second token over the head is no renewal.", (stamp, authority.stamp(head, LATER)), failed),
        ("earlier", "Earlier than what it renews.", (stamp, authority.stamp(over, STAMPED - DAY)), failed),
        ("foreign", "By an authority that is not trusted.", (stamp, foreign.stamp(over, LATER)), failed),
        ("dropped", "The list that was renewed is gone.", (dropped, authority.stamp(over, LATER)),
         {**failed, **UNKNOWN}),
    ):  # fmt: skip
        yield case.vector(f"renewal-{name}", about, findings, **line(case, *stamps, at=AFTERWARDS))
    short = Case(authority=FixedAuthority("Short Lived Authority", days=400))
    first = short.world.authority.stamp(short.world.batch.head, STAMPED)
    late = renewed(short.world.batch.head, first, FixedAuthority("Second Time Authority"))
    after = line(short, *late, trust=_both(short), at=AFTERWARDS)
    yield short.vector("renewal-too-late", "The certificate had expired before.", failed, **after)


def _both(case: Case) -> Any:
    second = FixedAuthority("Second Time Authority")
    entry = TimestampAuthority(second.name, second.anchor)
    return replace(case.world.trust, timestamp_authorities=(*case.world.trust.timestamp_authorities, entry))


def _scope(url: str | None = None, **scope: bool) -> x509.IssuingDistributionPoint:
    flags = (
        "only_contains_user_certs",
        "only_contains_ca_certs",
        "indirect_crl",
        "only_contains_attribute_certs",
    )
    named = None if url is None else [x509.UniformResourceIdentifier(url)]
    return x509.IssuingDistributionPoint(
        named, None, only_some_reasons=None, **{flag: scope.get(flag, False) for flag in flags}
    )


def _usage(*allowed: str) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: name in allowed for name in names})
