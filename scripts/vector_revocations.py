"""The vectors about revocation: data that counts, that says nothing, and what it means for a line of tokens.
Not here: how the data is made (see `vector_keys`, `vector_ocsp`) and all other vectors about time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from cryptography import x509

from evidence.proof import RevocationClaim, Stamp
from scripts.vector_form import Case, Vector
from scripts.vector_keys import STRANGE, FixedAuthority, p256
from scripts.vector_lines import (
    AFTERWARDS,
    COMPROMISED,
    DAY,
    LATER,
    NO_RENEWAL,
    REVOKED,
    SECOND,
    SUPERSEDED,
    UNKNOWN,
    also,
    crl_claim,
    line,
    ocsp_claim,
    plain,
    renewed,
    trusting_both,
    usage,
)
from scripts.vector_ocsp import ResponseForm
from scripts.vector_parts import STAMPED, word

Data = tuple[RevocationClaim, ...]
Told = tuple[tuple[str, str, Data], ...]
"""Names, what they are about, and the data of a line's only entry."""
HARMLESS = ("unspecified", "affiliation_changed", "superseded", "cessation_of_operation")
HARMFUL = (
    "key_compromise", "ca_compromise", "certificate_hold", "remove_from_crl", "privilege_withdrawn", "aa_compromise"
)  # fmt: skip


def valid_revocations(case: Case) -> Iterator[Vector]:
    """Tokens that are not revoked, as far as is known."""
    for name, about, data in (*_known(case), *_harmless(case)):
        yield case.vector(name, about, **line(case, _with(case, data)))
    yield from _known_of_issuers()
    for name, about, data in (
        *_lists_that_say_nothing(case),
        *_responses_that_say_nothing(case),
        *_times(case),
    ):
        yield case.vector(f"unknown-{name}", about, UNKNOWN, **line(case, _with(case, data)))
    yield from _unknown_of_issuers()
    yield from _in_later_entries(case)


def _with(case: Case, data: Data) -> Stamp:
    return replace(plain(case), revocations=data)


def _known(case: Case) -> Told:
    authority = case.world.authority
    forms = (
        ("ocsp-by-issuer", "An OCSP response of the issuer itself.", ResponseForm(responder="issuer")),
        ("ocsp-sha256", "A response that names the certificate by SHA-256.", ResponseForm(digest="sha256")),
        ("ocsp-endless", "A response without an end.", ResponseForm(term=None)),
    )
    scope, last = _scope(only_contains_user_certs=True), authority.chain[0].not_valid_after_utc
    return (
        ("revocation-ocsp", "An OCSP response of a delegated responder.", ocsp_claim(authority.ocsp(STAMPED))),
        *((f"revocation-{name}", about, ocsp_claim(authority.ocsp(STAMPED + DAY, form=form)))
          for name, about, form in forms),
        ("revocation-list-of-users", "A list for users' certificates.",
         crl_claim(authority.crl(STAMPED, extensions=[(scope, True)]))),
        ("revocation-list-last", "A list from the last second of the certificate.", crl_claim(authority.crl(last))),
        ("revocation-list-not-last", "A list of that second and one from before.",
         (*crl_claim(authority.crl(STAMPED - DAY)), *crl_claim(authority.crl(STAMPED)))),
    )  # fmt: skip


def _harmless(case: Case) -> Told:
    authority = case.world.authority
    other = x509.RevokedCertificateBuilder().serial_number(77).revocation_date(STAMPED - DAY).build()
    told: list[tuple[str, str, Data]] = []
    for name in HARMLESS:
        reason, word_of = x509.ReasonFlags[name], name.replace("_", "-")
        entry = authority.revocation(STAMPED + SECOND, reason)
        listed = authority.lists(STAMPED + 2 * DAY, [entry])
        answered = ocsp_claim(authority.ocsp(STAMPED + 2 * DAY, (STAMPED + SECOND, reason)))
        told.append((f"revoked-later-{word_of}", f"Revoked a second after the token: {name}.", listed))
        told.append((f"revoked-later-{word_of}-ocsp", "The same, told by OCSP.", answered))
    return (*told, ("revoked-another", "Another certificate is revoked.", authority.lists(STAMPED, [other])))


