"""The certificate's words about the chain: its facts, who runs it, who witnessed, and what remains to be believed.

Not here: the other parts of the certificate (see ``certificate_words``).
"""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from app.documents.certificate_pdf import Fact
from app.services.certificates import Certified
from app.web.certificate_text import breakable
from app.web.display import groups_of_four, hex_text
from evidence.strict import to_hex
from evidence.verdict import CheckStatus


def chain_facts(found: Certified) -> list[Fact]:
    """Where the commitment is recorded, as the proof file says."""
    proof, trust = found.proof, found.trust
    anchor, batch = proof.anchor, proof.batch
    code = trust.code_hashes[trust.evidence_ledger]
    return [
        Fact(
            _("链编号"),
            str(anchor.chain_id),
            _("链由平台运营方和下列机构的节点运行；区块时间是运营方的时钟。"),
        ),
        Fact(_("存证合约"), anchor.contract, mono=True),
        Fact(_("合约代码摘要"), _digest(code), "keccak-256", mono=True),
        Fact(
            _("承诺值"),
            _digest(proof.statement.commitment()),
            _("加盐陈述的 SHA-256；链上只有承诺值。"),
            mono=True,
        ),
        Fact(
            _("批次与位置"),
            _(
                "第 %(number)s 批，第 %(place)s 件，共 %(size)s 件",
                number=batch.number,
                place=proof.inclusion.index + 1,
                size=proof.inclusion.size,
            ),
        ),
        Fact(_("批次根"), _digest(batch.root), mono=True),
        Fact(_("上一链头"), _digest(batch.previous_head), mono=True),
        Fact(_("链头"), _digest(batch.head), _("时间戳和见证都是对链头作出的。"), mono=True),
        Fact(_("交易"), _digest(anchor.transaction), mono=True),
        Fact(_("区块"), str(anchor.block_number)),
        Fact(_("区块哈希"), _digest(anchor.block_hash), mono=True),
        Fact(
            _("区块头与状态证明"),
            _("在证明文件中，可以离线核对到区块哈希") if proof.state else _("待补"),
            *(
                [_("链曾丢失或换过区块，本批次已按原记录重新上链 %(count)s 次。", count=found.batch.replays)]
                if found.batch.replays
                else []
            ),
        ),
    ]


def _digest(value: bytes | str) -> str:
    return groups_of_four(hex_text(value))


def nodes(found: Certified) -> list[list[str]]:
    """Node, operator, role and interest, as the operator of the platform states them."""
    roles = {"validator": _("出块节点"), "observer": _("观察节点")}
    return [
        [
            breakable(one.name),
            breakable(one.operator),
            roles.get(one.role, one.role),
            breakable(one.interest),
        ]
        for one in found.network.nodes
    ]


def witnesses(found: Certified) -> list[list[str]]:
    """Who co-signed this batch: by the trust root's name where it names the signer."""
    return [_witness(found, claim.signer) for claim in found.proof.witnesses]


def witness_times(found: Certified) -> list[datetime]:
    """When the chain took in the co-signatures that the proof holds (UTC)."""
    signers = {claim.signer for claim in found.proof.witnesses}
    return [row.recorded_time for row in _witness_rows(found) if row.signer in signers]


def _witness_rows(found: Certified) -> list[Any]:
    return [row for row in found.batch.witnesses if row.block_hash == found.batch.block_hash]


def _witness(found: Certified, signer: bytes) -> list[str]:
    """By what the checks found: the trust root's name counts only if its term covers block and tokens (§11)."""
    known = _named_by_trust_root(found, signer)
    stated = next((one for one in found.network.witnesses if one.signer == signer), None)
    key = f"…{signer.hex()[-16:]}"
    if known is None:
        listed = any(one.signer == signer for one in found.trust.witnesses)
        return [
            breakable(stated.name) if stated else _("未列名"),
            "—",
            key,
            _("信任根所列的任期不含本批次的时间，须查询链上任职")
            if listed
            else _("不在信任根中，须查询链上任职"),
        ]
    told = _("信任根列名")
    if stated:
        told = _("信任根列名；%(interest)s", interest=breakable(stated.interest))
    return [breakable(str(known["name"])), _office(str(known["office"])), key, told]


def _named_by_trust_root(found: Certified, signer: bytes) -> dict[str, Any] | None:
    """Name and office of a witness that the verdict accepts by the trust root."""
    wanted = {"signer": to_hex(signer), "by": "trust_root"}
    for check in found.verdict.checks:
        passed = check.code == "witness.office" and check.status is CheckStatus.PASSED
        if passed and wanted.items() <= check.detail.items():
            return check.detail
    return None


def _office(word: str) -> str:
    names = {"court": _("法院"), "notary": _("公证机构"), "association": _("行业协会")}
    return names.get(word, "—")


def believed(found: Certified) -> list[str]:
    """What no check of this certificate proves, and on whose word it therefore rests."""
    lines = []
    names = sorted({claim.first.authority for claim in found.proof.timestamps})
    if names:
        lines.append(
            _(
                "时间戳机构（%(names)s）妥善保管其时钟和密钥。",
                names=_("、").join(breakable(one) for one in names),
            )
        )
    else:
        lines.append(_("没有外部时间戳：时间只有平台运营方的时钟为据。"))
    if found.proof.witnesses:
        lines.append(_("见证人就是信任根所写的机构，并且只对自己的节点所显示的链头签名。"))
    else:
        lines.append(_("没有外部见证：链由上列节点的运行者维护，改写只能靠事先保存的证明或者链头发现。"))
    if found.proof.state is not None:
        lines.append(_("所在区块的哈希确属该链：由自备节点、见证人或者另行取得的哈希确认。"))
    else:
        lines.append(_("证明文件没有区块头：上链须查询节点，节点的答复须可信。"))
    return [
        *lines,
        _("信任根是从可信的途径取得的：本件所附的信任根应与法院、公证机构或者行业协会持有的副本比较。"),
        _("平台按所写的方式核验了提交账号；陈述的来源由提交人负责。"),
    ]
