"""Words for people, Chinese and English, about answers, checks and their facts. Says only what a proof supports.
Not here: outcomes (see `verdict`). The kernel has its own words because it outlives the product's screens."""

from __future__ import annotations

from typing import Any

from .verdict import NOT_PROVIDED, Answer, Check, CheckStatus, Verdict

Pair = tuple[str, str]

ANSWERS: dict[Answer, Pair] = {
    Answer.INTEGRITY: ("完整性", "Integrity"),
    Answer.TIME: ("时间", "Time"),
    Answer.SUBMITTER: ("提交人", "Submitter"),
    Answer.ORIGIN: ("来源", "Origin"),
}
MEANINGS: dict[Answer, Pair] = {
    Answer.INTEGRITY: (
        "上链后内容未变（不证明上链前的真实性）",
        "Unchanged since it was anchored (says nothing about its truth before)",
    ),
    Answer.TIME: ("不晚于时间戳所示时间存在", "Existed not later than the timestamp says"),
    Answer.SUBMITTER: (
        "由所示账号按所示核验方式提交",
        "Submitted by the account shown, identity checked as shown",
    ),
    Answer.ORIGIN: (
        "提交时对来源所作的说明未变（为陈述，未经核实）",
        "What was stated about its origin is unchanged (stated, not verified)",
    ),
}
STATUSES: dict[CheckStatus, Pair] = {
    CheckStatus.PASSED: ("通过", "PASSED"),
    CheckStatus.FAILED: ("未通过", "FAILED"),
    CheckStatus.UNDETERMINED: ("待定", "UNDETERMINED"),
}
MISSING: Pair = ("未提供", "NOT PROVIDED")

CHECKS: dict[str, Pair] = {
    "file.size": ("文件大小与接收时一致", "The file's size is the one received"),
    "file.sha256": ("文件的 SHA-256 与接收时一致", "The file's SHA-256 is the one received"),
    "file.sm3": ("文件的 SM3 与接收时一致", "The file's SM3 is the one received"),
    "batch.inclusion": ("陈述的承诺值包含在批次根中", "The statement's commitment is in the batch's root"),
    "batch.head": (
        "链头由上一链头、批次根和件数推得",
        "The chain head follows from the one before, the batch's root and its size",
    ),
    "anchor.trusted": (
        "证明所指的链与合约就是您信任的",
        "Chain and contract of the proof are the ones you trust",
    ),
    "state.header": (
        "区块头与证明所指的区块一致",
        "The block header is that of the block named by the proof",
    ),
    "state.account": (
        "区块的状态根中有受信任的合约，代码一致",
        "The block's state holds the trusted contract with the expected code",
    ),
    "state.entry": (
        "合约的存储中有本批次的链头",
        "The contract's storage holds the head of this batch",
    ),
    "block.known": (
        "有您信任的一方为该区块的哈希作证",
        "Somebody whom you believe vouches for the hash of the block",
    ),
    "ledger.identity": (
        "节点属于该链，合约代码一致",
        "The node is of that chain and the contract's code is as expected",
    ),
    "ledger.batch": ("链上记录的批次与证明一致", "The batch on the ledger is the one in the proof"),
    "ledger.final": ("所在区块已最终确定", "Its block is final"),
    "witness.signature": (
        "见证人对链头与区块的签名有效",
        "The witness's signature over head and block is valid",
    ),
    "witness.office": ("见证人当时具有见证资格", "The witness held an office at the time"),
    "time.token": ("时间戳令牌有效", "The timestamp token is valid"),
    "time.revocation": (
        "时间戳机构的证书没有被吊销",
        "The certificates of the timestamp authority were not revoked",
    ),
    "time.renewal": (
        "时间戳没有失效，续期均有效",
        "The timestamp has not lapsed, and its renewals hold",
    ),
    "time.block": (
        "区块号、哈希与区块时间相符（平台运营方时钟）",
        "Number, hash and time of the block agree (the operator's clock)",
    ),
    "time.order": ("接收时间不晚于时间戳", "It was received before it was timestamped"),
    "time.difference": ("时间戳与区块时间之差", "Difference between timestamp and block time"),
    "submitter.stated": ("载明了提交账号与身份核验方式", "Account and identity check are stated"),
    "submitter.attested": (
        "平台对提交人与承诺值的签名有效",
        "The operator's signature over submitter and commitment is valid",
    ),
    "origin.stated": (
        "提交时说明了制作人、时间、设备、方法与证明目的",
        "Maker, time, device, method and purpose were stated",
    ),
    "origin.compared": (
        "复制件载明了与原件核对的人和时间",
        "For a copy: who compared it with the original, and when",
    ),
    "origin.document": ("平台上形成的文书", "A document made on the platform"),
    "custody.chain": ("保管记录各条目首尾相连", "The entries of the custody record follow one another"),
    "custody.first": ("保管记录首条与陈述一致", "The first custody entry agrees with the statement"),
}