def _lists_that_say_nothing(case: Case) -> Told:
    authority, stranger = case.world.authority, FixedAuthority("Vector Time Authority", seed="twin")
    delta, part = x509.DeltaCRLIndicator(1), _scope(url="http://tsa.example/2.crl")
    entry = x509.RevokedCertificateBuilder().serial_number(77).revocation_date(STAMPED)
    marked = entry.add_extension(STRANGE, critical=True).build()
    some = _scope(some=frozenset({x509.ReasonFlags.key_compromise}))
    return (
        ("no-revocation", "No revocation data.", ()),
        ("list-by-stranger", "A list of that name by another key.", stranger.lists(STAMPED)),
        ("list-signature-other", "A list whose signature is another key's.",
         crl_claim(authority.crl(STAMPED, key=p256("somebody else")))),
        *((f"list-{name}", about, crl_claim(authority.crl(STAMPED, extensions=[(extension, True)])))
          for name, about, extension in (
              ("of-authorities", "A list for authorities' certificates.", _scope(only_contains_ca_certs=True)),
              ("of-attributes", "A list for attribute certificates.", _scope(only_contains_attribute_certs=True)),
              ("of-reasons", "A list for some reasons.", some),
              ("indirect", "A list for other issuers too.", _scope(indirect_crl=True)),
              ("elsewhere", "A part of a list that the certificate does not point to.", part),
              ("delta", "Only what changed.", delta),
              ("strange", "A list that must be understood in a way that nobody knows.", STRANGE),
          )),
        ("list-entry-strange", "An entry about another certificate must be understood so.",
         authority.lists(STAMPED, [marked])),
        ("list-junk", "No list at all.", crl_claim(b"junk")),
        ("list-as-ocsp", "A list under the wrong name.", ocsp_claim(authority.crl(STAMPED))),
    )  # fmt: skip


def _responses_that_say_nothing(case: Case) -> Told:
    authority = case.world.authority
    other = hashlib.sha1(b"other", usedforsecurity=False).digest()
    forms = (
        ("unmarked", "A responder not made for it.", ResponseForm(responder="unmarked")),
        ("by-web-server", "A responder made for the web.", ResponseForm(responder="web")),
        ("by-stranger", "A stranger's responder.", ResponseForm(responder="stranger")),
        ("by-expired", "A responder that had expired.", ResponseForm(days=30)),
        ("by-rsa-1024", "A responder with a weak key.", ResponseForm(bits=1_024)),
        ("signature-other", "A signature of another key.", ResponseForm(signer=p256("somebody else"))),
        ("other-name", "About another issuer's name.", ResponseForm(name=other)),
        ("other-key", "About another issuer's key.", ResponseForm(key=other)),
        ("other-serial", "About another certificate.", ResponseForm(serial=77)),
        ("unknown", "The responder does not know the certificate.", ResponseForm(unknown=True)),
        ("strange", "A response that must be understood in a way that nobody knows.",
         ResponseForm(strange="response")),
        ("single-strange", "One answer must be understood so.", ResponseForm(strange="single")),
        ("not-successful", "The responder says that it has no answer, and gives one.",
         ResponseForm(status="try_later")),
    )  # fmt: skip
    told = [
        (f"ocsp-{name}", about, ocsp_claim(authority.ocsp(STAMPED, form=form))) for name, about, form in forms
    ]
    return (("ocsp-junk", "No response at all.", ocsp_claim(b"\x30\x00")), *told)


def _times(case: Case) -> Told:
    """Data from before the token, or from after the certificate's end: of the signer neither is enough."""
    authority = case.world.authority
    end = authority.chain[0].not_valid_after_utc
    return (
        ("list-out-of-date", "A list from long before.", crl_claim(authority.crl(STAMPED - 30 * DAY))),
        ("list-early", "A list from a second before the token, good for days.",
         crl_claim(authority.crl(STAMPED - SECOND))),
        ("ocsp-early", "A response from a second before the token, good for days.",
         ocsp_claim(authority.ocsp(STAMPED - SECOND))),
        ("ocsp-early-made-later", "Such a response, made afterwards.",
         ocsp_claim(authority.ocsp(STAMPED - SECOND, form=ResponseForm(made_after=DAY)))),
        ("list-after-end", "A list from after the certificate had expired.", crl_claim(authority.crl(end + SECOND))),
        ("ocsp-after-end", "A response from after the certificate had expired.",
         ocsp_claim(authority.ocsp(end + SECOND, form=ResponseForm(days=4_000)))),
    )  # fmt: skip


def _chain() -> tuple[Case, FixedAuthority, Stamp]:
    case = Case(authority=FixedAuthority("Deep Authority", intermediate=1, between_days=3_500))
    return case, case.world.authority, plain(case)


