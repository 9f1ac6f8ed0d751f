"""The vectors about timestamps: lines of tokens, their authorities and what becomes of them later.
Not here: other vectors (see `make_vectors`, `vector_defects`) and the authority's keys (see `vector_keys`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from cryptography.x509.oid import ExtendedKeyUsageOID

from evidence.proof import Stamp, TokenClaim
from scripts.vector_form import FAILED, UNDETERMINED, Case, Vector
from scripts.vector_keys import FixedAuthority
from scripts.vector_parts import RECEIVED, STAMPED, word


def line(authority: str, token: bytes) -> TokenClaim:
    """A line of one token, without anything to check it later."""
    return TokenClaim(Stamp(authority, token))


def valid_tokens(case: Case) -> Iterator[Vector]:
    """Lines that hold, or of which something cannot be determined."""
    world, honest = case.world, case.honest
    later = world.token(STAMPED + timedelta(hours=2))
    yield case.vector(
        "two-tokens",
        "The earliest token counts.",
        proof=world.proof(timestamps=(later, world.token()), witnesses=()),
    )
    early = FixedAuthority("Short Lived Authority", days=62)
    brief = Case(authority=early)
    yield brief.vector(
        "expired-since",
        "The authority's certificate was valid when it signed.",
        {"time.renewal": UNDETERMINED},
    )
    no_token = {"time.token": UNDETERMINED}
    yield case.vector("no-token", "No timestamp.", no_token, replace(honest, timestamps=()))
    yield case.vector(
        "no-authority",
        "No authority is trusted.",
        no_token,
        trust=replace(world.trust, timestamp_authorities=()),
    )


def invalid_tokens(case: Case) -> Iterator[Vector]:
    """Tokens that are not what they seem."""
    world, honest, head = case.world, case.honest, case.world.batch.head
    foreign = FixedAuthority("Foreign Authority")
    good = world.authority.token(head, STAMPED)
    bent = bytearray(good)
    bent[len(bent) // 2] ^= 1
    version = bytearray(good)
    version[good.index(b"\x02\x01\x03\x31") + 2] = 1
    names = world.authority.name
    for name, about, claim in (
        (
            "token-foreign",
            "An authority that is not trusted.",
            line(foreign.name, foreign.token(head, STAMPED)),
        ),
        (
            "token-other-head",
            "A token over another head.",
            line(names, world.authority.token(word("x"), STAMPED)),
        ),
        ("token-changed", "One bit of the token is changed.", line(names, bytes(bent))),
        ("token-envelope-changed", "The envelope's version is changed.", line(names, bytes(version))),
        ("token-longer", "A byte after the token.", line(names, good + b"\x00")),
        ("token-renamed", "Another authority's name.", line("国家授时中心", good)),
        ("token-junk", "No token at all.", line(names, b"junk")),
    ):
        yield case.vector(name, about, {"time.token": FAILED}, replace(honest, timestamps=(claim,)))
    web = Case(authority=FixedAuthority("Web Server", usages=(ExtendedKeyUsageOID.SERVER_AUTH,)))
    yield web.vector("token-by-web-server", "A certificate not for timestamps.", {"time.token": FAILED})
    short = Case(authority=FixedAuthority("Expired Authority", days=30))
    yield short.vector("token-by-expired", "A certificate that had expired.", {"time.token": FAILED})
    early = replace(honest, timestamps=(world.token(RECEIVED - timedelta(minutes=2)),))
    yield case.vector("token-before-reception", "Stamped before received.", {"time.order": FAILED}, early)
