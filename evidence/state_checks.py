"""The checks that rest on a block's own header: what it proves, who vouches for its hash, and the block's time.
Not here: how the bytes are read (see `state`) and what a node says (see `ledger_look`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from .errors import MalformedInput, Tampered
from .ledger_look import LedgerLook
from .proof import Proof, StateClaim
from .records import witness_word
from .state import Header, read_account, read_entry, read_header
from .strict import instant_text, to_hex
from .trust import TrustedWitness, TrustRoot
from .verdict import NOT_PROVIDED, Answer, Check, CheckStatus

PASSED, FAILED, UNDETERMINED = CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.UNDETERMINED
LAST_SECOND = 253_402_300_799
"""The end of the year 9999: later times have no RFC 3339 form."""


class StateLook:
    """What the proof's `state` proves, looked at once; `checks` in their order."""

    def __init__(self, trust: TrustRoot, proof: Proof) -> None:
        self._trust, self.proof = trust, proof
        self.header: Header | None = None
        self._storage_root = b""
        self.checks: list[Check] = []
        claim = proof.state
        if claim is None:
            self._note("state.header", UNDETERMINED, {"reason": NOT_PROVIDED})
            return
        header = self.header = self._read_header(claim)
        if header is not None and self._read_account(claim, header):
            self._read_entry(claim)

    def _note(self, code: str, status: CheckStatus, detail: dict[str, Any]) -> None:
        self.checks.append(Check(Answer.INTEGRITY, code, status, detail))

    def _judge(self, code: str, holds: bool, detail: dict[str, Any], reason: str) -> None:
        self._note(code, PASSED if holds else FAILED, detail if holds else {**detail, "reason": reason})

    def _defect(self, code: str, error: MalformedInput | Tampered) -> None:
        self._note(code, FAILED, {"where": error.where, "message": error.message})

    def _read_header(self, claim: StateClaim) -> Header | None:
        try:
            header = read_header(claim.header)
        except MalformedInput as error:
            self._defect("state.header", error)
            return None
        detail = {
            "block_number": header.number,
            "block_hash": to_hex(header.hash),
            "block_time": moment(header.time),
            "anchored_in": self.proof.anchor.block_number,
        }
        self._judge("state.header", self._fits(header), detail, "other_block")
        return header

    def _fits(self, header: Header) -> bool:
        """Is it the anchor's own block, or a later one?"""
        anchor = self.proof.anchor
        same = (header.hash, header.time) == (anchor.block_hash, anchor.block_time)
        return header.number > anchor.block_number or (header.number == anchor.block_number and same)

    def _read_account(self, claim: StateClaim, header: Header) -> bool:
        contract = self._trust.evidence_ledger
        try:
            account = read_account(header.state_root, contract, claim.account)
        except (MalformedInput, Tampered) as error:
            self._defect("state.account", error)
            return False
        self._storage_root = account.storage_root
        expected = self._trust.code_hashes[contract]
        detail = {
            "contract": contract,
            "code_hash": to_hex(account.code_hash),
            "expected_code_hash": expected,
        }
        same = to_hex(account.code_hash) == expected
        self._judge("state.account", same, detail, "other_state")
        return same

    def _read_entry(self, claim: StateClaim) -> None:
        proof = self.proof
        try:
            entry = read_entry(self._storage_root, proof.batch.head, claim.storage)
        except (MalformedInput, Tampered) as error:
            self._defect("state.entry", error)
            return
        anchor = proof.anchor
        recorded = (entry.number, entry.size, entry.block_number, entry.block_time)
        claimed = (proof.batch.number, proof.inclusion.size, anchor.block_number, anchor.block_time)
        detail = {
            "number": entry.number,
            "size": entry.size,
            "recorded_block_number": entry.block_number,
            "block_time": moment(entry.block_time),
        }
        self._judge("state.entry", recorded == claimed, detail, "other_state")

    @property
    def block_hash(self) -> bytes:
        """Hash of the block that everything rests on: that of the header; without a readable one, the anchor's."""
        return self.header.hash if self.header else self.proof.anchor.block_hash

    @property
    def block_number(self) -> int:
        """That block's number, as the header or the anchor says."""
        return self.header.number if self.header else self.proof.anchor.block_number

    @property
    def block_time(self) -> int:
        """That block's time in unix seconds, as the header or the anchor says."""
        return self.header.time if self.header else self.proof.anchor.block_time

    @property
    def at_anchor(self) -> bool:
        """Is it the block that took the batch in?"""
        anchor = self.proof.anchor
        return (self.block_number, self.block_hash) == (anchor.block_number, anchor.block_hash)


