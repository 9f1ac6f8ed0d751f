"""Messages to people: written to the outbox in the act's transaction, sent by a mailer afterwards where there is one."""

import logging
import re

from sqlalchemy import or_, select

from app.domain.permissions import Permission
from app.domain.roles import Actor
from app.models.cases import Case, OutboxMessage, Participant
from app.services import access, texts
from app.services.context import Services, Work

log = logging.getLogger(__name__)


def post(
    work: Work, recipient: str, subject: str, body: str, case: Case | None = None, link: str | None = None
) -> OutboxMessage:
    """Put one message into the outbox. The subject becomes one line: what people wrote may hold line ends."""
    message = OutboxMessage(
        recipient=recipient,
        subject=" ".join(subject.split()),
        body=body,
        link=link,
        case_id=case.id if case is not None else None,
        created_at=work.now(),
    )
    work.session.add(message)
    return message


def outbox(work: Work, actor: Actor, limit: int = 100) -> list[OutboxMessage]:
    """The newest messages first, for the office; without those of cases in which the reader has a seat."""
    access.require(actor, Permission.SEE_OUTBOX)
    own = select(Participant.case_id).where(Participant.account_id == actor.account_id)
    query = select(OutboxMessage).where(
        or_(OutboxMessage.case_id.is_(None), OutboxMessage.case_id.not_in(own))
    )
    return list(work.session.scalars(query.order_by(OutboxMessage.id.desc()).limit(limit)))


def body_for_office(work: Work, message: OutboxMessage) -> str:
    """A message as the office may read it. A one-time code is its recipient's alone: whoever knows it is that person."""
    if message.subject != texts.CODE_SUBJECT or work.settings.demo:
        return message.body
    return re.sub(r"\d{6}", "••••••", message.body)


def send_waiting(services: Services) -> int:
    """Send what waits, outside any transaction; a failure is kept with the message and tried again. Number sent.

    Messages that failed before come after those that did not, so that none can hold up the others.
    """
    if services.mailer is None:
        return 0
    with services.reading() as work:
        waiting = [
            (message.id, message.recipient, message.subject, message.body)
            for message in work.session.scalars(
                select(OutboxMessage)
                .where(OutboxMessage.sent_at.is_(None), OutboxMessage.recipient.contains("@"))
                .order_by(OutboxMessage.failure.is_not(None), OutboxMessage.id)
                .limit(20)
            )
        ]
    sent = 0
    for message_id, recipient, subject, body in waiting:
        failure: str | None = None
        try:
            services.mailer.send(recipient, subject, body)
        except (OSError, ValueError) as error:  # ValueError: a message that cannot be put into mail form
            failure = type(error).__name__
            log.warning("message %s was not sent: %s", message_id, failure)
        with services.work() as work:
            message = work.session.get_one(OutboxMessage, message_id)
            message.failure = failure
            if failure is None:
                message.sent_at = work.now()
                sent += 1
    return sent
