"""Agreements for ledger tests: who signs what, and ready-made signatures over it.
Not here: the ledgers themselves and the software signers (see `signers`)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from evidence.records import ZERO, SettlementCall
from evidence.trust import TrustRoot
from evidence.typed_data import Confirmation, Consent, Seal
from tests.signers import Signer


@dataclass(frozen=True)
class Agreement:
    """A settlement with the people who sign it."""

    trust: TrustRoot
    call: SettlementCall
    parties: tuple[Signer, ...]
    mediator: Signer

    @property
    def consent_digest(self) -> bytes:
        """What each party signs."""
        return Consent(*self._fields()).digest(self.trust.settlement_domain)

    @property
    def seal_digest(self) -> bytes:
        """What the mediator signs."""
        return Seal(*self._fields()).digest(self.trust.settlement_domain)

    def consents(self) -> list[bytes]:
        """A consent by each party, in order."""
        return [party.sign(self.consent_digest) for party in self.parties]

    def seal(self) -> bytes:
        """The mediator's seal."""
        return self.mediator.sign(self.seal_digest)

    def confirmation(self, court: Signer, outcome: int, ruling: bytes) -> bytes:
        """A court's decision."""
        return court.sign(
            Confirmation(self.call.agreement, outcome, ruling).digest(self.trust.settlement_domain)
        )

    def successor(self, **changes: object) -> Agreement:
        """The next version, which supersedes this one."""
        call = replace(
            self.call,
            agreement=secrets.token_bytes(32),
            version=self.call.version + 1,
            supersedes=self.call.agreement,
        )
        return replace(self, call=replace(call, **changes))

    def _fields(self) -> tuple[bytes, bytes, int, bytes, bytes]:
        call = self.call
        return call.agreement, call.case_ref, call.version, call.supersedes, call.signers()


def agreement(trust: TrustRoot, parties: Sequence[Signer], mediator: Signer) -> Agreement:
    """A first agreement, version 1, of a new case."""
    names = tuple(party.name for party in parties)
    call = SettlementCall(secrets.token_bytes(32), secrets.token_bytes(32), 1, ZERO, names, mediator.name)
    return Agreement(trust, call, tuple(parties), mediator)
