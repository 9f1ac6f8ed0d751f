"""The vectors about single tokens: their envelope, what they sign and the certificates that they lead to.
Not here: how such tokens are made (see `vector_keys`, `token_maker`), revocation data and renewals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from evidence.trust import TimestampAuthority
from scripts.token_maker import TokenForm
from scripts.vector_form import FAILED, UNDETERMINED, Case, Vector
from scripts.vector_keys import POLICY, FixedAuthority, p256
from scripts.vector_lines import DAY, NO_TOKEN, line, plain, usage
from scripts.vector_ocsp import UNKNOWN_EXTENSION
from scripts.vector_parts import RECEIVED, STAMPED, exhibit, word
from scripts.vector_renewals import invalid_renewals, valid_renewals
from scripts.vector_revocations import invalid_revocations, valid_revocations

MINUTE = timedelta(seconds=60)


def valid_tokens(case: Case) -> Iterator[Vector]:
    """Tokens that hold; where something is not passed it is not known."""
    yield from _numbers(case)
    yield from _times(case)
    yield from _shapes()
    yield from _ways()
    yield from valid_revocations(case)
    yield from valid_renewals(case)


def _numbers(case: Case) -> Iterator[Vector]:
    world, honest = case.world, case.honest
    two = (world.token(STAMPED + timedelta(hours=2)), world.token())
    yield case.vector("two-tokens", "The earliest token counts.", proof=replace(honest, timestamps=two))
    none = {"time.token": UNDETERMINED}
    yield case.vector("no-token", "No timestamp.", none, replace(honest, timestamps=()))
    nobody = replace(world.trust, timestamp_authorities=())
    yield case.vector("no-authority", "No authority is trusted.", none, trust=nobody)


def _times(case: Case) -> Iterator[Vector]:
    authority, head = case.world.authority, case.world.batch.head
    edge = authority.stamp(head, RECEIVED - MINUTE)
    yield case.vector("token-minute-before", "Stamped a minute before it was received.", **line(case, edge))
    half = timedelta(milliseconds=500)
    exact = Case(statement=exhibit(received_at="2026-03-02T01:30:00.25Z"))
    stamp = exact.world.authority.stamp(exact.world.batch.head, RECEIVED - MINUTE + half)
    stamp = replace(stamp, revocations=exact.world.authority.lists(STAMPED))
    yield exact.vector(
        "token-fraction", "A time with a fraction of a second counts with it.", **line(exact, stamp)
    )


def _shapes() -> Iterator[Vector]:
    chain = Case(authority=FixedAuthority("Rsa Time Authority", key=3_072, intermediate=1))
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
    most = world.authority.stamp(head, STAMPED, serial_number=(1 << 160) - 1)
    yield case.vector("token-serial-long", "A serial number of 160 bits.", **line(case, most))
    chosen = TimestampAuthority(world.authority.name, world.authority.anchor, ("1.2.3.4", POLICY))
    trust = replace(world.trust, timestamp_authorities=(chosen,))
    yield case.vector("token-policy-accepted", "One of the policies that are accepted.", trust=trust)
    full = [world.authority.chain[0], *(FixedAuthority(f"Other {n}").chain[0] for n in range(31))]
    many = world.authority.stamp(head, STAMPED, embedded=full)
    yield case.vector(
        "token-32-certificates", "As many certificates as a token may carry.", **line(case, many)
    )


def _ways() -> Iterator[Vector]:
    """Certificates that lead to an anchor."""
    deep = Case(authority=FixedAuthority("Deep Authority", intermediate=2, paths=(2, 1, 0)))
    yield deep.vector("token-two-issuers", "Two issuers, as deep as root and issuer allow.")
    deep = Case(authority=FixedAuthority("Deeper Authority", intermediate=8))
    yield deep.vector("token-eight-issuers", "As many issuers as there may be.")
    long = Case(authority=FixedAuthority("时" * 199 + "𠮷" + "间" * 50))
    stamp = plain(long)
    cut = replace(stamp, authority=stamp.authority[:200])
    called = TimestampAuthority("Long", long.world.authority.anchor)
    told = line(long, cut, trust=replace(long.world.trust, timestamp_authorities=(called,)))
    yield long.vector("token-name-long", "A name of 250 characters, cut after 200.", **told)
    chain = Case(authority=FixedAuthority("Rsa Time Authority", key=3_072, intermediate=1))
    authority, head = chain.world.authority, chain.world.batch.head
    parted = authority.stamp(head, STAMPED, embedded=authority.chain[:1])
    issuer = authority.chain[1].public_bytes(Encoding.DER)
    beside = replace(parted, certificates=(b"junk", issuer))
    yield chain.vector(
        "token-certificate-junk", "Beside the token also something else.", **line(chain, beside)
    )
    pinned = TimestampAuthority("Pinned", authority.chain[1].public_bytes(Encoding.PEM).decode())
    trust = replace(chain.world.trust, timestamp_authorities=(pinned,))
    yield chain.vector("token-issuer-pinned", "The issuer is the anchor.", trust=trust)
    pinned = TimestampAuthority("Pinned", authority.chain[0].public_bytes(Encoding.PEM).decode())
    trust = replace(chain.world.trust, timestamp_authorities=(pinned,))
    yield chain.vector("token-signer-pinned", "The signer's certificate is the anchor itself.", trust=trust)
    signing = usage("content_commitment")
    stated = Case(authority=FixedAuthority("Stated Authority", key_usage=signing))
    yield stated.vector("token-key-usage-stated", "A key for signatures that bind.")
    both = usage("key_cert_sign", "crl_sign")
    allowed = Case(authority=FixedAuthority("Allowed Authority", intermediate=1, between_usage=both))
    yield allowed.vector("token-issuer-usage", "The issuer's key usage is stated.")


def invalid_tokens(case: Case) -> Iterator[Vector]:
    """Tokens that are not what they seem, were revoked, or were renewed badly."""
    yield from _changed(case)
    yield from _forged(case)
    yield from _badly_made(case)
    yield from _badly_certified()
    yield from invalid_revocations(case)
    yield from invalid_renewals(case)
    yield from _early(case)


def _early(case: Case) -> Iterator[Vector]:
    """Tokens from before the file was received."""
    world, failed = case.world, {"time.order": FAILED}
    early = world.token(RECEIVED - timedelta(minutes=2))
    for name, about, lines in (
        ("", "Stamped before received.", (early,)),
        ("-first", "The first of two was stamped before.", (early, world.token())),
        ("-second", "The second of two was stamped before.", (world.token(), early)),
        ("-barely", "A minute and a second before.", (world.token(RECEIVED - timedelta(seconds=61)),)),
    ):
        proof = replace(case.honest, timestamps=lines)
        yield case.vector(f"token-before-reception{name}", about, failed, proof=proof)


def _changed(case: Case) -> Iterator[Vector]:
    world, head = case.world, case.world.batch.head
    foreign = FixedAuthority("Foreign Authority")
    good = plain(case)
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


def _forged(case: Case) -> Iterator[Vector]:
    """Everything is as it should be but a signature."""
    authority, head = case.world.authority, case.world.batch.head
    good = plain(case)
    alone = authority.token(head, STAMPED, form=TokenForm(key=p256("somebody else")))
    yield case.vector(
        "token-signature-other", "Signed by another key.", NO_TOKEN, **line(case, replace(good, token=alone))
    )
    twin = FixedAuthority("Vector Time Authority", seed="twin")
    yield case.vector(
        "token-root-twin",
        "The signer's certificate was made by another key under the root's name.",
        NO_TOKEN,
        **line(case, replace(good, token=twin.token(head, STAMPED))),
    )
    chain = Case(authority=FixedAuthority("Deep Authority", intermediate=1))
    true, head = chain.world.authority, chain.world.batch.head
    twin = FixedAuthority("Deep Authority", seed="twin", intermediate=1)
    good, forged = plain(chain), twin.token(head, STAMPED)
    yield chain.vector(
        "token-issuer-twin",
        "The issuer's certificate was made by another key under the root's name.",
        NO_TOKEN,
        **line(chain, replace(good, token=forged)),
    )
    mixed = twin.token(head, STAMPED, embedded=(twin.chain[0], true.chain[1]))
    yield chain.vector(
        "token-signer-twin",
        "The signer's certificate was made by another key under the issuer's name.",
        NO_TOKEN,
        **line(chain, replace(good, token=mixed)),
    )


def _badly_made(case: Case) -> Iterator[Vector]:
    authority, head = case.world.authority, case.world.batch.head
    other = FixedAuthority("Vector Time Authority", days=2_999).signer.certificate
    for name, about, form in (
        ("token-sha1", "Signed over SHA-1.", TokenForm(digest="sha1")),
        ("token-digests-none", "No digest is listed.", TokenForm(listed=())),
        ("token-digests-other", "Another digest is listed.", TokenForm(listed=("sha512",))),
        ("token-digests-more", "Another digest is listed as well.", TokenForm(listed=("sha256", "sha512"))),
        ("token-signature-digest", "The signature is over another digest.", TokenForm(signature_digest="sha512")),
        ("token-signer-version", "A version for signers named by key.", TokenForm(version="v3")),
        ("token-signer-version-by-key", "Named by key, of the other version.",
         TokenForm(by_key=True, version="v1")),
        ("token-kind-missing", "No attribute says what is signed.", TokenForm(missing="content_type")),
        ("token-kind-twice", "It says twice what is signed.", TokenForm(twice="content_type")),
        ("token-kind-repeated", "Two attributes say what is signed.", TokenForm(repeated="content_type")),
        ("token-digest-repeated", "Two attributes have the digest.", TokenForm(repeated="message_digest")),
        ("token-time-repeated", "Two attributes have the signing time.", TokenForm(repeated="signing_time")),
        ("token-digest-missing", "No attribute has the digest.", TokenForm(missing="message_digest")),
        ("token-digest-twice", "It has the digest twice.", TokenForm(twice="message_digest")),
        ("token-digest-other", "The digest of something else.", TokenForm(message=b"something else")),
        ("token-identified-twice", "The certificate is named twice.", TokenForm(twice="signing_certificate_v2")),
        ("token-identified-serial", "Another serial number beside its hash.", TokenForm(placed=77)),
        ("token-identified-serial-first", "The same by ESSCertID.", TokenForm(identifier="v1", placed=77)),
        ("token-two-signers", "Two signers.", TokenForm(signers=2)),
        ("token-unidentified", "The signer's certificate is not named.", TokenForm(identifier=None)),
        ("token-identified-other", "Another certificate is named.", TokenForm(identified=other)),
        ("token-identified-other-first", "The same by ESSCertID.", TokenForm(identifier="v1", identified=other)),
    ):  # fmt: skip
        yield case.vector(name, about, NO_TOKEN, **line(case, authority.stamp(head, STAMPED, form=form)))
    for name, about, info in (
        ("imprint-sha1", "The imprint is said to be SHA-1.", {"message_imprint": _imprint("sha1", head)}),
        ("imprint-sha384", "The imprint is said to be SHA-384.", {"message_imprint": _imprint("sha384", head)}),
        ("extension-unknown", "An extension that must be understood.", {"extensions": [UNKNOWN_EXTENSION]}),
        ("info-version", "Another version of what is said.", {"version": "v2"}),
        ("serial-long", "A serial number of 161 bits.", {"serial_number": 1 << 160}),
        ("serial-negative", "A serial number below zero.", {"serial_number": -1}),
        ("nonce-long", "A nonce of 161 bits.", {"nonce": 1 << 160}),
    ):  # fmt: skip
        yield case.vector(
            f"token-{name}", about, NO_TOKEN, **line(case, authority.stamp(head, STAMPED, **info))
        )
    bare = authority.stamp(head, STAMPED, embedded=())
    beside = replace(bare, certificates=(authority.chain[0].public_bytes(Encoding.DER),))
    absent = "The signer's certificate is beside it, not in it."
    yield case.vector("token-without-certificate", absent, NO_TOKEN, **line(case, beside))
    full = [authority.chain[0], *(FixedAuthority(f"Other {n}").chain[0] for n in range(32))]
    many = authority.stamp(head, STAMPED, embedded=full)
    yield case.vector("token-33-certificates", "Too many certificates.", NO_TOKEN, **line(case, many))


def _imprint(algorithm: str, value: bytes) -> dict[str, Any]:
    return {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": value}


def _badly_certified() -> Iterator[Vector]:
    stamping, web = ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.SERVER_AUTH
    more = usage("digital_signature", "key_encipherment")
    for name, about, shape in (
        ("token-by-web-server", "A certificate not for timestamps.", {"usages": (web,)}),
        ("token-usage-missing", "No extended key usage.", {"usages": None}),
        ("token-usage-not-critical", "An extended key usage that is not critical.", {"critical": False}),
        ("token-usage-more", "For web servers as well.", {"usages": (stamping, web)}),
        ("token-key-usage", "A key for encryption.", {"key_usage": usage("key_encipherment")}),
        ("token-key-usage-more", "A key for encryption as well.", {"key_usage": more}),
        ("token-key-usage-none", "A key for nothing.", {"key_usage": usage()}),
        ("token-by-expired", "A certificate that had expired.", {"days": 30}),
        ("token-by-early", "A certificate that was not valid yet.", {"first_day": STAMPED + DAY}),
        ("token-anchor-expired", "The anchor had expired.", {"root_days": 30}),
        ("token-anchor-depth", "Deeper than the anchor allows.", {"intermediate": 1, "paths": (0, None)}),
        ("token-anchor-strange", "The anchor must be understood in a way that nobody knows.",
         {"strange": "root"}),
        ("token-anchor-rsa-1024", "The anchor's key is weak.", {"root_key": 1_024}),
        ("token-issuer-expired", "The issuer had expired.", {"intermediate": 1, "between_days": 30}),
        ("token-issuer-no-authority", "The issuer is no authority.",
         {"intermediate": 1, "intermediate_is_authority": False}),
        ("token-issuer-usage", "The issuer may not sign certificates.",
         {"intermediate": 1, "between_usage": usage("digital_signature", "crl_sign")}),
        ("token-issuer-depth", "Deeper than an issuer allows.", {"intermediate": 2, "paths": (None, 0, None)}),
        ("token-nine-issuers", "Too many issuers.", {"intermediate": 9}),
        ("token-issuer-strange", "So must the issuer.", {"intermediate": 1, "strange": "between"}),
        ("token-issuer-rsa-1024", "The issuer's key is weak.", {"intermediate": 1, "between_key": 1_024}),
        ("token-signer-strange", "So must the signer.", {"strange": "signer"}),
        ("token-signer-sha1", "The signer's certificate is signed over SHA-1.",
         {"key": 2_048, "remade": "sha1"}),
        ("token-signer-two-algorithms", "It names one algorithm inside and another outside.", {"remade": "two"}),
        ("token-p224", "ECDSA on P-224.", {"key": "p224"}),
        ("token-rsa-1024", "RSA of 1024 bits.", {"key": 1_024}),
        ("token-rsa-2047", "RSA of 2047 bits.", {"key": 2_047}),
    ):  # fmt: skip
        yield Case(authority=FixedAuthority("Odd Time Authority", **shape)).vector(name, about, NO_TOKEN)
    chain = Case(authority=FixedAuthority("Rsa Time Authority", key=3_072, intermediate=1))
    authority = chain.world.authority
    alone = authority.stamp(chain.world.batch.head, STAMPED, embedded=authority.chain[:1])
    yield chain.vector("token-issuer-missing", "The issuer is nowhere.", NO_TOKEN, **line(chain, alone))
