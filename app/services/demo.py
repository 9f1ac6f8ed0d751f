"""Demonstration installations only: people of every role, one link for each, and codes shown instead of sent."""

import hashlib
import hmac
import re
from dataclasses import dataclass

from sqlalchemy import select

from app.domain.contact import normal_contact
from app.domain.errors import DomainError, ErrorKind
from app.domain.roles import Office
from app.models.accounts import Account
from app.models.cases import OutboxMessage
from app.services import accounts, texts
from app.services.context import Services, Work


@dataclass(frozen=True)
class DemoPerson:
    """One invented person with a role in the demonstration."""

    key: str
    name: str
    contact: str
    unit: str
    offices: tuple[Office, ...] = ()


PEOPLE = (
    DemoPerson("claimant", "林知远", "lin.zhiyuan@example.cn", "北京青砚文创有限公司"),
    DemoPerson("respondent", "赵启明", "zhao.qiming@example.cn", "北京启明优选商贸有限公司"),
    DemoPerson(
        "mediator", "陈和", "chen.he@example.cn", "北京知识产权纠纷调解中心（演示）", (Office.MEDIATOR,)
    ),
    DemoPerson("judge", "周衡", "zhou.heng@example.cn", "某基层人民法院（演示）", (Office.JUDGE,)),
    DemoPerson("notary", "吴证", "wu.zheng@example.cn", "某公证处（演示）", (Office.NOTARY,)),
    DemoPerson("office", "办公室值班员", "office@example.cn", "和证办公室（演示）", (Office.OFFICE,)),
)


def require_demo(services: Services) -> None:
    """NOT_FOUND wherever this is not a demonstration."""
    if not services.settings.demo:
        raise DomainError(ErrorKind.NOT_FOUND)


def link_token(services: Services, key: str) -> str:
    """The unguessable end of a role's demo link, the same as long as the installation's secret is."""
    return hmac.new(services.secrets.session_key, f"demo:{key}".encode(), hashlib.sha256).hexdigest()[:24]


def sign_in(work: Work, key: str, token: str) -> str:
    """A login for a demo person; NOT_FOUND for a wrong token or outside demonstrations."""
    require_demo(work.services)
    person = next((person for person in PEOPLE if person.key == key), None)
    if person is None or not hmac.compare_digest(token, link_token(work.services, key)):
        raise DomainError(ErrorKind.NOT_FOUND)
    return accounts.open_session(work, ensure_person(work, person), "demo_link")


def ensure_person(work: Work, person: DemoPerson) -> Account:
    """The person's account, made if need be."""
    return accounts.ensure(work, person.name, person.contact, person.unit, person.offices)


def last_code(work: Work, contact: str) -> str | None:
    """The newest code sent to a contact, to be shown on screen because no mail goes out; None outside demos."""
    if not work.settings.demo:
        return None
    try:
        recipient = normal_contact(contact)
    except DomainError:
        return None
    body = work.session.scalar(
        select(OutboxMessage.body)
        .where(OutboxMessage.recipient == recipient, OutboxMessage.subject == texts.CODE_SUBJECT)
        .order_by(OutboxMessage.id.desc())
        .limit(1)
    )
    found = re.search(r"\d{6}", body or "")
    return found.group() if found else None
