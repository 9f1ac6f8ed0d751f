"""The vectors about lines of tokens over the years: lapse, renewals, and what a renewal is over.
Not here: single tokens (see `vector_tokens`) and revocation (see `vector_revocations`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from evidence.proof import renewal_imprint
from scripts.vector_form import UNDETERMINED, Case, Vector
from scripts.vector_keys import FixedAuthority
from scripts.vector_lines import (
    AFTERWARDS,
    DAY,
    LATER,
    NO_RENEWAL,
    SECOND,
    UNKNOWN,
    also,
    crl_claim,
    line,
    ocsp_claim,
    plain,
    renewed,
    trusting_both,
)
from scripts.vector_ocsp import ResponseForm
from scripts.vector_parts import STAMPED, word

LAPSED = {"time.renewal": UNDETERMINED}


def valid_renewals(case: Case) -> Iterator[Vector]:
    """Lines that hold, or have lapsed."""
    yield from _renewals(case)
    yield from _lapses()
    yield from _made_in_time(case)


def _renewals(case: Case) -> Iterator[Vector]:
    world, head = case.world, case.world.batch.head
    stamp, second = plain(case), FixedAuthority("Second Time Authority")
    once = renewed(head, stamp, world.authority)
    yield case.vector("renewed", "Renewed by the same authority.", **line(case, *once, at=AFTERWARDS))
    again = second.stamp(renewal_imprint(renewal_imprint(head, stamp), once[1]), AFTERWARDS - DAY)
    twice = line(case, *once, again, trust=trusting_both(case), at=AFTERWARDS)
    yield case.vector("renewed-twice", "Renewed again, by another authority.", **twice)
    then = datetime(2029, 1, 1, tzinfo=UTC)
    short = Case(authority=FixedAuthority("Short Lived Authority", days=900))
    head = short.world.batch.head
    early = plain(short)
    yield short.vector("lapsed", "Valid when it signed, expired since.", LAPSED, at=then)
    pair = renewed(head, early, second)
    kept = line(short, *pair, trust=trusting_both(short), at=then)
    yield short.vector("renewed-in-time", "The certificate expired after the renewal.", **kept)


def _lapses() -> Iterator[Vector]:
    """Keys up to the last second on which they are relied on, and after it."""
    for name, about, key, year in (
        ("algorithm", "RSA of 2048 bits", 2_048, 2030),
        ("algorithm-rsa-3072", "RSA of 3072 bits", 3_072, 2035),
        ("algorithm-p256", "ECDSA on P-256", "p256", 2035),
    ):
        case = Case(authority=FixedAuthority("Lasting Authority", key=key, days=6_000))
        good = plain(case)
        last = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
        yield case.vector(f"{name}-last-day", f"{about} on its last day.", **line(case, good, at=last))
        yield case.vector(
            f"{name}-lapsed", f"{about} a second later.", LAPSED, **line(case, good, at=last + SECOND)
        )


def _made_in_time(case: Case) -> Iterator[Vector]:
    """Data from no later than the renewal that is over it."""
    authority, head = case.world.authority, case.world.batch.head
    stamp, trust = plain(case), trusting_both(case)
    second, stranger = (
        FixedAuthority("Second Time Authority"),
        FixedAuthority("Vector Time Authority", seed="twin"),
    )
    same = replace(stamp, revocations=authority.lists(LATER))
    yield case.vector(
        "renewed-same-second",
        "The list that is renewed is from the renewal's very second.",
        **line(case, *renewed(head, same, second), trust=trust, at=AFTERWARDS),
    )
    junk = also(stamp, *stranger.lists(LATER + DAY))
    yield case.vector(
        "renewed-beside-stranger",
        "A stranger's list from after the renewal says nothing.",
        **line(case, *renewed(head, junk, second), trust=trust, at=AFTERWARDS),
    )


def invalid_renewals(case: Case) -> Iterator[Vector]:
    """Renewals that do not hold."""
    yield from _badly_renewed(case)
    yield from _made_too_late(case)


def _badly_renewed(case: Case) -> Iterator[Vector]:
    world, head = case.world, case.world.batch.head
    authority, stamp = world.authority, plain(case)
    over = renewal_imprint(head, stamp)
    foreign = FixedAuthority("Foreign Authority")
    dropped = replace(stamp, revocations=())
    for name, about, stamps, findings in (
        ("other", "A renewal of something else.", (stamp, authority.stamp(word("x"), LATER)), NO_RENEWAL),
        ("head", "A second token over the head is no renewal.", (stamp, authority.stamp(head, LATER)), NO_RENEWAL),
        ("earlier", "Earlier than what it renews.", (stamp, authority.stamp(over, STAMPED - DAY)), NO_RENEWAL),
        ("foreign", "By an authority that is not trusted.", (stamp, foreign.stamp(over, LATER)), NO_RENEWAL),
        ("dropped", "The list that was renewed is gone.", (dropped, authority.stamp(over, LATER)),
         {**NO_RENEWAL, **UNKNOWN}),
    ):  # fmt: skip
        yield case.vector(f"renewal-{name}", about, findings, **line(case, *stamps, at=AFTERWARDS))
    short = Case(authority=FixedAuthority("Short Lived Authority", days=400))
    first = plain(short)
    late = renewed(short.world.batch.head, first, FixedAuthority("Second Time Authority"))
    after = line(short, *late, trust=trusting_both(short), at=AFTERWARDS)
    yield short.vector("renewal-too-late", "The certificate had expired before.", NO_RENEWAL, **after)


def _made_too_late(case: Case) -> Iterator[Vector]:
    """Renewals over data that did not exist yet when they say they were made."""
    authority, head, trust = case.world.authority, case.world.batch.head, trusting_both(case)
    stamp, second = plain(case), FixedAuthority("Second Time Authority")
    for name, about, data in (
        ("list", "A list from a second after the renewal.", crl_claim(authority.crl(LATER + SECOND))),
        ("response", "A response from a second after the renewal.",
         ocsp_claim(authority.ocsp(LATER + SECOND))),
        ("response-made", "A response made after the renewal about the time before.",
         ocsp_claim(authority.ocsp(LATER - DAY, form=ResponseForm(made_after=2 * DAY)))),
    ):  # fmt: skip
        pair = renewed(head, also(stamp, *data), second)
        late = line(case, *pair, trust=trust, at=AFTERWARDS)
        yield case.vector(f"renewal-over-later-{name}", about, NO_RENEWAL, **late)
    once = renewed(head, stamp, second)
    over = also(once[1], *crl_claim(authority.crl(LATER + 2 * DAY)))
    imprint = renewal_imprint(renewal_imprint(head, stamp), over)
    again = line(case, once[0], over, second.stamp(imprint, LATER + DAY), trust=trust, at=AFTERWARDS)
    yield case.vector(
        "renewal-over-later-about-first",
        "A later list about the first token's certificate, in the entry between.",
        NO_RENEWAL,
        **again,
    )
