"""A table whose people hold software passkeys, and agreements on the way from draft to ruling.
Not here: expectations. The passkeys sign as real authenticators do (see `signers`)."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from datetime import timedelta

import cbor2
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from app.domain.assertions import base64url
from app.domain.roles import Office
from app.models.accounts import SigningKey
from app.models.settlements import ConfirmationOutcome, Settlement
from app.services import confirmations, officials, relays, settlements, signing, signing_keys
from app.services.context import Services
from tests import builders
from tests.builders import Person, Table
from tests.signers import DeviceKey, Passkey
from tests.signers import device_key as new_device_key
from tests.signers import passkey as new_passkey

FORM = {
    "recital": "甲方系第 1234567 号“江南岸”注册商标的注册人，双方因乙方的使用发生争议。",
    "duty-0-who": "respondent",
    "duty-0-kind": "cease",
    "duty-0-what": "停止使用与上述商标近似的标识",
    "duty-0-due": "2026-03-31",
    "duty-0-manner": "下架全部商品链接",
    "duty-1-who": "respondent",
    "duty-1-kind": "pay",
    "duty-1-what": "赔偿经济损失及合理开支",
    "duty-1-amount": "120,000",
    "duty-1-due": "2026-04-30",
    "duty-1-manner": "转账至甲方账户",
    "costs": "free",
    "confidential": "yes",
    "breach": "逾期付款的，按照未付金额每日万分之五支付违约金。",
    "other": "",
}
AUTHENTICATOR_ATTESTED, REGISTERED = 0x40, "webauthn.create"


def credential_id(passkey: Passkey) -> bytes:
    """A stable id for a software passkey."""
    return hashlib.sha256(passkey.name).digest()


def registration(passkey: Passkey, challenge: bytes, **client: object) -> dict[str, object]:
    """What the browser sends after ``navigator.credentials.create``, attestation ``none``."""
    numbers = passkey.key.public_key().public_numbers()
    cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
    identity = credential_id(passkey)
    data = hashlib.sha256(passkey.relying_party.encode()).digest()
    data += bytes([passkey.flags | AUTHENTICATOR_ATTESTED]) + bytes(4) + bytes(16)
    data += len(identity).to_bytes(2, "big") + identity + cbor2.dumps(cose)
    text = {"type": REGISTERED, "challenge": base64url(challenge), "origin": passkey.origin, **client}
    attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
    return {
        "id": base64url(identity),
        "rawId": base64url(identity),
        "type": "public-key",
        "response": {
            "clientDataJSON": base64url(json.dumps(text).encode()),
            "attestationObject": base64url(attestation),
        },
        "clientExtensionResults": {},
    }


def submission(passkey: Passkey, digest: bytes, **changes: object) -> signing.Submission:
    """A passkey's assertion over a digest; ``changes`` override parts of it."""
    data, client, r, s = passkey.assertion(digest)
    made = signing.Submission(
        signature=encode_dss_signature(r, s),
        credential_id=credential_id(passkey),
        authenticator_data=data,
        client_data_json=client,
    )
    return replace(made, **changes)


def device_submission(device: DeviceKey, digest: bytes) -> signing.Submission:
    """A device key's raw signature over a digest."""
    return signing.Submission(signature=device.sign(digest), signer=device.name)


def enrol(services: Services, person: Person, passkey: Passkey | None = None) -> Passkey:
    """Enrol a passkey for somebody."""
    passkey = passkey or new_passkey(services.trust)
    challenge = signing_keys.new_challenge()
    with services.work() as work:
        signing_keys.enrol_passkey(work, person.actor, "手机", registration(passkey, challenge), challenge)
    return passkey


def enrol_device(services: Services, person: Person) -> DeviceKey:
    """Enrol a device key for somebody."""
    device = new_device_key(services.trust)
    challenge = signing_keys.new_challenge()
    point = base64url(b"\x04" + device.name[20:])
    with services.work() as work:
        signing_keys.enrol_device_key(
            work, person.actor, "电脑", point, base64url(device.sign(challenge)), challenge
        )
    return device


