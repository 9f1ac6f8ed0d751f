"""Client data of a passkey that no browser would send.
Not here: what a good assertion says (see tests/services/test_settlements.py)."""

import pytest

from app.domain.assertions import PasskeyAssertion, RelyingParty, check_assertion
from app.domain.errors import DomainError, ErrorKind

PARTY = RelyingParty("localhost", "http://localhost:8480")


@pytest.mark.parametrize("client", [b"", b"[]", b"{", b"\xff", b"[" * 4000, b'{"type":"webauthn.get"}'])
def test_client_data_that_say_nothing_are_refused(client: bytes) -> None:
    assertion = PasskeyAssertion(b"id", bytes(37), client, b"")
    with pytest.raises(DomainError) as refusal:
        check_assertion(assertion, bytes(32), PARTY, 0)
    assert refusal.value.kind is ErrorKind.SIGNATURE_INVALID
