"""The composition root: the only place that knows which ledger, store, mailer and database this installation has."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy.orm import sessionmaker

from app.network import read_network
from app.services.context import Secrets, Services, open_database, read_secret
from app.settings import PREFIX, Settings, SettingsError, refuse_trial_in_production
from evidence.errors import MalformedInput
from evidence.ethereum import EthereumLedger, load_key
from evidence.faults import arm, read_plan
from evidence.ledger import TrustRoot
from evidence.master_keys import KeyFolder
from evidence.s3_store import open_s3
from evidence.store import EncryptedFolder, Store


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


def _key(folder: Path, name: str, password: str) -> bytes | None:
    """A transaction key, or None where this process was not given its file: its acts are then refused."""
    path = folder / f"{name}.json"
    return load_key(path, password) if path.exists() else None


def _store(settings: Settings) -> Store:
    """The S3 store where one is named, else the folder; uploads wait in the folder either way."""
    keys = KeyFolder(settings.secrets_dir)
    if settings.store_url is None:
        return EncryptedFolder(settings.files_dir, keys)
    try:
        return open_s3(settings.store_url, settings.secrets_dir, settings.files_dir, keys)
    except MalformedInput as error:
        raise SettingsError(f"{PREFIX}STORE_URL: {error}") from error


def build_services(settings: Settings, appoints: bool = True) -> Services:
    """Everything a process needs, from settings, the trust root and the secrets folder.

    Only a process that ``appoints`` holds the admin key: the web process, where the office grants offices.
    """
    trust = TrustRoot.load(settings.trust_file)
    network = read_network(settings.network_file or settings.data_dir / "network.json")
    refuse_trial_in_production(settings, network)
    arm(read_plan(settings.faults))
    folder = settings.secrets_dir
    secrets = Secrets(
        session_key=read_secret(folder, "session.key", 32),
        master_key=read_secret(folder, "master.key", 32),
    )
    password = read_secret(folder, "keystore.password", 32).hex()
    ledger = EthereumLedger(
        settings.rpc_url,
        trust,
        operator_key=_key(folder, "operator", password),
        relay_key=_key(folder, "relay", password),
        admin_key=_key(folder, "admin", password) if appoints else None,
    )
    return Services(
        settings=settings,
        secrets=secrets,
        sessions=sessionmaker(open_database(settings.database_url), expire_on_commit=False),
        store=_store(settings),
        ledger=ledger,
        trust=trust,
        network=network,
        mailer=SmtpMailer(settings.smtp_url, settings.mail_from) if settings.smtp_url else None,
    )