def _above(authority: FixedAuthority, moment: datetime, **form: Any) -> Data:
    """The signer's list from the token's time, and one about its issuer."""
    return (*crl_claim(authority.crl(STAMPED)), *crl_claim(authority.crl(moment, level=1, **form)))


def _known_of_issuers() -> Iterator[Vector]:
    case, authority, stamp = _chain()
    scope, end = _scope(only_contains_ca_certs=True), authority.chain[1].not_valid_after_utc
    for name, about, data in (
        ("until-then", "A list about the issuer that is good to the token's very second.",
         _above(authority, STAMPED - 8 * DAY)),
        ("last", "A list from the last second of the issuer.", _above(authority, end)),
        ("of-authorities", "A list for authorities' certificates.",
         _above(authority, STAMPED, extensions=[(scope, True)])),
    ):  # fmt: skip
        known = replace(stamp, revocations=data)
        yield case.vector(f"revocation-issuer-{name}", about, **line(case, known))


def _unknown_of_issuers() -> Iterator[Vector]:
    case, authority, stamp = _chain()
    scope, end = _scope(only_contains_user_certs=True), authority.chain[1].not_valid_after_utc
    for name, about, data in (
        ("", "Nothing about the issuer's certificate.", stamp.revocations[:1]),
        ("-out-of-date", "A list about the issuer that ended a second before the token.",
         _above(authority, STAMPED - 8 * DAY - SECOND)),
        ("-after-end", "A list about the issuer from after its end.", _above(authority, end + SECOND)),
        ("-list-of-users", "A list for users' certificates.",
         _above(authority, STAMPED, extensions=[(scope, True)])),
    ):  # fmt: skip
        half = replace(stamp, revocations=data)
        yield case.vector(f"unknown-issuer{name}", about, UNKNOWN, **line(case, half))
    certifying = Case(
        authority=FixedAuthority("Silent Authority", intermediate=1, between_usage=usage("key_cert_sign"))
    )
    yield certifying.vector("unknown-list-not-allowed", "The issuer may not sign lists.", UNKNOWN)


def _in_later_entries(case: Case) -> Iterator[Vector]:
    """What later entries of the line say about the first one's certificates."""
    authority, head = case.world.authority, case.world.batch.head
    stamp, second = plain(case), FixedAuthority("Second Time Authority")
    after = {"trust": trusting_both(case), "at": AFTERWARDS}
    broken = authority.lists(LATER + 2 * DAY, [authority.revocation(LATER + DAY, COMPROMISED)])
    first, renewal = renewed(head, stamp, second)
    yield case.vector(
        "revoked-renewed-before",
        "The key was compromised after the token had been renewed by another authority, whose entry tells it.",
        **line(case, first, also(renewal, *broken), **after),
    )
    first, renewal = renewed(head, replace(stamp, revocations=()), second)
    yield case.vector(
        "revocation-in-later-entry",
        "The first token's list stands beside its renewal.",
        **line(case, first, also(renewal, *authority.lists(LATER - DAY)), **after),
    )
    first, renewal = renewed(head, stamp, second)
    yield case.vector(
        "unknown-renewal",
        "Nothing is known of the renewal's certificate.",
        UNKNOWN,
        **line(case, first, replace(renewal, revocations=()), **after),
    )


def invalid_revocations(case: Case) -> Iterator[Vector]:
    """Tokens that a revocation invalidates."""
    for name, about, data in (*_revoked(case), *_harmful(case)):
        yield case.vector(f"revoked-{name}", about, REVOKED, **line(case, _with(case, data)))
    chain, authority, stamp = _chain()
    entry = authority.revocation(STAMPED + DAY, COMPROMISED, level=1)
    lost = replace(stamp, revocations=_above(authority, STAMPED + 2 * DAY, revoked=[entry]))
    yield chain.vector("revoked-issuer", "The issuer's key was compromised.", REVOKED, **line(chain, lost))
    yield from _revoked_and_renewed(case)


