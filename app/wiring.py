"""The composition root: the only place that knows which ledger, store, mailer and database this installation has."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from sqlalchemy.orm import sessionmaker

from app.services.context import Secrets, Services, open_database, read_secret
from app.settings import Settings
from evidence.ethereum import EthereumLedger, load_key
from evidence.ledger import TrustRoot
from evidence.store import EncryptedFolder


@dataclass(frozen=True)
class SmtpMailer:
    """Sends through the server in ``smtp://user:password@host:port`` or ``smtps://…``.

    Messages hold one-time codes: TLS is used wherever the server offers it, with its certificate checked.
    """

    url: str
    sender: str

    def send(self, recipient: str, subject: str, body: str) -> None:
        """Send one plain-text message; OSError (smtplib's errors are) when the server refuses or is away."""
        parts = urlsplit(self.url)
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, recipient, subject
        message.set_content(body)
        host, trusted = parts.hostname or "localhost", ssl.create_default_context()
        connection = (
            smtplib.SMTP_SSL(host, parts.port or 465, timeout=15, context=trusted)
            if parts.scheme == "smtps"
            else smtplib.SMTP(host, parts.port or 25, timeout=15)
        )
        with connection as server:
            server.ehlo_or_helo_if_needed()
            if parts.scheme != "smtps" and (parts.username or server.has_extn("starttls")):
                server.starttls(context=trusted)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)


def build_services(settings: Settings) -> Services:
    """Everything a process needs, from settings, the trust root and the secrets folder."""

    trust = TrustRoot.load(settings.trust_file)
    folder = settings.secrets_dir
    secrets = Secrets(
        session_key=read_secret(folder, "session.key", 32),
        master_key=read_secret(folder, "master.key", 32),
    )
    password = read_secret(folder, "keystore.password", 32).hex()
    ledger = EthereumLedger(
        settings.rpc_url,
        trust,
        operator_key=load_key(folder / "operator.json", password),
        relay_key=load_key(folder / "relay.json", password),
        admin_key=load_key(folder / "admin.json", password),
    )
    return Services(
        settings=settings,
        secrets=secrets,
        sessions=sessionmaker(open_database(settings.database_url), expire_on_commit=False),
        store=EncryptedFolder(settings.files_dir, secrets.master_key),
        ledger=ledger,
        trust=trust,
        mailer=SmtpMailer(settings.smtp_url, settings.mail_from) if settings.smtp_url else None,
    )