REASONS: dict[str, Pair] = {
    NOT_PROVIDED: ("未提供", "not provided"),
    "offline": ("离线核验，没有查询链上节点", "checked offline; no node was asked"),
    "unavailable": (
        "暂时连接不到链上节点，这不表示伪造",
        "the node could not be reached; this is no sign of forgery",
    ),
    "other_ledger": ("该节点不是您信任的账本", "the node's ledger is not the one you trust"),
    "not_there": ("链上没有这个批次", "the ledger does not hold this batch"),
    "not_there_yet": (
        "节点尚未到达这个批次（节点落后，或批次并不存在）",
        "the node has not reached this batch (it lags, or there is none)",
    ),
    "not_final": (
        "该区块之后的区块还不够多",
        "not enough blocks have followed it yet",
    ),
    "no_code_hash": (
        "信任根没有写明任职登记合约的代码摘要",
        "the trust root does not say which code the register of offices has",
    ),
    "no_state": ("证明文件没有带区块头与状态证明", "the proof file carries no block header and state proof"),
    "other_block": (
        "区块的哈希、号或者时间与已知的不同",
        "hash, number or time of the block are not those that are known",
    ),
    "other_state": (
        "状态证明的是另一批次或者另一合约",
        "the state proves another batch or another contract",
    ),
    "nobody_vouches": (
        "没有您信任的节点、见证人或者公告为这个区块的哈希作证",
        "no node, witness or bulletin that you believe vouches for this block's hash",
    ),
    "later_block": (
        "状态取自较晚的区块，收录区块的哈希没有得到证明",
        "the state is that of a later block; the hash of the batch's own block is not proven",
    ),
    "block_hash": ("这个区块的哈希", "the hash of this block"),
    "given_honest": ("您带来的区块哈希可靠", "the block hash that you brought is right"),
    "node_honest": ("所查询的节点如实回答", "the node that was asked answers truthfully"),
    "witness_honest": (
        "见证人只对自己节点上看到的内容签名",
        "the witnesses sign only what nodes of their own show",
    ),
    "not_in_trust_root": ("信任根中没有写明", "the trust root does not name it"),
    "policy": (
        "令牌的策略不是约定的策略",
        "the token's policy is not one that is accepted",
    ),
    "envelope": (
        "令牌的外层结构或者算法不相符",
        "the token's envelope or its algorithms do not fit together",
    ),
    "signature": ("令牌的签名不成立", "the token's signature is not right"),
    "usage": (
        "签名证书不是专用于时间戳的证书",
        "the signer's certificate is not for timestamping alone",
    ),
    "chain": (
        "签名证书没有链接到您信任的机构，或者当时不在有效期内",
        "the certificate does not lead to an authority that you trust, or was not valid then",
    ),
    "nonce": ("令牌答复的不是这次请求", "the token answers another request"),
    "order": (
        "续期的时间不在前一个令牌的有效期内",
        "the renewal does not fall into the time of the token before it",
    ),
    "algorithm": ("用了不再可靠的算法或者密钥", "an algorithm or key that is not relied on"),
    "revoked": ("证书已被吊销", "a certificate was revoked"),
    "revocation_unknown": (
        "没有取得完整的吊销信息",
        "it is not known for every certificate whether it was revoked",
    ),
    "revocation_too_early": (
        "吊销信息出自时间戳之前，要等机构公布之后的",
        "the revocation data is from before the token; newer data has to be awaited",
    ),
    "lapsed": (
        "最后一个令牌已过有效期，没有及时续期",
        "the last token has lapsed and was not renewed in time",
    ),
    "renewal": ("续期的令牌没有通过核验", "a renewal does not hold"),
    "no_anchor": ("信任根中没有时间戳机构", "the trust root names no timestamp authority"),
    "token": (
        "令牌无效、被改动，或机构不受信任",
        "the token is not valid, was changed, or its authority is not trusted",
    ),
    "certificate": ("令牌没有附带签名证书", "the token does not carry its signer's certificate"),
    "authority_name": (
        "所示机构名称与令牌不符",
        "the authority is not the one that the proof file names",
    ),
    "imprint": ("令牌不是对该批次作出的", "the token is over something else"),
    "re_saved": ("文件被重新保存", "the file was saved again"),
    "compressed": ("文件被压缩或转码", "the file was compressed or converted"),
    "forwarded": ("经聊天软件转发后改变", "a messenger changed it when it was forwarded"),
    "other_version": ("这是另一个版本", "this is another version"),
    "other_file": ("选错了文件", "another file was chosen"),
    "stated_not_verified": ("为提交人的陈述，未经核实", "as stated by the submitter; not verified"),
    "operator": ("平台运营方时钟", "the operator's clock"),
}

