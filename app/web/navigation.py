"""What the header offers to whom; only pages that this installation serves."""

from dataclasses import dataclass

from flask import current_app
from flask_babel import lazy_gettext as _l

from app.domain.roles import Actor


@dataclass(frozen=True)
class Link:
    """One entry of the main navigation."""

    to: str
    text: str
    icon: str
    office: str | None = None
    signed_in: bool = True


LINKS = (
    Link("intake.choose", _l("申请调解"), icon="writing", signed_in=False),
    Link("cases.own", _l("我的案件"), icon="folders"),
    Link("cases.queue", _l("待办调解"), icon="scale", office="mediator"),
    Link("court.start", _l("司法确认"), icon="gavel", office="judge"),
    Link("notary.batches", _l("上链批次"), icon="certificate", office="notary"),
    Link("office.board", _l("案件总览"), icon="building-community", office="office"),
    Link("office.outbox", _l("发件箱"), icon="mail", office="office"),
    Link("officials.page", _l("任职登记"), icon="user-check", office="office"),
    Link("keys.own", _l("签名钥匙"), icon="fingerprint"),
    Link("verify.page", _l("验证证据"), icon="shield-check", signed_in=False),
)


def links_for(actor: Actor | None) -> list[Link]:
    """The links that somebody is offered, in their order."""
    offices = {office.value for office in actor.offices} if actor is not None else set()
    return [
        link
        for link in LINKS
        if link.to in current_app.view_functions
        and (not link.signed_in or actor is not None)
        and (link.office is None or link.office in offices)
    ]
