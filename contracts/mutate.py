"""Breaks the contracts on purpose, one rule at a time in a copy, and names each break that the forge tests miss.
Not here: the tests (contracts/test). Run as `python -m contracts.mutate [WORD …]`; exit 1 when one was missed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from scripts.chain import foundry_binary

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = Path("node_modules") / "@openzeppelin"
COMPILER = Path("node_modules") / "solc"


class Break(NamedTuple):
    """`old`, which stands once in the contract, becomes `new`."""

    contract: str
    old: str
    new: str


E, O, S, D = "EvidenceLedger", "Officials", "SettlementLedger", "DeviceKeyVerifier"

# Where a break is looked for first, and where then.
SUITES = {
    E: ("AnchorTest|InclusionTest|WitnessTest", "EvidenceInvariants"),
    O: ("OfficialsTest",),
    S: ("SealTest|SupersedeTest|DecideTest", "SettlementInvariants"),
    D: ("DeviceKeyVerifierTest",),
}

BREAKS = (
    Break(E, ") external onlyRole(ANCHOR_ROLE)", ") external"),
    Break(E, "if (root == 0) revert EvidenceLedgerEmptyRoot();", ""),
    Break(E, "if (size == 0) revert EvidenceLedgerEmptyBatch();", ""),
    Break(E, "if (previousHead != _head) revert EvidenceLedgerUnexpectedHead(previousHead);", ""),
    Break(E, "        _head = next;", ""),
    Break(
        E, "_nextHead(previousHead, root, size);\n        number", "_nextHead(0, root, size);\n        number"
    ),
    Break(E, "uint256(_entries[previousHead].number) + 1", "uint256(_entries[previousHead].number) + 2"),
    Break(E, "number == 0 || _entries[batchHead].number != number", "_entries[batchHead].number != number"),
    Break(E, "number == 0 || _entries[batchHead].number != number", "number == 0"),
    Break(E, "if (known != 0 && known != blockHash) revert EvidenceLedgerUnexpectedBlock(blockHash);", ""),
    Break(E, "known != 0 && known != blockHash", "known != blockHash"),
    Break(E, "if (!_mayWitness(signer)) revert EvidenceLedgerNotAWitness(signer);", ""),
    Break(E, "Officials.Office.NOTARY", "Officials.Office.MEDIATOR"),
    Break(E, "Officials.Office.COURT_WITNESS", "Officials.Office.COURT"),
    Break(E, "if (_witnessed[batchHead][signerId] != 0)", "if (false)"),
    Break(E, "if (!SignatureChecker.isValidSignatureNow(signer, digest, signature))", "if (false)"),
    Break(
        E,
        "abi.encode(WITNESS_TYPEHASH, number, batchHead, blockNumber, blockHash)",
        "abi.encode(WITNESS_TYPEHASH, number, batchHead, blockNumber)",
    ),
    Break(E, "_entries[_nextHead(previousHead, root, size)].number != 0 &&", ""),
    Break(E, "if (index >= size) return false;", ""),
    Break(E, "if (sn == 0) return false;", ""),
    Break(E, "fn & 1 == 1 || fn == sn", "fn & 1 == 1"),
    Break(E, "while (fn & 1 == 0 && fn != 0)", "while (false)"),
    Break(E, "return sn == 0 && node == root;", "return node == root;"),
    Break(E, "return sn == 0 && node == root;", "return sn == 0;"),
    Break(E, "abi.encodePacked(bytes1(0x00), commitment)", "abi.encodePacked(commitment)"),
    Break(
        O,
        "uint64 validUntil\n    ) external onlyRole(OFFICE_ADMIN_ROLE)",
        "uint64 validUntil\n    ) external",
    ),
    Break(
        O,
        "revoke(bytes calldata signer, Office office) external onlyRole(OFFICE_ADMIN_ROLE)",
        "revoke(bytes calldata signer, Office office) external",
    ),
    Break(O, "if (signer.length < SHORTEST_SIGNER) revert OfficialsInvalidSigner(signer);", ""),
    Break(O, "if (office == Office.NONE) revert OfficialsNoOffice();", ""),
    Break(O, "validFrom >= validUntil", "validFrom > validUntil"),
    Break(O, "term.validUntil > present && term.validFrom", "term.validUntil >= present && term.validFrom"),
    Break(O, " && term.validFrom < term.validUntil)", ")"),
    Break(O, "if (!ended) revert OfficialsNotGranted(signer, office);", ""),
    Break(
        O,
        "term.validFrom <= time && time < term.validUntil",
        "term.validFrom < time && time < term.validUntil",
    ),
    Break(
        O,
        "term.validFrom <= time && time < term.validUntil",
        "term.validFrom <= time && time <= term.validUntil",
    ),
    Break(O, "i > 0; --i", "i > 1; --i"),
    Break(S, "if (agreement == 0) revert SettlementLedgerEmptyAgreement();", ""),
    Break(S, "if (_records[agreement].sealedTime != 0) revert SettlementLedgerAlreadySealed(agreement);", ""),
    Break(S, "        _checkSigners(settlement);\n", ""),
    Break(S, "if (consents.length != settlement.parties.length)", "if (false)"),
    Break(
        S,
        "if (consents.length != settlement.parties.length)",
        "if (consents.length < settlement.parties.length)",
    ),
    Break(
        S,
        "if (!_officials.holds(settlement.mediator, Officials.Office.MEDIATOR, uint64(block.timestamp)))",
        "if (false)",
    ),
    Break(S, "if (settlement.supersedes != 0) _checkSuperseded(settlement, partiesHash);", ""),
    Break(
        S,
        "        _checkConsents(settlement, _digest(CONSENT_TYPEHASH, settlement, signers), consents);\n",
        "",
    ),
    Break(
        S,
        "if (!SignatureChecker.isValidSignatureNow(settlement.mediator, toSeal, sealSignature))",
        "if (false)",
    ),
    Break(
        S,
        "_digest(SEAL_TYPEHASH, settlement, signers);\n        if",
        "_digest(CONSENT_TYPEHASH, settlement, signers);\n        if",
    ),
    Break(S, "_records[superseded].supersededBy = agreement;", ""),
    Break(S, "if (record.sealedTime == 0) revert SettlementLedgerUnknownAgreement(agreement);", ""),
    Break(S, "if (record.outcome != Outcome.NONE) revert", "if (false) revert"),
    Break(S, "if (record.supersededBy != 0) revert", "if (false) revert"),
    Break(S, "if (!_officials.holds(signer, Officials.Office.COURT, uint64(block.timestamp)))", "if (false)"),
    Break(S, "if (!SignatureChecker.isValidSignatureNow(signer, digest, signature))", "if (false)"),
    Break(
        S,
        "abi.encode(CONFIRMATION_TYPEHASH, agreement, uint8(outcome), ruling)",
        "abi.encode(CONFIRMATION_TYPEHASH, agreement, ruling)",
    ),
    Break(S, "if (count < 2)", "if (count < 1)"),
    Break(S, "if (!_isKnownKind(signer)) revert SettlementLedgerUnknownVerifier(signer);", ""),
    Break(S, "if (ids[j] == id) revert SettlementLedgerRepeatedSigner(signer);", ""),
    Break(S, "signer.length != P256_SIGNER_SIZE", "signer.length < P256_SIGNER_SIZE"),
    Break(S, "if (earlier.sealedTime == 0) revert", "if (false) revert"),
    Break(S, "if (earlier.supersededBy != 0) {", "if (false) {"),
    Break(S, "earlier.outcome == Outcome.CONFIRMED", "false"),
    Break(S, "earlier.caseRef != settlement.caseRef", "false"),
    Break(S, "settlement.version <= earlier.version", "settlement.version < earlier.version"),
    Break(S, "earlier.parties != partiesHash", "false"),
    Break(
        S, "for (uint256 i = 0; i < consents.length; ++i)", "for (uint256 i = 1; i < consents.length; ++i)"
    ),
    Break(S, "settlement.supersedes,\n                signers", "signers"),
    Break(S, "settlement.version,\n                settlement.supersedes", "settlement.supersedes"),
    Break(S, "abi.encode(settlement.parties, settlement.mediator)", "abi.encode(settlement.mediator)"),
    Break(D, "key.length != KEY_SIZE || ", ""),
    Break(D, " || signature.length != SIGNATURE_SIZE", ""),
    Break(D, "sha256(abi.encodePacked(hash))", "hash"),
    Break(
        D,
        "return valid ? IERC7913SignatureVerifier.verify.selector : INVALID;",
        "return IERC7913SignatureVerifier.verify.selector;",
    ),
)


def copied(folder: Path) -> None:
    """What forge needs; the library as files, since forge would follow a link out of the folder."""
    shutil.copy(ROOT / "foundry.toml", folder)
    for part in ("src", "test", "bin"):
        shutil.copytree(ROOT / "contracts" / part, folder / "contracts" / part)
    shutil.copytree(ROOT / LIBRARY, folder / LIBRARY)
    (folder / COMPILER).symlink_to(ROOT / COMPILER)


def forge_fails(folder: Path, suites: str) -> bool:
    """Whether a test of these suites fails, soon. RuntimeError when the contracts do not even compile."""
    command = [str(foundry_binary("forge")), "test", "--fail-fast", "--match-contract", f"^({suites})$"]
    quick = {
        "FOUNDRY_DYNAMIC_TEST_LINKING": "true",  # a changed contract compiles alone
        "FOUNDRY_FUZZ_RUNS": "64",
        "FOUNDRY_OUT": "out",
        "FOUNDRY_CACHE_PATH": "cache",
    }
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **quick}, capture_output=True, text=True, check=False
    )
    if "Suite result" not in done.stdout:
        raise RuntimeError(done.stdout + done.stderr)
    return done.returncode != 0


def noticed(folder: Path, change: Break) -> bool:
    """Whether a test fails with this change. ValueError when `old` does not stand once in the contract."""
    path = folder / "contracts" / "src" / f"{change.contract}.sol"
    text = path.read_text(encoding="utf-8")
    if text.count(change.old) != 1:
        raise ValueError(f"stands {text.count(change.old)} times in {change.contract}: {change.old}")
    path.write_text(text.replace(change.old, change.new), encoding="utf-8")
    try:
        return any(forge_fails(folder, suites) for suites in SUITES[change.contract])
    finally:
        path.write_text(text, encoding="utf-8")


def main(words: list[str]) -> int:
    """Try every break that contains one of the words, or all; 1 when a break was missed."""
    chosen = [b for b in BREAKS if not words or any(word in " ".join(b) for word in words)]
    missed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copied(folder)
        if any(forge_fails(folder, suites) for both in SUITES.values() for suites in both):
            print("the tests fail before anything is broken", file=sys.stderr)
            return 1
        for change in chosen:
            seen = noticed(folder, change)
            missed += not seen
            print(
                f"{'noticed' if seen else 'MISSED '} {change.contract}: {change.old!r} → {change.new!r}",
                flush=True,
            )
    print(f"{len(chosen) - missed} of {len(chosen)} breaks noticed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