def block_known_check(
    state: StateLook,
    brought: tuple[int, bytes] | None,
    ledger: LedgerLook,
    witnesses: Sequence[TrustedWitness],
) -> Check:
    """Does somebody whom the verifier believes vouch for the block's hash?

    brought: number and hash of a block that the verifier knows from elsewhere; witnesses: trusted ones who signed the
    anchor's block.
    """
    told = [
        *([] if brought is None else [("given", *brought)]),
        ("node", state.block_number, ledger.block_hash(state.block_number)),
    ]
    words = [(who, number, value, _word(state, number, value)) for who, number, value in told]
    vouching: list[dict[str, str]] = [{"by": who} for who, _, _, word in words if word is PASSED]
    if state.at_anchor:
        vouching += [
            {"by": "witness", "name": one.name, "office": witness_word(one.office)} for one in witnesses
        ]
    others = [
        {"by": who, "block_number": number, "block_hash": to_hex(value or b"")}
        for who, number, value, word in words
        if word is FAILED
    ]
    detail: dict[str, Any] = {
        "block_number": state.block_number,
        "block_hash": to_hex(state.block_hash),
        "block_time": moment(state.block_time),
        "vouched_by": vouching,
        "contradicted_by": others,
    }
    if others:
        return Check(Answer.INTEGRITY, "block.known", FAILED, {**detail, "reason": "other_block"})
    if not vouching:
        detail |= {"reason": "nobody_vouches", "remains": ["block_hash"]}
        return Check(Answer.INTEGRITY, "block.known", UNDETERMINED, detail)
    detail["remains"] = sorted({f"{one['by']}_honest" for one in vouching})
    return Check(Answer.INTEGRITY, "block.known", PASSED, detail)


def _word(state: StateLook, number: int, value: bytes | None) -> CheckStatus:
    """What a hash of the block of that number says of the block in question: UNDETERMINED where nothing."""
    if value is None:
        return UNDETERMINED
    if number == state.block_number:
        return PASSED if value == state.block_hash else FAILED
    anchor = state.proof.anchor
    return FAILED if number == anchor.block_number and value != anchor.block_hash else UNDETERMINED


def block_time_check(state: StateLook, known: Check, ledger: LedgerLook) -> Check:
    """Do block and time of the proof agree with state and ledger? The time is the operator's clock, not a proof."""
    anchor = state.proof.anchor
    detail: dict[str, Any] = {
        "block_number": anchor.block_number,
        "block_time": moment(anchor.block_time),
        "clock": "operator",
    }
    parts = [check.status for check in (*state.checks, known)]
    told, facts = ledger.block_word()
    proven = all(status is PASSED for status in parts)
    if told is FAILED:
        return Check(Answer.TIME, "time.block", FAILED, {**detail, **facts})
    if FAILED in parts:
        return Check(Answer.TIME, "time.block", FAILED, {**detail, "reason": "other_block"})
    if told is PASSED or (proven and state.at_anchor):
        return Check(Answer.TIME, "time.block", PASSED, detail)
    reason = {"reason": "later_block"} if proven else facts
    return Check(Answer.TIME, "time.block", UNDETERMINED, {**detail, **reason})


def moment(seconds: int) -> str | None:
    """RFC 3339 text of unix seconds; None beyond the year 9999."""
    return instant_text(datetime.fromtimestamp(seconds, UTC)) if seconds <= LAST_SECOND else None