FACTS: dict[str, Pair] = {
    "reason": ("原因", "reason"),
    "expected": ("应为", "expected"),
    "actual": ("实为", "found"),
    "likely_causes": ("常见原因", "likely causes"),
    "commitment": ("承诺值", "commitment"),
    "root": ("批次根", "root"),
    "head": ("链头", "chain head"),
    "number": ("批次", "batch"),
    "batches_on_ledger": ("链上批次数", "batches on the ledger"),
    "chain_id": ("链编号", "chain id"),
    "expected_chain_id": ("应为链编号", "expected chain id"),
    "contract": ("合约", "contract"),
    "expected_contract": ("应为合约", "expected contract"),
    "code_hash": ("代码摘要", "code hash"),
    "expected_code_hash": ("应为代码摘要", "expected code hash"),
    "recorded_root": ("链上的根", "root on the ledger"),
    "recorded_head": ("节点上的链头", "chain head on the ledger"),
    "block_number": ("区块", "block"),
    "block_hash": ("区块哈希", "block hash"),
    "anchored_in": ("收录批次的区块", "block that took the batch in"),
    "vouched_by": ("由谁作证", "vouched for by"),
    "contradicted_by": ("与之不符", "contradicted by"),
    "remains": ("仍须相信", "what remains to be believed"),
    "by": ("依据", "by"),
    "name": ("名称", "name"),
    "office": ("职务", "office"),
    "size": ("数目", "size"),
    "recorded_block_number": ("链上的区块", "block on the ledger"),
    "block_time": ("区块时间", "block time"),
    "clock": ("时钟", "clock"),
    "not_later_than": ("不晚于", "not later than"),
    "authority": ("时间戳机构", "authority"),
    "policy": ("策略", "policy"),
    "serial": ("序列号", "serial"),
    "accuracy_ms": ("精度（毫秒）", "accuracy (ms)"),
    "certificate_name": ("签名证书的名称", "name in the signer's certificate"),
    "gen_time": ("时间戳时间", "time of the token"),
    "lapses_at": ("有效至", "stands until"),
    "days_left": ("剩余天数", "days left"),
    "renewed_at": ("续期时间", "renewed at"),
    "renewed_by": ("续期机构", "renewed by"),
    "renewals": ("续期次数", "renewals"),
    "renewal": ("第几次续期", "renewal"),
    "sources": ("吊销信息", "revocation data"),
    "this_update": ("签发", "issued"),
    "next_update": ("下次更新", "next update"),
    "revoked_at": ("吊销时间", "revoked"),
    "revocation_reason": ("吊销原因", "reason of revocation"),
    "line": ("第几条", "line"),
    "certificate_expires": ("证书到期", "certificate expires"),
    "received_at": ("接收时间", "received"),
    "earliest_token": ("最早的时间戳", "earliest token"),
    "seconds": ("相差（秒）", "seconds apart"),
    "tolerance": ("容差（秒）", "tolerance (s)"),
    "flagged": ("超出容差", "beyond tolerance"),
    "account": ("账号", "account"),
    "role": ("身份", "role"),
    "identity_method": ("身份核验方式", "identity check"),
    "operator": ("平台运营方", "operator"),
    "signer": ("签名人", "signer"),
    "made_by": ("制作人", "made by"),
    "made_at": ("制作时间", "made at"),
    "device": ("设备", "device"),
    "method": ("方法", "method"),
    "proves": ("证明目的", "proves"),
    "form": ("原件或复制件", "original or copy"),
    "note": ("说明", "note"),
    "unanswered": ("未说明", "not stated"),
    "compared_by": ("核对人", "compared by"),
    "compared_at": ("核对时间", "compared at"),
    "title": ("标题", "title"),
    "kind": ("种类", "kind"),
    "entries": ("条目数", "entries"),
    "where": ("位置", "where"),
    "message": ("详情", "detail"),
    "act": ("行为", "act"),
}
CODED = frozenset(
    (
        "reason",
        "likely_causes",
        "note",
        "clock",
        "form",
        "role",
        "identity_method",
        "act",
        "kind",
        "unanswered",
        "vouched_by",
        "contradicted_by",
        "remains",
        "by",
        "office",
    )
)
"""Facts whose values are codes with words of their own; every other value is shown as it was written."""

