"""Builds what tests start from, through the real services: people, a case, a case in mediation, an exhibit.
Not here: fixtures (see `conftest`) and expectations."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import sessionmaker

import app.models  # noqa: F401  (registers every table)
from app.domain.assertions import base64url, unbase64url
from app.domain.lifecycle import ConsentStage
from app.domain.rights import RightKind
from app.domain.roles import Actor, Office
from app.models.base import Base
from app.models.cases import OutboxMessage
from app.models.exhibits import Exhibit
from app.services import (
    accounts,
    cases,
    consents,
    intake,
    invitations,
    preservation,
    receipts,
    signing,
    signing_keys,
    uploads,
)
from app.services.context import Secrets, Services, open_database
from app.settings import Settings
from evidence.ledger import MemoryLedger
from evidence.store import EncryptedFolder
from tests.signers import DeviceKey

FILES = Path(__file__).resolve().parents[1] / "scripts" / "samples" / "files"


class Clock:
    """A clock that stands until it is moved; aware UTC."""

    def __init__(self, start: datetime | None = None) -> None:
        self.time = start or datetime(2026, 3, 2, 1, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The present time of this clock."""
        return self.time

    def advance(self, **span: float) -> datetime:
        """Move on by ``timedelta(**span)``."""
        self.time += timedelta(**span)
        return self.time


@dataclass(frozen=True)
class Person:
    """Somebody signed in: ``token`` is what the browser's cookie holds."""

    actor: Actor
    token: str

    @property
    def account_id(self) -> int:
        """The account's id."""
        assert self.actor.account_id is not None
        return self.actor.account_id


@dataclass(frozen=True)
class Table:
    """A case in mediation with its room open, and the three people at it."""

    number: str
    claimant: Person
    respondent: Person
    mediator: Person


def build_test_services(
    folder: Path,
    clock: Clock,
    ledger: MemoryLedger | None = None,
    database: str | None = None,
    **settings: object,
) -> Services:
    """Real services on a database, an encrypted folder and a ledger in memory.

    database: its address; an SQLite file in the folder if not given. Tables are made in an empty one.
    """
    url = database or f"sqlite:///{folder / 'hezheng.sqlite3'}"
    engine = open_database(url)
    if engine.dialect.name == "sqlite":  # commits stay what they are, but nobody cuts the power of a test
        event.listen(engine, "connect", lambda raw, _record: raw.execute("PRAGMA synchronous=OFF"))
    if not inspect(engine).has_table("account"):
        Base.metadata.create_all(engine)
    secrets = Secrets(session_key=b"s" * 32, master_key=bytes(range(32)))
    ledger = ledger or MemoryLedger(clock=lambda: int(clock().timestamp()))
    return Services(
        settings=Settings(
            data_dir=folder,
            secrets_dir=folder / "secrets",
            database_url=url,
            rpc_url="http://127.0.0.1:1",
            trust_file=folder / "trust.json",
            public_url="http://localhost:8480",
            demo=True,
            **settings,
        ),
        secrets=secrets,
        sessions=sessionmaker(engine, expire_on_commit=False),
        store=EncryptedFolder(folder / "files", secrets.master_key),
        ledger=ledger,
        trust=ledger.trust,
        mailer=None,
        clock=clock,
    )


def restarted(services: Services) -> Services:
    """The same installation as another process has it: its own connections and store, the same ledger and clock."""
    kept = services.settings
    return build_test_services(kept.data_dir, services.clock, services.ledger, kept.database_url)


def person(services: Services, name: str, contact: str, *offices: Office, unit: str = "") -> Person:
    """An account that is signed in, made if need be."""
    with services.work() as work:
        account = accounts.ensure(work, name, contact, unit, offices)
        return signed_in(services, accounts.open_session(work, account, "one_time_code"), work)


def signed_in(services: Services, token: str, work=None) -> Person:
    """The person behind a login token."""
    if work is None:
        with services.reading() as reading:
            return signed_in(services, token, reading)
    work.session.flush()
    actor = accounts.actor_of(work, token)
    assert actor is not None
    return Person(actor, token)


def last_message(services: Services, recipient: str) -> str:
    """The newest message to somebody, as its body."""
    with services.reading() as work:
        query = select(OutboxMessage.body).where(OutboxMessage.recipient == recipient)
        return work.session.scalars(query.order_by(OutboxMessage.id.desc()).limit(1)).one()


