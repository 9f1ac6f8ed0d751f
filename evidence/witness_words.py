"""What a witness tells on its terminal and in its log, Chinese and English.
Not here: when it tells it (see `witness`, `witness_command`)."""

from __future__ import annotations

from typing import Any

Pair = tuple[str, str]

EVENTS: dict[str, Pair] = {
    "started": (
        "见证开始：签名人 {signer}，已见到第 {number} 批，已签到第 {signed_to} 批",
        "witness started: signer {signer}, seen up to batch {number}, signed up to batch {signed_to}",
    ),
    "followed": ("已核对到第 {number} 批，共 {of} 批", "followed to batch {number} of {of}"),
    "co_signed": ("已共同签署第 {number} 批 {head}", "co-signed batch {number} {head}"),
    "lost": (
        "链丢失了对第 {number} 批的共同签署，批次本身仍在；将重新发送同一签名",
        "the chain lost the co-signature of batch {number} and still holds the batch; the same signature is sent again",
    ),
    "no_office": (
        "签名人 {signer} 目前没有见证任职，只核对、不签署；请平台办公室在链上登记任职",
        "signer {signer} holds no office of a witness now: it follows and co-signs nothing; the office has to grant it",
    ),
    "refused": (
        "账本未接受第 {number} 批的共同签署：{code}",
        "the ledger refused the co-signature of batch {number}: {code}",
    ),
    "away": (
        "自 {since} 起节点没有正常应答（{problem}），{pause:.0f} 秒后再试；这不是警报",
        "the node has not answered properly since {since} ({problem}); trying again in {pause:.0f} s; this is no alarm",
    ),
    "back": ("节点恢复应答，此前自 {since} 起不可用", "the node answers again; it was away since {since}"),
    "alarm": (
        "警报：{meaning}。{place}不再签名，直到有人查明并使用 --acknowledge 说明原因。详情：{facts}",
        "ALARM: {meaning}. {place}Nothing is signed until a person has looked into it and uses --acknowledge. {facts}",
    ),
    "program_failed": ("警报程序未成功：{problem}", "the alarm program did not succeed: {problem}"),
    "acknowledged": (
        "警报已由人工确认并写入记录；将从第一批起重新核对，不会重签第 {signed_to} 批及以前的批次",
        "the alarm is acknowledged and kept in the history; the chain is followed anew from its first batch, and nothing "
        "up to batch {signed_to} is signed again",
    ),
    "stopped": ("见证停止", "witness stopped"),
}

ALARMS: dict[str, Pair] = {
    "chain": ("节点所在的链不是信任根所指的链", "the node is on another chain than the trust root's"),
    "code": (
        "合约代码与信任根不一致",
        "a contract's code is not the trust root's",
    ),
    "shorter": (
        "账本变短，已见过的批次不见了",
        "the ledger is shorter than it was: batches that were seen are gone",
    ),
    "missing": ("账本上缺少一个批次", "a batch is missing on the ledger"),
    "rewritten": (
        "同一批号下出现了另一个链头",
        "another head stands under the number of a batch that was seen",
    ),
    "moved": ("同一批次所在的区块已变", "a batch that was seen lies in another block now"),
    "broken": ("新批次没有接续此前见到的链头", "a new batch does not follow the head that was seen before"),
}


def event_text(event: str, language: str, facts: dict[str, Any]) -> str:
    """One line about an event. language: ``zh`` or ``en``."""
    side = 1 if language == "en" else 0
    if event == "alarm":
        facts = {
            "meaning": ALARMS[facts["kind"]][side],
            "place": _place(facts, side),
            "facts": f"seen {facts['seen']}, found {facts['found']}",
        }
    return EVENTS[event][side].format(**facts)


def _place(alarm: dict[str, Any], side: int) -> str:
    number = alarm["number"]
    if number is None:
        return ""
    earlier = ("，也可能更早", ", perhaps earlier")[side] if alarm["perhaps_earlier"] else ""
    block = alarm["seen"].get("block_number") if alarm["seen"].get("number") == number else None
    there = "" if block is None else (f"（区块 {block}）", f" (block {block})")[side]
    return (
        f"最早不一致：第 {number} 批{there}{earlier}。",
        f"It diverges from batch {number}{there}{earlier} on. ",
    )[side]
