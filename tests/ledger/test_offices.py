"""Offices: terms add up, end when they are revoked, and past time stays as it was."""

import time

import pytest

from evidence.errors import Refused
from evidence.ledger import LedgerWriter, Office
from tests.signers import passkey


def code(caught: pytest.ExceptionInfo[Refused]) -> str | None:
    return caught.value.code


def test_a_term_covers_its_beginning_and_not_its_end(ledger: LedgerWriter) -> None:
    signer = passkey(ledger.trust).name
    ledger.wait(ledger.grant_office(signer, Office.NOTARY, 1_000, 2_000), 10)
    held = [ledger.holds_office(signer, Office.NOTARY, at) for at in (999, 1_000, 1_999, 2_000)]
    assert held == [False, True, True, False]
    assert not ledger.holds_office(signer, Office.COURT, 1_500)
    assert not ledger.holds_office(passkey(ledger.trust).name, Office.NOTARY, 1_500)


def test_a_renewal_adds_to_the_earlier_term(ledger: LedgerWriter) -> None:
    signer = passkey(ledger.trust).name
    for start, end in ((1_000, 2_000), (3_000, 4_000)):
        ledger.wait(ledger.grant_office(signer, Office.MEDIATOR, start, end), 10)
    held = [ledger.holds_office(signer, Office.MEDIATOR, at) for at in (1_500, 2_500, 3_500)]
    assert held == [True, False, True]


def test_revoking_ends_the_present_term_and_keeps_the_past(ledger: LedgerWriter) -> None:
    signer, now = passkey(ledger.trust).name, int(time.time())
    ledger.wait(ledger.grant_office(signer, Office.COURT, now - 5_000, now + 5_000), 10)
    ledger.wait(ledger.revoke_office(signer, Office.COURT), 10)
    assert ledger.holds_office(signer, Office.COURT, now - 1_000)
    assert not ledger.holds_office(signer, Office.COURT, now + 1_000)
    with pytest.raises(Refused) as caught:
        ledger.revoke_office(signer, Office.COURT)
    assert code(caught) == "OfficialsNotGranted"


def test_what_cannot_be_granted(ledger: LedgerWriter) -> None:
    signer = passkey(ledger.trust).name
    wrong = {
        "OfficialsInvalidSigner": (signer[:19], Office.COURT, 1, 2),
        "OfficialsNoOffice": (signer, Office.NONE, 1, 2),
        "OfficialsEmptyPeriod": (signer, Office.COURT, 2, 2),
    }
    for expected, arguments in wrong.items():
        with pytest.raises(Refused) as caught:
            ledger.grant_office(*arguments)
        assert code(caught) == expected
