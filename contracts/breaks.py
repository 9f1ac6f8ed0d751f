"""The contracts' rules broken one by one, as data: what stands in a contract, and what takes its place.
Not here: trying whether a test notices (see `mutate`)."""

from __future__ import annotations

from typing import NamedTuple


class Break(NamedTuple):
    """`old`, which stands once in the contract, becomes `new`. lasting: the invariants alone have to notice it."""

    contract: str
    old: str
    new: str
    lasting: bool = False


EVIDENCE, OFFICIALS, SETTLEMENT = "EvidenceLedger", "Officials", "SettlementLedger"
DEVICE, SIGNATURES = "DeviceKeyVerifier", "Signatures"

# Tests of single acts, and of what holds whatever happened.
TESTS = {
    EVIDENCE: "AnchorTest|InclusionTest|WitnessTest",
    OFFICIALS: "OfficialsTest",
    SETTLEMENT: "SealTest|SupersedeTest|DecideTest",
    DEVICE: "DeviceKeyVerifierTest",
    SIGNATURES: "SignaturesTest",
}
INVARIANTS = {
    EVIDENCE: "EvidenceInvariants",
    OFFICIALS: "EvidenceInvariants",
    SETTLEMENT: "SettlementInvariants",
}

BREAKS = (
    Break(EVIDENCE, ") external onlyRole(ANCHOR_ROLE)", ") external", lasting=True),
    Break(EVIDENCE, "if (root == 0) revert EvidenceLedgerEmptyRoot();", "", lasting=True),
    Break(EVIDENCE, "if (size == 0) revert EvidenceLedgerEmptyBatch();", "", lasting=True),
    Break(
        EVIDENCE,
        "if (previousHead != _head) revert EvidenceLedgerUnexpectedHead(previousHead);",
        "",
        lasting=True,
    ),
    Break(EVIDENCE, "        _head = next;", "", lasting=True),
    Break(
        EVIDENCE,
        "_nextHead(previousHead, root, size);\n        number",
        "_nextHead(0, root, size);\n        number",
        lasting=True,
    ),
    Break(
        EVIDENCE, "uint256(_entries[previousHead].number) + 1", "uint256(_entries[previousHead].number) + 2"
    ),
    Break(
        EVIDENCE,
        "number == 0 || _entries[batchHead].number != number",
        "_entries[batchHead].number != number",
    ),
    Break(EVIDENCE, "number == 0 || _entries[batchHead].number != number", "number == 0"),
    Break(
        EVIDENCE,
        "if (known != 0 && known != blockHash) revert EvidenceLedgerUnexpectedBlock(blockHash);",
        "",
        lasting=True,
    ),
    Break(EVIDENCE, "known != 0 && known != blockHash", "known != blockHash"),
    Break(EVIDENCE, "if (!_mayWitness(signer)) revert EvidenceLedgerNotAWitness(signer);", "", lasting=True),
    Break(EVIDENCE, "Officials.Office.NOTARY", "Officials.Office.MEDIATOR"),
    Break(EVIDENCE, "Officials.Office.COURT_WITNESS", "Officials.Office.COURT"),
    Break(EVIDENCE, "if (_witnessed[batchHead][signerId] != 0)", "if (false)", lasting=True),
    Break(
        EVIDENCE,
        "if (!SignatureChecker.isValidSignatureNow(signer, digest, signature))",
        "if (false)",
        lasting=True,
    ),
    Break(
        EVIDENCE,
        "abi.encode(WITNESS_TYPEHASH, number, batchHead, blockNumber, blockHash)",
        "abi.encode(WITNESS_TYPEHASH, number, batchHead, blockNumber)",
    ),
    Break(EVIDENCE, "_entries[_nextHead(previousHead, root, size)].number != 0 &&", ""),
    Break(EVIDENCE, "if (index >= size) return false;", ""),
    Break(EVIDENCE, "if (sn == 0) return false;", ""),
    Break(EVIDENCE, "fn & 1 == 1 || fn == sn", "fn & 1 == 1"),
    Break(EVIDENCE, "while (fn & 1 == 0 && fn != 0)", "while (false)"),
    Break(EVIDENCE, "return sn == 0 && node == root;", "return node == root;"),
    Break(EVIDENCE, "return sn == 0 && node == root;", "return sn == 0;"),
    Break(EVIDENCE, "abi.encodePacked(bytes1(0x00), commitment)", "abi.encodePacked(commitment)"),
    Break(
        OFFICIALS,
        "uint64 validUntil\n    ) external onlyRole(OFFICE_ADMIN_ROLE)",
        "uint64 validUntil\n    ) external",
        lasting=True,
    ),
    Break(
        OFFICIALS,
        "revoke(bytes calldata signer, Office office) external onlyRole(OFFICE_ADMIN_ROLE)",
        "revoke(bytes calldata signer, Office office) external",
        lasting=True,
    ),
    Break(OFFICIALS, "if (signer.length < SHORTEST_SIGNER) revert OfficialsInvalidSigner(signer);", ""),
    Break(OFFICIALS, "if (office == Office.NONE) revert OfficialsNoOffice();", ""),
    Break(OFFICIALS, "validFrom >= validUntil", "validFrom > validUntil"),
    Break(
        OFFICIALS,
        "term.validUntil > present && term.validFrom",
        "term.validUntil >= present && term.validFrom",
    ),
    Break(OFFICIALS, " && term.validFrom < term.validUntil)", ")"),
    Break(OFFICIALS, "if (!ended) revert OfficialsNotGranted(signer, office);", ""),
    Break(
        OFFICIALS,
        "term.validFrom <= time && time < term.validUntil",
        "term.validFrom < time && time < term.validUntil",
    ),
    Break(
        OFFICIALS,
        "term.validFrom <= time && time < term.validUntil",
        "term.validFrom <= time && time <= term.validUntil",
    ),
    Break(OFFICIALS, "i > 0; --i", "i > 1; --i"),
    Break(SETTLEMENT, "if (agreement == 0) revert SettlementLedgerEmptyAgreement();", ""),
    Break(
        SETTLEMENT,
        "if (_records[agreement].sealedTime != 0) revert SettlementLedgerAlreadySealed(agreement);",
        "",
        lasting=True,
    ),
    Break(SETTLEMENT, "        _checkSigners(settlement);\n", ""),
    Break(SETTLEMENT, "if (consents.length != settlement.parties.length)", "if (false)", lasting=True),
    Break(
        SETTLEMENT,
        "if (consents.length != settlement.parties.length)",
        "if (consents.length < settlement.parties.length)",
    ),
    Break(
        SETTLEMENT,
        "if (!_officials.holds(settlement.mediator, Officials.Office.MEDIATOR, uint64(block.timestamp)))",
        "if (false)",
        lasting=True,
    ),
    Break(SETTLEMENT, "if (settlement.supersedes != 0) _checkSuperseded(settlement, partiesHash);", ""),
    Break(
        SETTLEMENT,
        "        _checkConsents(settlement, _digest(CONSENT_TYPEHASH, settlement, signers), consents);\n",
        "",
        lasting=True,
    ),
    Break(
        SETTLEMENT, "if (!_isSigned(settlement.mediator, toSeal, sealSignature))", "if (false)", lasting=True
    ),
    Break(
        SETTLEMENT,
        "_digest(SEAL_TYPEHASH, settlement, signers);\n        if",
        "_digest(CONSENT_TYPEHASH, settlement, signers);\n        if",
    ),
    Break(SETTLEMENT, "_records[superseded].supersededBy = agreement;", "", lasting=True),
    Break(
        SETTLEMENT,
        "_records[superseded].supersededBy = agreement;",
        "_records[superseded].supersededBy = agreement; _records[superseded].signers = signers;",
        lasting=True,
    ),
    Break(
        SETTLEMENT,
        "_records[superseded].supersededBy = agreement;",
        "delete _records[superseded];",
        lasting=True,
    ),
    Break(
        SETTLEMENT,
        "record.outcome = outcome;",
        "record.outcome = outcome; record.sealedTime = uint64(block.timestamp);",
        lasting=True,
    ),
    Break(
        EVIDENCE,
        "        _head = next;",
        "        _head = next; _entries[previousHead].size += 1;",
        lasting=True,
    ),
    Break(
        SETTLEMENT,
        "if (record.sealedTime == 0) revert SettlementLedgerUnknownAgreement(agreement);",
        "",
        lasting=True,
    ),
    Break(SETTLEMENT, "if (record.outcome != Outcome.NONE) revert", "if (false) revert", lasting=True),
    Break(SETTLEMENT, "if (record.supersededBy != 0) revert", "if (false) revert", lasting=True),
    Break(
        SETTLEMENT,
        "if (!_officials.holds(signer, Officials.Office.COURT, uint64(block.timestamp)))",
        "if (false)",
        lasting=True,
    ),
    Break(SETTLEMENT, "if (!_isSigned(signer, digest, signature))", "if (false)", lasting=True),
    Break(
        SETTLEMENT,
        "abi.encode(CONFIRMATION_TYPEHASH, agreement, uint8(outcome), ruling)",
        "abi.encode(CONFIRMATION_TYPEHASH, agreement, ruling)",
    ),
    Break(SETTLEMENT, "if (count < 2)", "if (count < 1)"),
    Break(SETTLEMENT, "if (!_isKnownKind(signer)) revert SettlementLedgerUnknownVerifier(signer);", ""),
    Break(SETTLEMENT, "if (ids[j] == id) revert SettlementLedgerRepeatedSigner(signer);", ""),
    Break(
        SETTLEMENT,
        "signer.length != Signatures.P256_SIGNER_SIZE",
        "signer.length < Signatures.P256_SIGNER_SIZE",
    ),
    Break(SETTLEMENT, "if (earlier.sealedTime == 0) revert", "if (false) revert", lasting=True),
    Break(SETTLEMENT, "if (earlier.supersededBy != 0) {", "if (false) {", lasting=True),
    Break(SETTLEMENT, "earlier.outcome == Outcome.CONFIRMED", "false", lasting=True),
    Break(SETTLEMENT, "earlier.caseRef != settlement.caseRef", "false", lasting=True),
    Break(
        SETTLEMENT,
        "settlement.version <= earlier.version",
        "settlement.version < earlier.version",
        lasting=True,
    ),
    Break(SETTLEMENT, "earlier.parties != partiesHash", "false", lasting=True),
    Break(
        SETTLEMENT,
        "for (uint256 i = 0; i < consents.length; ++i)",
        "for (uint256 i = 1; i < consents.length; ++i)",
        lasting=True,
    ),
    Break(SETTLEMENT, "settlement.supersedes,\n                signers", "signers"),
    Break(SETTLEMENT, "settlement.version,\n                settlement.supersedes", "settlement.supersedes"),
    Break(
        SETTLEMENT, "abi.encode(settlement.parties, settlement.mediator)", "abi.encode(settlement.mediator)"
    ),
    Break(SETTLEMENT, "_requireCode(passkeyVerifier, type(ERC7913WebAuthnVerifier).runtimeCode);", ""),
    Break(SETTLEMENT, "_requireCode(deviceVerifier, type(DeviceKeyVerifier).runtimeCode);", ""),
    Break(DEVICE, "if (key.length != KEY_SIZE) return INVALID;", ""),
    Break(
        DEVICE,
        "return valid ? IERC7913SignatureVerifier.verify.selector : INVALID;",
        "return IERC7913SignatureVerifier.verify.selector;",
    ),
    Break(SIGNATURES, "sha256(abi.encodePacked(digest))", "digest"),
    Break(SIGNATURES, "signature.length != P256_SIGNATURE_SIZE", "signature.length < P256_SIGNATURE_SIZE"),
    Break(SIGNATURES, "if (verifier == passkeyVerifier)", "if (verifier != deviceVerifier)"),
    Break(SIGNATURES, "if (verifier == deviceVerifier)", "if (verifier != passkeyVerifier)"),
    Break(SIGNATURES, "auth, x, y);", "auth, x, y, false);"),
    Break(SIGNATURES, " && _typeFits(auth)", ""),
    Break(SIGNATURES, "TYPE_SIZE - 1 <", "TYPE_SIZE <"),
    Break(
        SIGNATURES, "x := calldataload(add(signer.offset, 20))", "x := calldataload(add(signer.offset, 21))"
    ),
    Break(SIGNATURES, "if (signature.length < AUTH_HEAD_SIZE) return (false, auth);", ""),
    Break(SIGNATURES, "iszero(or(gt(data, last), gt(client, last)))", "iszero(gt(data, last))"),
    Break(SIGNATURES, "iszero(or(gt(data, last), gt(client, last)))", "iszero(gt(client, last))"),
    Break(SIGNATURES, "sub(mload(copy), 0x20)", "mload(copy)"),
    Break(SIGNATURES, "sub(mload(copy), 0x20)", "sub(mload(copy), 0x21)"),
    Break(SIGNATURES, "decoded := and(dataFits, clientFits)", "decoded := dataFits"),
    Break(SIGNATURES, "decoded := and(dataFits, clientFits)", "decoded := clientFits"),
    Break(SIGNATURES, "sub(last, data)", "sub(sub(last, data), 1)"),
    Break(SIGNATURES, "sub(last, client)", "sub(sub(last, client), 1)"),
    Break(SIGNATURES, "mcopy(auth, start, 0x80)", "mcopy(auth, start, 0x60)"),
)