INTAKE = {
    "title": "“江南岸”注册商标侵权纠纷",
    "facts": "被申请人在其网店销售的茶叶礼盒上使用与第 1234567 号注册商标近似的标识。",
    "claims": "停止使用；赔偿经济损失及合理开支共计人民币 12 万元。",
    "claimant_kind": "organisation",
    "claimant_name": "江南岸茶业有限公司",
    "claimant_id_number": "91110105MA00000X00",
    "claimant_address": "北京市朝阳区",
    "claimant_person": "李晴",
    "claimant_contact": "liqing@example.cn",
    "respondent_kind": "organisation",
    "respondent_name": "南岸优选商贸有限公司",
    "respondent_address": "北京市海淀区",
    "respondent_person": "王磊",
    "respondent_contact": "13800001111",
    "recommendation_read": "yes",
    "right.registration_number": "1234567",
    "right.mark": "江南岸",
    "right.goods_class": "第 30 类",
    "right.accused_use": "网店商品标题和礼盒正面。",
}


def submitted_case(services: Services, claimant: Person, **changes: str) -> str:
    """A submitted intake; the case's number."""
    with services.work() as work:
        case = intake.submit_signed_in(work, claimant.actor, RightKind.TRADEMARK, INTAKE | changes)
        return case.number


def join(services: Services, contact: str) -> Person:
    """The invited party opens its link, asks for a code and joins."""
    link = re.search(r"/i/([0-9a-z]+)", last_message(services, contact))
    assert link is not None
    with services.work() as work:
        invitations.send_code(work, link[1])
    code = re.search(r"\d{6}", last_message(services, contact))
    assert code is not None
    with services.work() as work:
        token = invitations.join(work, link[1], code[0])
    assert isinstance(token, str)
    return signed_in(services, token)


def set_table(services: Services, suffix: str = "") -> Table:
    """From intake to an open room, step by step through the services; ``suffix`` makes a separate case."""
    claimant = person(services, "李晴", f"liqing{suffix}@example.cn")
    contact = f"wanglei{suffix}@example.cn"
    number = submitted_case(services, claimant, respondent_contact=contact)
    respondent = join(services, contact)
    mediator = person(
        services, "陈敏", f"chenmin{suffix}@example.cn", Office.MEDIATOR, unit="北京市知识产权纠纷调解中心"
    )
    everything = dict.fromkeys(ConsentStage, True)
    with services.work() as work:
        invitations.answer(work, respondent.actor, number, accept=True)
    for party in (claimant, respondent):
        with services.work() as work:
            consents.give(work, party.actor, number, everything)
        sign_preservation(services, party, number)
    with services.work() as work:
        cases.accept(work, mediator.actor, number)
    with services.work() as work:
        cases.open_room(work, mediator.actor, number, "与双方当事人及代理人均无利害关系。")
    return Table(number, claimant, respondent, mediator)


ORIGIN = {
    "made_by": "李晴",
    "made_at": "2026-02-26T14:05",
    "device": "手机",
    "method": "拍照，未经编辑",
    "form": "original",
    "proves": "被申请人销售的礼盒正面使用“江南岸”字样。",
}
"""The origin questions, answered."""


def submit(services: Services, who: Person, number: str, path: Path, **changes: object) -> Exhibit:
    """A real file, uploaded in one piece and finished: an exhibit that is not anchored yet."""
    content = path.read_bytes()
    form = {**ORIGIN, "case": number, "file_name": path.name, "claimed_type": "", **changes}
    with services.work() as work:
        upload = uploads.create(work, who.actor, form, len(content))
    uploads.receive(services, who.actor, upload, 0, content)
    return receipts.finish(services, who.actor, upload.id, **digests(content))


def sign_preservation(services: Services, party: Person, number: str) -> None:
    """A party signs the agreement on preservation with a browser's key that it stops using afterwards."""
    device = DeviceKey(services.trust.device_verifier)
    challenge = signing_keys.new_challenge()
    with services.work() as work:
        key = signing_keys.enrol_device_key(
            work,
            party.actor,
            "平板电脑",
            base64url(b"\x04" + device.name[20:]),
            base64url(device.sign(challenge)),
            challenge,
        )
        request = preservation.request_for(work, party.actor, number)
        assert request is not None
        digest = unbase64url(request["challenge"])
        preservation.sign(work, party.actor, number, signing.Submission(device.sign(digest), key.signer))
        signing_keys.revoke(work, party.actor, key.id)


def digests(content: bytes) -> dict[str, str]:
    """Both digests of some bytes, as the browser would send them (lower-case hexadecimal)."""
    return {"sha256": hashlib.sha256(content).hexdigest(), "sm3": hashlib.new("sm3", content).hexdigest()}
