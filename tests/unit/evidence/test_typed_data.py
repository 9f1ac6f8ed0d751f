"""EIP-712 digests: fixed vectors, and the same as an independent implementation gives for the same request."""

from __future__ import annotations

import secrets
from dataclasses import replace

import pytest
from eth_abi import encode
from eth_account.messages import encode_typed_data
from eth_utils import keccak as independent_keccak

from evidence.errors import MalformedInput
from evidence.typed_data import (
    Attestation,
    Confirmation,
    Consent,
    Seal,
    TypedDomain,
    TypedMessage,
    Witness,
    evidence_domain,
    settlement_domain,
    signers_hash,
)

CONTRACT = "0x" + "c0" * 20
EVIDENCE, SETTLEMENT = evidence_domain(31_337, CONTRACT), settlement_domain(31_337, CONTRACT)
A, B, C, D = (bytes([n]) * 32 for n in (0xA1, 0xB2, 0xC3, 0xD4))

VECTORS: list[tuple[TypedMessage, TypedDomain, str]] = [
    (Attestation(A, B), EVIDENCE, "fb171cc9b4f21becebc5ccab99d0df41b1cced36d5fe584aff98424d6dc4f64f"),
    (Witness(7, A, 12, B), EVIDENCE, "0b1e87cc02b215aa6505532f56b6a39f28cee7acb2a2918e9a2ba1ff20219e3e"),
    (Consent(A, B, 2, C, D), SETTLEMENT, "852aa07cc8aeec5650cadf0da9dd14166231479dd2fafb3bc647a0b25cfb6a9e"),
    (Seal(A, B, 2, C, D), SETTLEMENT, "adfd9d6eafb0c131a15fc8ddf884d7af91c27170e537f4d4e8a21458b4a6be6d"),
    (Confirmation(A, 1, B), SETTLEMENT, "e0a45765744bfd76f1e399bdf788d4d85806fd55dc5df1f968bf69d71a3d30f8"),
]


def by_eth_account(message: TypedMessage, domain: TypedDomain) -> bytes:
    signable = encode_typed_data(full_message=message.as_json(domain))
    return independent_keccak(b"\x19" + signable.version + signable.header + signable.body)


@pytest.mark.parametrize(("message", "domain", "expected"), VECTORS)
def test_digests_are_fixed(message: TypedMessage, domain: TypedDomain, expected: str) -> None:
    assert message.digest(domain).hex() == expected


@pytest.mark.parametrize("message", [message for message, _, _ in VECTORS])
@pytest.mark.parametrize("chain_id", [1, 31_337, 2**53 - 1])
def test_digests_are_those_of_an_independent_implementation(message: TypedMessage, chain_id: int) -> None:
    for domain in (
        evidence_domain(chain_id, secrets.token_bytes(20)),
        settlement_domain(chain_id, secrets.token_bytes(20)),
    ):
        assert message.digest(domain) == by_eth_account(message, domain)


def test_every_part_of_message_and_domain_counts() -> None:
    message = Consent(A, B, 2, C, D)
    domains = [
        SETTLEMENT,
        replace(SETTLEMENT, name="Other"),
        replace(SETTLEMENT, version="2"),
        replace(SETTLEMENT, chain_id=1),
        replace(SETTLEMENT, contract="0x" + "c1" * 20),
        EVIDENCE,
    ]
    changes = [{"agreement": B}, {"case_ref": A}, {"version": 3}, {"supersedes": A}, {"signers": A}]
    digests = {message.digest(domain) for domain in domains}
    digests |= {replace(message, **change).digest(SETTLEMENT) for change in changes}
    digests.add(Seal(A, B, 2, C, D).digest(SETTLEMENT))
    assert len(digests) == len(domains) + len(changes) + 1


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_the_signers_hash_is_abi_encoded(count: int) -> None:
    parties = [secrets.token_bytes(size) for size in (20, 84, 20, 84, 33)][:count]
    mediator = secrets.token_bytes(84)
    expected = independent_keccak(encode(["bytes[]", "bytes"], [parties, mediator]))
    assert signers_hash(parties, mediator) == expected
    if count > 1:
        assert signers_hash(parties[::-1], mediator) != expected


@pytest.mark.parametrize(
    "message",
    [
        Attestation(A, b"short"),
        Witness(-1, A, 12, B),
        Witness(2**256, A, 12, B),
        Witness(7, A, 2**256, B),
        Witness(7, A, 12, B[:31]),
        Confirmation(A, 256, B),
        Seal(A, B, 2**32, C, D),
    ],
)
def test_values_that_do_not_fit_their_type_are_refused(message: TypedMessage) -> None:
    with pytest.raises(MalformedInput):
        message.digest(SETTLEMENT)


@pytest.mark.parametrize(
    "address", ["0x" + "c0" * 19, "c0" * 21, "0x" + "zz" * 20, "0x" + "c0" * 19 + "  ", b"x"]
)
def test_a_domain_needs_an_address(address: str | bytes) -> None:
    with pytest.raises(MalformedInput, match="not an address"):
        evidence_domain(1, address).separator()
