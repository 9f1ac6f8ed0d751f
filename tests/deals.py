"""A table whose people hold software passkeys, and agreements on the way from draft to ruling.
Not here: expectations. The passkeys sign as real authenticators do (see `signers`)."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import dataclass, field, replace
from datetime import timedelta

import cbor2
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from app.domain.assertions import base64url
from app.domain.roles import Office
from app.domain.signing import ReadingKind
from app.models.accounts import SigningKey
from app.models.settlements import ConfirmationOutcome, Settlement
from app.services import (
    confirmations,
    draft_reviews,
    drafts,
    officials,
    readings,
    relays,
    settlements,
    signing,
    signing_keys,
)
from app.services.context import Services
from tests import builders
from tests.builders import Person, Table
from tests.signers import DeviceKey, Passkey
from tests.signers import device_key as new_device_key
from tests.signers import passkey as new_passkey

EDITS = (
    ("p1", {"representative": {"name": "李晴", "position": "执行董事"}}),
    ("p2", {"representative": {"name": "王磊", "position": "经理"}}),
    ("c1", {"by": "2026-03-31"}),
    ("c2", {"by": "2026-03-31", "quantity": "约五百件"}),
    (
        "c3",
        {
            "amount": "120,000",
            "due": "2026-04-30",
            "account_holder": "江南岸茶业有限公司",
            "bank": "某银行北京朝阳支行",
            "account_number": "0200000000000000000",
        },
    ),
)
"""What makes the draft that a trademark case begins with ready to be proposed."""
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

    def write(self, *operations: dict[str, object], side: str = "mediator") -> list[drafts.Outcome]:
        """Changes of the draft by somebody at the table, each on what was there before it."""
        who = getattr(self.table, side).actor
        outcomes = []
        with self.services.work() as work:
            for operation in operations:
                base = drafts.look(work, who, self.number).draft.revision
                given = drafts.Given(base, secrets.token_hex(8), operation)
                outcomes.append(drafts.change(work, who, self.number, given))
        return outcomes

    def draft(self, year: int = 2026, **header: str) -> int:
        """A draft that may be proposed, its dates in ``year``; its revision."""
        with self.services.work() as work:
            drafts.open_draft(work, self.table.mediator.actor, self.number)
        edits = [(target, _in_year(fields, year)) for target, fields in EDITS]
        if header:
            edits.append(("header", header))
        self.write(*({"op": "edit", "target": target, "set": fields} for target, fields in edits))
        return self.revision()

    def revision(self) -> int:
        """The draft's revision now."""
        with self.services.reading() as work:
            return drafts.look(work, self.table.mediator.actor, self.number).draft.revision

    def propose(self, other: str = "", year: int = 2026, **header: str) -> int:
        """A new version of the draft, with one more clause of these words if given; its number."""
        self.draft(year, **header)
        if other:
            self.write({"op": "add", "clause": {"kind": "other", "fields": {"text": other}}})
        return self.propose_revision(self.revision())

    def propose_revision(self, revision: int) -> int:
        """A new version of the draft as it stands; its number."""
        with self.services.work() as work:
            return draft_reviews.propose(work, self.table.mediator.actor, self.number, revision).version

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

    def sign(self, side: str, version: int = 1, read: bool = True, **changes: object) -> None:
        """A party reads the current text to its end and signs it."""
        made = submission(getattr(self, side), self.consent_digest(), **changes)
        self.submit(side, made, version, read)

    def submit(self, side: str, made: signing.Submission, version: int = 1, read: bool = True) -> None:
        """A party's signature, as its device made it."""
        actor = getattr(self.table, side).actor
        if read:
            self.read(side, version)
        with self.services.work() as work:
            settlements.sign(work, actor, self.number, version, made)

    def read(self, side: str, version: int = 1) -> None:
        """Somebody reads a version to its end."""
        with self.services.work() as work:
            readings.note(work, getattr(self.table, side).actor, self.number, version, ReadingKind.SCROLLED)

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


def _in_year(fields: dict[str, object], year: int) -> dict[str, object]:
    dates = {name: value for name, value in fields.items() if name in ("by", "due")}
    return fields | {name: f"{year}{str(value)[4:]}" for name, value in dates.items()}


def make_deal(services: Services, table: Table, official: bool = True, claimant_key: bool = True) -> Deal:
    """Enrol everybody at a table; the mediator's key is registered on chain unless told otherwise.

    claimant_key: False where the claimant has enrolled another key already.
    """
    deal = Deal(
        services,
        table,
        enrol(services, table.claimant) if claimant_key else new_passkey(services.trust),
        enrol(services, table.respondent),
        enrol(services, table.mediator),
    )
    if official:
        register(services, table.mediator, deal.mediator, Office.MEDIATOR)
    return deal