def register(services: Services, person: Person, passkey: Passkey, office: Office) -> None:
    """Have the office grant an official's key its office on chain, from a year ago to a year ahead."""
    clerk = builders.person(services, "办公室", "office@example.cn", Office.OFFICE)
    with services.reading() as work:
        key_id = work.session.query(SigningKey.id).filter(SigningKey.signer == passkey.name).scalar()
    today, year = services.clock().date(), timedelta(days=365)
    officials.grant(services, clerk.actor, key_id, office, today - year, today + year)


@dataclass
class Deal:
    """A case at the table with everybody's software passkey."""

    services: Services
    table: Table
    claimant: Passkey
    respondent: Passkey
    mediator: Passkey
    judges: dict[int, Passkey] = field(default_factory=dict)

    @property
    def number(self) -> str:
        """The case's number."""
        return self.table.number

    def propose(self, **changes: str) -> int:
        """A new version; its number."""
        with self.services.work() as work:
            made = settlements.propose(
                work, self.table.mediator.actor, self.number, "trademark", FORM | changes
            )
            return made.version

    def current(self, work) -> Settlement:
        """The newest version."""
        case = settlements.access.look(work, self.table.mediator.actor, self.number).case
        found = settlements.current(work, case)
        assert found is not None
        return found

    def consent_digest(self) -> bytes:
        """What parties sign now."""
        with self.services.reading() as work:
            call = settlements.call_of(self.current(work))
        return settlements.consent_of(call).digest(self.services.trust.settlement_domain)

    def seal_digest(self) -> bytes:
        """What the mediator signs now."""
        with self.services.reading() as work:
            call = settlements.call_of(self.current(work))
        return settlements.seal_of(call).digest(self.services.trust.settlement_domain)

    def sign(self, side: str, version: int = 1, **changes: object) -> None:
        """A party signs the current text."""
        person, passkey = getattr(self.table, side), getattr(self, side)
        made = submission(passkey, self.consent_digest(), **changes)
        with self.services.work() as work:
            settlements.sign(work, person.actor, self.number, version, made)

    def store_seal(self, version: int = 1) -> int:
        """The mediator signs the seal; nothing is relayed yet."""
        made = submission(self.mediator, self.seal_digest())
        with self.services.work() as work:
            return settlements.seal(work, self.table.mediator.actor, self.number, version, made)

    def sealed(self) -> Deal:
        """Proposed, signed by both and sealed on chain."""
        version = self.propose()
        self.sign("claimant", version)
        self.sign("respondent", version)
        assert relays.relay_seal(self.services, self.store_seal(version)) is relays.Relay.DONE
        return self

    def filed(self) -> str:
        """Both have applied; the court's code."""
        for side in ("claimant", "respondent"):
            with self.services.work() as work:
                confirmations.join(work, getattr(self.table, side).actor, self.number)
        found = re.search(r"查阅码：(\S+)", builders.last_message(self.services, "office@example.cn"))
        assert found is not None
        return found[1]

    def judge(self, official: bool = True) -> Person:
        """A judge with a passkey, registered on chain unless told otherwise."""
        person = builders.person(self.services, "周衡", "judge@example.cn", Office.JUDGE, unit="某法院")
        passkey = enrol(self.services, person)
        if official:
            register(self.services, person, passkey, Office.JUDGE)
        self.judges[person.account_id] = passkey
        return person

    def store_decision(self, judge: Person, outcome: ConfirmationOutcome, ground: str = "") -> int:
        """The judge prepares and signs a ruling; nothing is relayed yet."""
        with self.services.work() as work:
            prepared = confirmations.prepare(
                work, judge.actor, self.number, outcome.value, ground, "（2026）京0105民特1号"
            )
        made = submission(self.judges[judge.account_id], prepared.digest)
        with self.services.work() as work:
            return confirmations.decide(work, judge.actor, self.number, prepared.commitment, made)


def make_deal(services: Services, table: Table, official: bool = True) -> Deal:
    """Enrol everybody at a table; the mediator's key is registered on chain unless told otherwise."""
    deal = Deal(
        services,
        table,
        enrol(services, table.claimant),
        enrol(services, table.respondent),
        enrol(services, table.mediator),
    )
    if official:
        register(services, table.mediator, deal.mediator, Office.MEDIATOR)
    return deal
