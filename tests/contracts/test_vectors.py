"""The compiled contract agrees with the test vectors: inclusion and head, what witnesses sign, and its own storage's proof.
Not here: what the verifiers make of a vector (see tests/unit/evidence/test_vectors)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from evidence.artifacts import interface
from evidence.digest import digest_bytes
from evidence.ethereum import EthereumLedger, Node
from evidence.merkle import next_head
from evidence.proof import Proof
from evidence.records import AnchoredBatch
from evidence.signature import keccak
from evidence.state import entry_slot, entry_value, read_header
from evidence.strict import to_hex
from evidence.trust import TrustRoot
from evidence.typed_data import Witness
from evidence.verify import CheckStatus, Verifier
from scripts.make_vectors import FOLDER
from scripts.vector_parts import FILE, PRESENT, RecordedLedger
from tests.anvil import deploy_contracts, rpc

VECTORS = sorted(FOLDER.glob("*/*.json"))


@dataclass(frozen=True)
class Ground:
    """A node where the contract's code can be put anywhere."""

    url: str
    code: str

    @contextmanager
    def holding(self, contract: str, batches: list[AnchoredBatch]) -> Iterator[EthereumLedger]:
        """The contract at that address with these batches in its storage, for a while."""
        rpc(self.url, "anvil_setCode", contract, self.code)
        self._set(contract, batches, kept=True)
        yield EthereumLedger(self.url, self.trust_of(contract))
        self._set(contract, batches, kept=False)

    def trust_of(self, contract: str, base: TrustRoot | None = None) -> TrustRoot:
        """A trust root that names the code as it is here."""
        base = base or TrustRoot.parse(json.dumps(load(VECTORS[0])["trust"]))
        codes = {contract: to_hex(keccak(bytes.fromhex(self.code[2:])))}
        return replace(base, evidence_ledger=contract, code_hashes=codes)

    def _set(self, contract: str, batches: list[AnchoredBatch], kept: bool) -> None:
        for batch in batches:
            value = entry_value(batch) if kept else b""
            word = to_hex(value.rjust(32, b"\x00"))
            rpc(self.url, "anvil_setStorageAt", contract, to_hex(entry_slot(batch.head)), word)


@pytest.fixture(scope="module")
def ground(anvil_url: str) -> Ground:
    """The code is that of a contract that was really deployed, immutable values in it."""
    deployed = deploy_contracts(anvil_url).trust.evidence_ledger
    return Ground(anvil_url, str(rpc(anvil_url, "eth_getCode", deployed, "latest")))


def load(path: Path) -> dict[str, Any]:
    vector: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return vector


def readable() -> list[Any]:
    """Every vector whose proof file can be read, as a parameter."""
    found = [(load(path), f"{path.parent.name}/{path.stem}") for path in VECTORS]
    return [pytest.param(one, id=name) for one, name in found if "malformed" not in one["expected"]]


def recorded(vector: dict[str, Any], proof: Proof) -> list[AnchoredBatch]:
    """What the vector's ledger holds; where no node is asked, the batch as the proof claims it."""
    if vector["ledger"] is not None:
        return list(RecordedLedger.parse(vector["ledger"]).batches)
    batch, anchor = proof.batch, proof.anchor
    return [
        AnchoredBatch(
            batch.number,
            batch.root,
            proof.inclusion.size,
            batch.previous_head,
            batch.head,
            anchor.block_number,
            anchor.block_hash,
            anchor.block_time,
            to_hex(anchor.transaction),
        )
    ]


@pytest.mark.parametrize("vector", readable())
def test_the_contract_says_what_the_vector_says(ground: Ground, vector: dict[str, Any]) -> None:
    proof = Proof.parse(vector["proof"])
    trust = TrustRoot.parse(json.dumps(vector["trust"]))
    batches = recorded(vector, proof)
    batch, place, not_passed = proof.batch, proof.inclusion, vector["expected"]["not_passed"]
    with ground.holding(trust.evidence_ledger, batches) as ledger:
        commitment = proof.statement.commitment()
        said = ledger.verify_inclusion(
            batch.previous_head, batch.root, place.size, commitment, place.index, place.path
        )
        follows = next_head(batch.previous_head, batch.root, place.size)
        held = follows in {one.head for one in batches}
        assert said == (held and "batch.inclusion" not in not_passed)
        assert (follows == batch.head) == ("batch.head" not in not_passed)
        for one in batches:
            message = Witness(one.number, one.head, one.block_number, one.block_hash)
            call = interface("EvidenceLedger").call("witnessDigest", one.number, one.head, one.block_hash)
            target = {"to": trust.evidence_ledger, "data": to_hex(call)}
            digest = Node(ground.url).request("eth_call", target, "latest")
            assert digest == to_hex(message.digest(trust.evidence_domain))


def test_there_are_vectors_of_both_kinds() -> None:
    """Otherwise the test above would say nothing."""
    outcomes = {"batch.inclusion" in one.values[0]["expected"]["not_passed"] for one in readable()}
    assert outcomes == {True, False}


def test_the_nodes_own_proof_of_that_storage_passes(ground: Ground) -> None:
    vector = load(FOLDER / "valid" / "exhibit.json")
    proof = Proof.parse(vector["proof"])
    batches = recorded(vector, proof)
    named = TrustRoot.parse(json.dumps(vector["trust"]))
    with ground.holding(named.evidence_ledger, batches) as ledger:
        rpc(ground.url, "anvil_mine", hex(proof.anchor.block_number + 1))
        claim = ledger.state_proof(proof.batch.head)
        assert claim is not None
        trust = ground.trust_of(named.evidence_ledger, named)
        known = (read_header(claim.header).number, keccak(claim.header))
        verdict = Verifier(trust, at=PRESENT, block=known).verify(
            digest_bytes(FILE), replace(proof, state=claim)
        )
        found = {check.code: check.status for check in verdict.checks}
        codes = ("state.header", "state.account", "state.entry", "block.known")
        assert {found[code] for code in codes} == {CheckStatus.PASSED}
        other = replace(proof, state=claim, batch=replace(proof.batch, head=batches[0].head))
        wrong = Verifier(trust, at=PRESENT, block=known).verify(digest_bytes(FILE), other)
        assert {check.code: check.status for check in wrong.checks}["state.entry"] is CheckStatus.FAILED
