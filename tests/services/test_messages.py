"""The outbox and its way into real SMTP: sent once, kept when the server is away, tried again.
Not here: what the messages say (see test_way_in)."""

import re
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_string, policy

import pytest
from sqlalchemy import select

from app.models.cases import OutboxMessage
from app.services import accounts, messages
from app.services.context import Services
from app.wiring import SmtpMailer


class MailServer(socketserver.ThreadingTCPServer):
    """A mail server on loopback that keeps what it is given."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.received: list[tuple[str, str]] = []


class Conversation(socketserver.StreamRequestHandler):
    """RFC 5321, as much as one message needs."""

    def handle(self) -> None:
        """Greet, take one message after another, say goodbye."""
        self._say("220 ready")
        recipient = ""
        while line := self.rfile.readline().decode().strip():
            word = line.upper().split(":", 1)[0]
            if word.startswith("RCPT TO"):
                recipient = line.split("<", 1)[1].split(">", 1)[0]
            if word == "DATA":
                self._say("354 go on")
                self._take(recipient)
            elif word == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take(self, recipient: str) -> None:
        lines = []
        while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
            lines.append(line)
        self.server.received.append((recipient, "\n".join(lines)))  # type: ignore[attr-defined]
        self._say("250 kept")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def post(services: Services, recipient: str) -> None:
    with services.work() as work:
        messages.post(work, recipient, "调解邀请", "请打开链接。\nOpen the link.")


def waiting(services: Services) -> list[str | None]:
    with services.reading() as work:
        return [
            message.failure
            for message in work.session.scalars(select(OutboxMessage).where(OutboxMessage.sent_at.is_(None)))
        ]


def test_messages_go_out_once_through_smtp(services: Services, mail_server: MailServer) -> None:
    mailer = SmtpMailer(f"smtp://127.0.0.1:{mail_server.server_address[1]}", "office@hezheng.example")
    sending = replace(services, mailer=mailer)
    post(services, "wang@example.cn")
    assert messages.send_waiting(sending) == 1
    assert messages.send_waiting(sending) == 0
    [(recipient, text)] = mail_server.received
    mail = message_from_string(text, policy=policy.default)
    assert recipient == "wang@example.cn"
    assert mail["Subject"] == "调解邀请"
    assert "Open the link." in mail.get_content()


def test_a_mail_server_that_is_away_loses_nothing(services: Services, mail_server: MailServer) -> None:
    post(services, "wang@example.cn")
    away = replace(services, mailer=SmtpMailer("smtp://127.0.0.1:1", "office@hezheng.example"))
    assert messages.send_waiting(away) == 0
    assert waiting(services) == ["ConnectionRefusedError"]
    back = replace(
        services,
        mailer=SmtpMailer(f"smtp://127.0.0.1:{mail_server.server_address[1]}", "office@hezheng.example"),
    )
    assert messages.send_waiting(back) == 1
    assert waiting(services) == []


def test_phone_numbers_wait_for_an_sms_road(services: Services, mail_server: MailServer) -> None:
    post(services, "13800001111")
    mailer = SmtpMailer(f"smtp://127.0.0.1:{mail_server.server_address[1]}", "office@hezheng.example")
    assert messages.send_waiting(replace(services, mailer=mailer)) == 0
    assert mail_server.received == []


def test_what_cannot_go_out_does_not_hold_up_what_can(services: Services, mail_server: MailServer) -> None:
    for _ in range(25):
        post(services, "13800001111")
    post(services, "wang@example.cn")
    mailer = SmtpMailer(f"smtp://127.0.0.1:{mail_server.server_address[1]}", "office@hezheng.example")
    assert messages.send_waiting(replace(services, mailer=mailer)) == 1


def test_a_line_end_in_what_people_wrote_stops_no_mail(services: Services, mail_server: MailServer) -> None:
    with services.work() as work:
        messages.post(work, "wang@example.cn", "调解邀请：青砚\r\nBcc: all@example.cn", "请打开链接。")
    mailer = SmtpMailer(f"smtp://127.0.0.1:{mail_server.server_address[1]}", "office@hezheng.example")
    assert messages.send_waiting(replace(services, mailer=mailer)) == 1
    [(_recipient, text)] = mail_server.received
    mail = message_from_string(text, policy=policy.default)
    assert mail["Subject"] == "调解邀请：青砚 Bcc: all@example.cn"
    assert mail["Bcc"] is None


class Choosy:
    """A mailer that refuses some recipients for ever."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, recipient: str, subject: str, body: str) -> None:
        """Send, unless to a recipient that nobody can reach."""
        if recipient.startswith("nobody"):
            raise ValueError("not to be put into mail form")
        self.sent.append(recipient)


def test_messages_that_fail_for_ever_do_not_hold_up_the_others(services: Services) -> None:
    mailer = Choosy()
    sending = replace(services, mailer=mailer)
    for number in range(25):
        post(services, f"nobody{number}@example.cn")
    post(services, "wang@example.cn")
    assert [messages.send_waiting(sending) for _ in range(2)] == [0, 1]
    post(services, "zhao@example.cn")
    assert messages.send_waiting(sending) == 1
    assert mailer.sent == ["wang@example.cn", "zhao@example.cn"]


def test_the_office_does_not_read_one_time_codes(services: Services) -> None:
    earnest = replace(services, settings=replace(services.settings, demo=False))
    with earnest.work() as work:
        accounts.send_code(work, "wang@example.cn")
    with earnest.reading() as work:
        [message] = work.session.scalars(select(OutboxMessage))
        assert re.search(r"\d{6}", message.body)
        assert not re.search(r"\d{6}", messages.body_for_office(work, message))