def _revoked(case: Case) -> Told:
    authority = case.world.authority
    fresh, end = authority.lists(STAMPED + 2 * DAY), authority.chain[0].not_valid_after_utc
    held = authority.revocation(STAMPED - 2 * DAY, x509.ReasonFlags.certificate_hold)
    late = authority.revocation(STAMPED + DAY, COMPROMISED)
    told = (STAMPED + DAY, COMPROMISED)
    return (
        ("superseded-before", "Superseded a day before the token.",
         authority.lists(STAMPED, [authority.revocation(STAMPED - DAY, SUPERSEDED)])),
        ("superseded-then", "Superseded in the same second.",
         authority.lists(STAMPED + DAY, [authority.revocation(STAMPED, SUPERSEDED)])),
        ("no-reason", "Revoked later, no reason stated.",
         authority.lists(STAMPED + 2 * DAY, [authority.revocation(STAMPED + DAY)])),
        ("no-reason-ocsp", "The same, told by OCSP.",
         ocsp_claim(authority.ocsp(STAMPED + 2 * DAY, (STAMPED + DAY, None)))),
        ("ocsp", "A list knows nothing of it, OCSP does.",
         (*fresh, *ocsp_claim(authority.ocsp(STAMPED + 2 * DAY, told)))),
        ("told-before", "A list from before the token tells it, a later one does not.",
         (*crl_claim(authority.crl(STAMPED - DAY, [held])), *fresh)),
        ("told-after-end", "Told only after the certificate had expired.",
         (*fresh, *crl_claim(authority.crl(end + DAY, [late])))),
    )  # fmt: skip


def _harmful(case: Case) -> Iterator[tuple[str, str, Data]]:
    authority = case.world.authority
    for name in HARMFUL:
        reason, word_of = x509.ReasonFlags[name], name.replace("_", "-")
        entry = authority.revocation(STAMPED + DAY, reason)
        yield word_of, f"Revoked a day later: {name}.", authority.lists(STAMPED + 2 * DAY, [entry])
        answer = authority.ocsp(STAMPED + 2 * DAY, (STAMPED + DAY, reason))
        yield f"{word_of}-ocsp", "The same, told by OCSP.", ocsp_claim(answer)


def _revoked_and_renewed(case: Case) -> Iterator[Vector]:
    authority, head = case.world.authority, case.world.batch.head
    stamp, second = plain(case), FixedAuthority("Second Time Authority")
    after = {"trust": trusting_both(case), "at": AFTERWARDS}
    first, renewal = renewed(head, stamp, second)
    for name, about, entry in (
        ("renewed-after", "Renewed only after the key was compromised, as the renewal's entry tells.",
         authority.revocation(LATER - DAY, COMPROMISED)),
        ("renewed-then", "Compromised in the very second of the renewal.",
         authority.revocation(LATER, COMPROMISED)),
        ("renewed-after-invalidity", "Renewed before the revocation, but after the key was lost.",
         authority.revocation(LATER + DAY, COMPROMISED, invalid_since=LATER - DAY)),
    ):  # fmt: skip
        data = authority.lists(LATER + 2 * DAY, [entry])
        yield case.vector(
            f"revoked-{name}", about, REVOKED, **line(case, first, also(renewal, *data), **after)
        )
    own = replace(
        stamp, revocations=authority.lists(LATER - DAY, [authority.revocation(LATER - 2 * DAY, COMPROMISED)])
    )
    pair = line(case, *renewed(head, own, second), **after)
    yield case.vector("revoked-renewed-knowingly", "Renewed although the entry tells it.", REVOKED, **pair)
    broken = authority.lists(LATER + 2 * DAY, [authority.revocation(LATER + DAY, COMPROMISED)])
    lost = second.lists(LATER + 2 * DAY, [second.revocation(LATER + DAY, COMPROMISED)])
    doubtful = line(case, first, also(replace(renewal, revocations=lost), *broken), **after)
    yield case.vector("revoked-both", "The renewal's key was compromised too.", REVOKED, **doubtful)
    data = authority.lists(LATER + 2 * DAY, [authority.revocation(LATER - DAY, COMPROMISED)])
    wrong = replace(second.stamp(word("x"), LATER), revocations=data)
    yield case.vector(
        "renewal-other-with-list",
        "What stands beside a renewal that does not hold says nothing.",
        NO_RENEWAL,
        **line(case, stamp, wrong, **after),
    )


def _scope(
    url: str | None = None, some: frozenset[x509.ReasonFlags] | None = None, **scope: bool
) -> x509.IssuingDistributionPoint:
    flags = (
        "only_contains_user_certs",
        "only_contains_ca_certs",
        "indirect_crl",
        "only_contains_attribute_certs",
    )
    named = None if url is None else [x509.UniformResourceIdentifier(url)]
    return x509.IssuingDistributionPoint(
        named, None, only_some_reasons=some, **{flag: scope.get(flag, False) for flag in flags}
    )
