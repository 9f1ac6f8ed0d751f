"""Words for people, Chinese and English, about what an audit finds. A check's own words are in `words`.
Not here: outcomes (see `audit_records`) and layout (see `audit_report`)."""

from __future__ import annotations

from .audit_records import Finding
from .verdict import Answer, Check, CheckStatus
from .words import Pair, check_text, detail_lines, pick

FINDINGS: dict[str, Pair] = {
    "file.missing": ("文件不见了", "The file is missing"),
    "file.damaged": ("存储中的文件已损坏，不能解密", "The stored file is damaged and does not decrypt"),
    "file.differs": ("文件与陈述不一致", "The file differs from its statement"),
    "file.erased": ("文件已依法删除，只留下删除记录", "The file was erased; a record of that is left"),
    "file.unreadable": ("暂时读不出文件", "The file cannot be read at present"),
    "file.not_read": ("没有读取文件", "The file was not read"),
    "statement.missing": ("没有陈述，无从比对", "There is no statement to compare with"),
    "statement.malformed": ("陈述不合格式", "The statement is malformed"),
    "statement.other": (
        "来源中的陈述与证明文件中的不同",
        "The source's statement is not the one in the proof file",
    ),
    "proof.missing": ("应有的证明文件不见了", "The proof file that should be here is missing"),
    "proof.malformed": ("证明文件不合格式", "The proof file is malformed"),
    "item.unanchored": ("待上链：还没有证明文件", "Waits to be anchored: no proof file yet"),
    "item.twice": ("同一份陈述列了两次", "One statement is listed twice"),
    "inventory.malformed": ("清单的这一行读不出", "A line of the inventory cannot be read"),
    "inventory.cut": ("清单的行数与表头不符", "The inventory does not have as many lines as its head says"),
    "package.name": ("包内文件名指向包外或者重复", "A name in the package leads outside it or stands twice"),
    "package.malformed": ("包的清单中这一项读不出", "An entry of the package's manifest cannot be read"),
    "package.missing": ("清单所列的文件不在包中", "A file that the manifest lists is not in the package"),
    "package.changed": ("文件与包的清单不一致", "A file differs from the package's manifest"),
    "package.extra": ("包中有清单没有列出的文件", "The package holds a file that its manifest does not list"),
    "package.trust": ("包内的信任根与您的不同", "The trust root inside the package is not yours"),
    "store.extra": ("存储中有无人认领的文件", "The store holds a file that nobody claims"),
    "store.not_listed": (
        "存储没有列出全部文件，不知道是否有无人认领的",
        "The store did not list its files: whether any is claimed by nobody is not known",
    ),
    "ledger.not_asked": (
        "没有给出节点，未与链比较",
        "No node was given: nothing was compared with the ledger",
    ),
    "ledger.unavailable": (
        "连接不到节点，未与链比较；这不表示伪造",
        "The node could not be reached: nothing was compared with the ledger; this is no sign of forgery",
    ),
    "ledger.identity": (
        "节点不是信任根中的链或者合约，其答复不计",
        "The node is not of the chain and contract that you trust; nothing it says counts",
    ),
    "ledger.gap": ("链上缺少这一批", "The ledger lacks this batch"),
    "ledger.line": ("链上这一批不承接上一批", "This batch on the ledger does not follow the one before"),
    "ledger.head": ("链头与最后一批不符", "The ledger's head is not that of its last batch"),
    "batch.contradiction": ("证明文件对这一批说法不一", "Proof files contradict each other about this batch"),
    "batch.line": (
        "证明文件所述的这一批不承接上一批",
        "By the proof files this batch does not follow the one before",
    ),
    "batch.unknown": ("清单中没有这一批的任何材料", "No item of the inventory is in this batch"),
    "batch.leaf_unknown": (
        "这一批中有材料不在清单中",
        "The batch holds leaves that no item of the inventory accounts for",
    ),
}
FACTS: dict[str, Pair] = {
    "differs": ("不一致的", "differs in"),
    "expected_size": ("应为大小", "expected size"),
    "actual_size": ("实为大小", "found size"),
    "expected_sha256": ("应为 SHA-256", "expected SHA-256"),
    "actual_sha256": ("实为 SHA-256", "found SHA-256"),
    "expected_sm3": ("应为 SM3", "expected SM3"),
    "actual_sm3": ("实为 SM3", "found SM3"),
    "address": ("存储地址", "address in the store"),
    "path": ("路径", "path"),
    "leaves": ("叶子序号（从 0 起）", "leaves (from 0)"),
    "count": ("件数", "how many"),
    "size": ("批次件数", "leaves in the batch"),
}
REASONS: dict[str, Pair] = {
    "no_store": ("没有给出存储", "no store was given"),
    "no_file_named": ("来源没有给出文件", "the source names no file"),
}
OUTCOMES: dict[CheckStatus, Pair] = {
    CheckStatus.PASSED: ("全部一致", "Everything agrees"),
    CheckStatus.FAILED: ("发现问题", "Something is wrong"),
    CheckStatus.UNDETERMINED: (
        "没有发现问题，但有尚不能确定的事项",
        "Nothing is wrong, but something is open",
    ),
}
STATUSES: dict[CheckStatus, Pair] = {
    CheckStatus.FAILED: ("问题", "WRONG"),
    CheckStatus.UNDETERMINED: ("待定", "OPEN"),
}


def finding_text(finding: Finding, language: str) -> str:
    """What was found, in one sentence; for a check that did not pass, what it asks."""
    known = FINDINGS.get(finding.code)
    if known is not None:
        return pick(known, language)
    asked = check_text(finding.code, language)
    if finding.status is CheckStatus.FAILED:
        return pick((f"未通过：{asked}", f"Does not hold: {asked}"), language)
    return pick((f"尚不能确定：{asked}", f"Open: {asked}"), language)


def detail_text(finding: Finding, language: str) -> str:
    """The facts of a finding in one line."""
    plain = Check(Answer.INTEGRITY, finding.code, finding.status, dict(finding.detail))
    ours = {key: pick(pair, language) for key, pair in FACTS.items()}
    reasons = {key: pick(pair, language) for key, pair in REASONS.items()}
    lines = [
        (ours.get(key, name), reasons.get(value, value))
        for key, (name, value) in zip(
            (key for key, value in finding.detail.items() if value is not None and value != []),
            detail_lines(plain, language),
            strict=True,
        )
    ]
    return pick(("；", "; "), language).join(f"{name}: {value}" for name, value in lines)


def outcome_text(status: CheckStatus, language: str) -> str:
    """The outcome of the whole."""
    return pick(OUTCOMES[status], language)