VALUES: dict[str, Pair] = {
    "given": ("您带来的区块哈希", "the block hash that you brought"),
    "node": ("所查询的节点", "the node asked"),
    "witness": ("见证人", "witness"),
    "trust_root": ("信任根", "trust root"),
    "court": ("法院", "court"),
    "notary": ("公证机构", "notary"),
    "association": ("行业协会", "association"),
    "original": ("原件", "original"),
    "copy": ("复制件", "copy"),
    "claimant": ("申请人", "claimant"),
    "respondent": ("被申请人", "respondent"),
    "mediator": ("调解员", "mediator"),
    "one_time_code": ("一次性验证码", "one-time code"),
    "demo_link": ("演示链接（未核验身份）", "demonstration link (identity not checked)"),
    "received": ("接收", "received"),
}


def pick(pair: Pair, language: str) -> str:
    """The Chinese or, for ``en``, the English of a pair."""
    return pair[1] if language == "en" else pair[0]


def answer_text(answer: Answer, language: str) -> str:
    """Name of an answer."""
    return pick(ANSWERS[answer], language)


def meaning_text(answer: Answer, language: str) -> str:
    """What a passed answer says, and what it does not."""
    return pick(MEANINGS[answer], language)


def check_text(code: str, language: str) -> str:
    """What a check asks, as a statement; a code that is newer than these words as it is."""
    return pick(CHECKS.get(code, (code, code)), language)


def status_text(status: CheckStatus, missing: bool, language: str) -> str:
    """通过 / 未通过 / 未提供 / 待定."""
    return pick(MISSING if missing and status is CheckStatus.UNDETERMINED else STATUSES[status], language)


def answer_status_text(verdict: Verdict, answer: Answer, language: str) -> str:
    """The word for one answer of a verdict."""
    return status_text(verdict.status(answer), verdict.missing(answer), language)


def check_status_text(check: Check, language: str) -> str:
    """The word for one check."""
    return status_text(check.status, check.detail.get("reason") == NOT_PROVIDED, language)


def detail_lines(check: Check, language: str) -> list[tuple[str, str]]:
    """The facts of a check as (name, value) in the reader's language; nothing that is not known is shown."""
    return [
        (pick(FACTS.get(key, (key, key)), language), _value(value, language, key in CODED))
        for key, value in check.detail.items()
        if value is not None and value != []
    ]


def _value(value: Any, language: str, coded: bool) -> str:
    if isinstance(value, bool):
        return pick(("是", "yes") if value else ("否", "no"), language)
    if isinstance(value, list):
        return pick(("、", ", "), language).join(_value(item, language, coded) for item in value)
    if isinstance(value, dict):
        return " ".join(_value(item, language, coded) for item in value.values())
    text = str(value)
    known = (REASONS.get(text) or VALUES.get(text) or FACTS.get(text)) if coded else None
    return pick(known, language) if known else text
