"""What goes on the printed agreement and into its attachments. Setting it is in ``app.documents``.

The paper is Chinese like the agreement itself, whatever language the screen has.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime

from app.documents.agreement_pdf import AgreementPaper, Attachment, SignerBlock
from app.domain.agreement.render import outline
from app.domain.deadlines import BEIJING
from app.domain.errors import DomainError, ErrorKind
from app.domain.identity import Document, IdentityKind
from app.domain.roles import Side
from app.models.accounts import KeyKind, SigningKey
from app.models.cases import Participant
from app.models.settlements import Settlement, SignatureAct
from app.services import identity
from app.services.context import Work
from evidence.statement import Statement
from evidence.strict import to_hex

_ROLES = {Side.CLAIMANT: "申请人", Side.RESPONDENT: "被申请人", Side.MEDIATOR: "调解员"}
_KEYS = {KeyKind.PASSKEY: "通行密钥", KeyKind.DEVICE_KEY: "浏览器钥匙", KeyKind.WALLET: "以太坊钱包"}
_CHECKS = {
    IdentityKind.ONE_TIME_CODE: "验证码登录",
    IdentityKind.DOCUMENT_SEEN: "调解员核对证件",
    IdentityKind.REAL_NAME: "实名认证",
}
_DOCUMENTS = {
    Document.ID_CARD: "居民身份证",
    Document.PASSPORT: "护照",
    Document.PERMIT: "港澳台居民证件",
    Document.LAWYER_LICENCE: "律师执业证",
    Document.AUTHORITY: "身份证和授权委托书",
}
_WORDS = {
    "page": "第",
    "beijing": "北京时间",
    "signature": "签名",
    "facts": "文本与链上事实",
    "check": "扫码打开公开核验页，用本件所附的协议原文和证明文件核验；也可以离线核验。",
    "note": "本件便于阅读和保存。各方签署的是所附的协议原文：其摘要列于上表，加盐陈述与签名一并附后，可以用证明文件离线核验。"
    "文件可以另有机构电子印章（PAdES，含时间戳），PDF 阅读器会显示它是否完好；它是平台的印章，不是公安机关备案的电子公章。"
    "平台不是法院，也不是公证机构。",
}


def paper_of(work: Work, settlement: Settlement) -> AgreementPaper:
    """The paper of a sealed version; WRONG_STATE for one that is not sealed."""
    if settlement.sealed_at is None or settlement.block_time is None:
        raise DomainError(ErrorKind.WRONG_STATE, state=settlement.state.value)
    mediator = settlement.signers[-1].participant
    return AgreementPaper(
        number=f"{settlement.case.number} 第 {settlement.version} 版",
        title=str(Statement.parse(settlement.statement).body["title"]),
        organisation=mediator.party_name,
        lines=outline(settlement.text),
        signers=_blocks(work, settlement),
        facts=_facts(settlement),
        words=_WORDS,
        attachments=_attachments(settlement),
        link=f"{work.settings.public_url}/verify",
        sealed_at=settlement.sealed_at,
    )


def _blocks(work: Work, settlement: Settlement) -> list[SignerBlock]:
    keys = {signer.participant_id: signer.key for signer in settlement.signers}
    blocks = [
        replace(
            _block(act.participant, keys[act.participant_id], act.at, act.signature or b"", "已签署"),
            identity=_identity(work, act.participant, act.at),
        )
        for act in settlement.signatures
        if act.act is SignatureAct.SIGNED
    ]
    last = settlement.signers[-1]
    sealed_at, seal = settlement.sealed_at or datetime.now(UTC), settlement.seal_signature or b""
    return [*blocks, _block(last.participant, last.key, sealed_at, seal, "已盖章")]


def _identity(work: Work, person: Participant, at: datetime) -> str:
    """How the signer's identity had been checked when the signature was given."""
    done = identity.done(work, person, at)
    parts = [
        _CHECKS[one.kind] + (f"（{_DOCUMENTS[one.document]}，{one.by}）" if one.document else "")
        for one in done
    ]
    return f"身份核验：{'、'.join(parts)}" if parts else ""


def _block(person: Participant, key: SigningKey, at: datetime, signature: bytes, act: str) -> SignerBlock:
    return SignerBlock(
        role=_ROLES[person.side],
        name=person.party_name,
        person=person.person_name,
        act=act,
        beijing=_shown(at.astimezone(BEIJING)),
        utc=_shown(at.astimezone(UTC)),
        key=f"{_KEYS[key.kind]} · 公钥 {key.signer[20:].hex()[:16]}…",
        signature=f"{signature.hex()[:24]}…",
        seal=person.side is Side.MEDIATOR,
    )


def _shown(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S")


def _facts(settlement: Settlement) -> list[tuple[str, str]]:
    time = settlement.block_time or datetime.now(UTC)
    zones = f"{_shown(time.astimezone(BEIJING))} 北京时间（{_shown(time.astimezone(UTC))} UTC，运营方的时钟）"
    return [
        ("SHA-256", _fours(settlement.text_sha256)),
        ("SM3", _fours(settlement.text_sm3)),
        ("链上承诺", _fours(settlement.agreement.hex())),
        ("区块", f"{settlement.block_number}，{zones}"),
        *([("交易", settlement.transaction_hash)] if settlement.transaction_hash else []),
    ]


def _fours(text: str) -> str:
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def _attachments(settlement: Settlement) -> list[Attachment]:
    statement = json.dumps(settlement.statement, ensure_ascii=False, indent=2)
    signatures = {
        "agreement": to_hex(settlement.agreement),
        "version": settlement.version,
        "signers": [to_hex(signer.key.signer) for signer in settlement.signers],
        "consents": [
            {"signer": to_hex(act.signer or b""), "signature": to_hex(act.signature or b"")}
            for act in settlement.signatures
            if act.act is SignatureAct.SIGNED
        ],
        "seal": to_hex(settlement.seal_signature or b""),
    }
    terms = Statement.parse(settlement.statement).body["details"]["terms"]
    return [
        Attachment("agreement.txt", settlement.text, "text/plain", "source", "协议原文"),
        Attachment(
            "terms.json",
            json.dumps(terms, ensure_ascii=False, indent=2),
            "application/json",
            "data",
            "机器可读的条款",
        ),
        Attachment("statement.json", statement, "application/json", "data", "加盐陈述"),
        Attachment("signatures.json", json.dumps(signatures, indent=2), "application/json", "data", "签名"),
    ]
