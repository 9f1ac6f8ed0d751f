"""The demonstration's second case: a copyright dispute in an open room, with real exhibits of several kinds.

Made through the same services as a real one. The parties' signatures under the agreement on preservation are real too,
by keys made for this one signature, forgotten at once and shown as revoked: nobody can use them again.
"""

from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import func, select

from app.domain.assertions import base64url, unbase64url
from app.domain.lifecycle import CaseState, ConsentStage
from app.domain.rights import RightKind
from app.domain.roles import Actor, Side
from app.models.cases import Case
from app.models.exhibits import Exhibit
from app.services import (
    accounts,
    cases,
    consents,
    demo,
    demo_draft,
    intake,
    invitations,
    preservation,
    receipts,
    signing,
    signing_keys,
    uploads,
)
from app.services.context import Services, Work
from app.services.demo_case import PARTIES
from evidence.digest import digest_bytes
from evidence.signature import encode_device_signature

TITLE = "礼盒包装摄影作品著作权纠纷"
FORM = {
    **PARTIES,
    "title": TITLE,
    "facts": "申请人拍摄了一组礼盒产品照片并登记著作权。被申请人未经许可，在网店商品页使用其中三张，并制作了开箱视频。",
    "claims": "1. 停止使用照片并下架视频；2. 支付使用费人民币20000元。",
    "right.work_title": "礼盒系列产品摄影",
    "right.work_type": "摄影作品",
    "right.registration_number": "演示登记-2026-0001",
    "right.online_use": "是，某电商平台店铺商品页",
    "right.accused_use": "商品主图与详情页使用三张照片，开箱视频封面使用一张",
}
EXHIBITS = (
    ("gift-box-photo.jpg", "林知远", "相机", "拍摄原图，未经编辑。", "申请人拍摄的礼盒照片。"),
    (
        "purchase-record.pdf",
        "林知远",
        "电脑",
        "从平台导出的购买记录。",
        "在被申请人店铺购买礼盒的时间与价格。",
    ),
    (
        "shop-page.png",
        "林知远",
        "手机",
        "打开网页后整页截图，未经编辑。",
        "被申请人商品页使用了申请人的照片。",
    ),
    ("unboxing.mp4", "林知远", "手机", "收货时拍摄，未经剪辑。", "收到的礼盒与商品页照片一致。"),
)


def ensure(services: Services, files: Path) -> None:
    """Bring the case as far as it has to be; a run that was broken off goes on where it stopped."""
    claimant, respondent, mediator = (
        _signed_in(services, key) for key in ("claimant", "respondent", "mediator")
    )
    number = _submit(services, claimant)
    with services.work() as work:
        _join(work, respondent, number)
    for party in (claimant, respondent):
        _consent(services, party, number)
    with services.work() as work:
        if cases.mediator_of(_case(work, number)) is None:
            cases.accept(work, mediator, number)
    with services.work() as work:
        if _case(work, number).room_opened_at is None:
            cases.open_room(work, mediator, number, "与双方当事人及其代理人均无利害关系。")
    for position, exhibit in enumerate(EXHIBITS, 1):
        _hand_in(services, claimant, number, position, files / exhibit[0], exhibit)
    with services.work() as work:
        demo_draft.ensure(work, mediator, claimant, respondent, number)


def _signed_in(services: Services, key: str) -> Actor:
    person = next(person for person in demo.PEOPLE if person.key == key)
    with services.work() as work:
        token = accounts.open_session(work, demo.ensure_person(work, person), "demo_link")
        work.session.flush()
        actor = accounts.actor_of(work, token)
    if actor is None:
        raise LookupError(key)
    return actor


def _case(work: Work, number: str) -> Case:
    return work.session.scalars(select(Case).where(Case.number == number)).one()


def _submit(services: Services, claimant: Actor) -> str:
    with services.work() as work:
        existing = work.session.scalar(
            select(Case.number).where(Case.title == TITLE).order_by(Case.id).limit(1)
        )
        return existing or intake.submit_signed_in(work, claimant, RightKind.COPYRIGHT, FORM).number


def _join(work: Work, respondent: Actor, number: str) -> None:
    case = _case(work, number)
    seat = next(person for person in case.participants if person.side is Side.RESPONDENT)
    seat.account_id = respondent.account_id
    work.session.flush()
    if case.state is CaseState.INVITED:
        invitations.answer(work, respondent, number, accept=True)


def _consent(services: Services, party: Actor, number: str) -> None:
    with services.work() as work:
        consents.give(work, party, number, dict.fromkeys(ConsentStage, True))
    key = ec.generate_private_key(ec.SECP256R1())
    challenge = signing_keys.new_challenge()
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    with services.work() as work:
        seat = next(p for p in _case(work, number).participants if p.account_id == party.account_id)
        if seat.preservation is not None:
            return
        proof = base64url(_sign(key, challenge))
        kept = signing_keys.enrol_device_key(
            work, party, "演示用一次性钥匙", base64url(point), proof, challenge
        )
        request = preservation.request_for(work, party, number)
        if request is not None:
            digest = unbase64url(request["challenge"])
            preservation.sign(work, party, number, signing.Submission(_sign(key, digest), kept.signer))
        signing_keys.revoke(work, party, kept.id)


def _sign(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(SHA256())))
    return encode_device_signature(r, s)


def _hand_in(
    services: Services, claimant: Actor, number: str, position: int, path: Path, answers: tuple[str, ...]
) -> None:
    with services.reading() as work:
        handed_in = work.session.scalar(
            select(func.count(Exhibit.id)).join(Case, Case.id == Exhibit.case_id).where(Case.number == number)
        )
    if (handed_in or 0) >= position:
        return
    content = path.read_bytes()
    _name, made_by, device, method, proves = answers
    form = {
        "case": number,
        "file_name": path.name,
        "claimed_type": "",
        "made_by": made_by,
        "made_at": (services.clock() - timedelta(days=20)).strftime("%Y-%m-%dT10:00"),
        "device": device,
        "method": method,
        "form": "original",
        "proves": proves,
    }
    with services.work() as work:
        upload = uploads.create(work, claimant, form, len(content))
    uploads.receive(services, claimant, upload, 0, content)
    digest = digest_bytes(content)
    receipts.finish(services, claimant, upload.id, sha256=digest.sha256.hex(), sm3=digest.sm3.hex())
