"""The one frozen settings object, read from the environment (prefix HEZHENG_); nothing else reads the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.domain.identity import IdentityKind
from app.network import Network, trial_problems

PREFIX = "HEZHENG_"
DEFAULT_UPLOAD_LIMIT = 8 * 1024**3
DEFAULT_CASE_QUOTA = 256 * 1024**3
DEFAULT_PERSON_QUOTA = 64 * 1024**3
DEFAULT_FREE_SPACE = 1024**3


class SettingsError(Exception):
    """Every missing, unknown or unusable setting at once."""


@dataclass(frozen=True)
class Settings:
    """How this installation runs. Paths are absolute; sizes are bytes; no secret is held here, only their folder."""

    data_dir: Path
    secrets_dir: Path
    database_url: str
    rpc_url: str
    trust_file: Path
    public_url: str
    bind: str = "127.0.0.1"
    port: int = 8480
    proxies: int = 0
    """How many proxies of ours stand before the web process; as many entries of X-Forwarded-For are believed."""
    demo: bool = False
    network_file: Path | None = None
    """Who stands around this installation (``app.network``); without it nobody does, which only a demo may."""
    smtp_url: str | None = None
    mail_from: str = "noreply@localhost"
    store_url: str | None = None
    """``s3://bucket?endpoint=…&region=…``; without it files stay in ``files_dir``. Its secrets stand in files."""
    identity: tuple[IdentityKind, ...] = (IdentityKind.ONE_TIME_CODE,)
    """Which checks of identity a signature needs."""
    seal_uri: str | None = None
    """The organisation's seal in a token, ``pkcs11:token=…;object=…?module-path=…`` (RFC 7512); its PIN stands in
    ``seal.pin``. Without it the seal is ``seal.p12`` of the secrets folder, if that is there."""
    upload_limit: int = DEFAULT_UPLOAD_LIMIT
    case_quota: int = DEFAULT_CASE_QUOTA
    """Bytes that the files and unfinished uploads of one case may take."""
    person_quota: int = DEFAULT_PERSON_QUOTA
    """Bytes that one participant may have in a case, files and unfinished uploads."""
    free_space: int = DEFAULT_FREE_SPACE
    """Bytes that stay free on the disk of the uploads: no upload begins that would take them."""
    office_phone: str = "010-0000-0000"
    ice_servers: tuple[str, ...] = ()
    faults: str = ""
    """For tests only: where this process is to die, fail or wait (``evidence.faults``); refused outside demo mode."""

    @property
    def relying_party(self) -> str:
        """The host name that passkeys are bound to."""
        return self.public_url.split("://", 1)[1].split("/", 1)[0].split(":", 1)[0]

    @property
    def secure(self) -> bool:
        """Whether the site is served over TLS, so that cookies may demand it."""
        return self.public_url.startswith("https://")

    @property
    def files_dir(self) -> Path:
        """Folder of the encrypted evidence files."""
        return self.data_dir / "files"


REQUIRED = ("DATA_DIR", "PUBLIC_URL", "RPC_URL", "TRUST_FILE")
OPTIONAL = (
    "SECRETS_DIR",
    "DATABASE_URL",
    "BIND",
    "PORT",
    "PROXIES",
    "DEMO",
    "NETWORK_FILE",
    "SMTP_URL",
    "MAIL_FROM",
    "STORE_URL",
    "SEAL_URI",
    "IDENTITY",
    "UPLOAD_LIMIT",
    "CASE_QUOTA",
    "PERSON_QUOTA",
    "FREE_SPACE",
    "OFFICE_PHONE",
    "ICE_SERVERS",
    "FAULTS",
)
NUMBERS = ("PORT", "PROXIES", "UPLOAD_LIMIT", "CASE_QUOTA", "PERSON_QUOTA", "FREE_SPACE")


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from variables named HEZHENG_…; raise SettingsError naming everything that is wrong."""
    given = {key[len(PREFIX) :]: value for key, value in environment.items() if key.startswith(PREFIX)}
    problems = [f"missing {PREFIX}{key}" for key in REQUIRED if not given.get(key)]
    problems += [f"unknown {PREFIX}{key}" for key in sorted(given) if key not in REQUIRED + OPTIONAL]
    for key in NUMBERS:
        if key in given and not given[key].isdigit():
            problems.append(f"not a number: {PREFIX}{key}")
    if given.get("DEMO", "0") not in ("0", "1"):
        problems.append(f"{PREFIX}DEMO is 0 or 1")
    url = given.get("PUBLIC_URL", "")
    if url and not url.startswith(("http://", "https://")):
        problems.append(f"{PREFIX}PUBLIC_URL begins with http:// or https://")
    if given.get("STORE_URL") and not given["STORE_URL"].startswith("s3://"):
        problems.append(f"{PREFIX}STORE_URL begins with s3://")
    if "IDENTITY" in given and not _words(given["IDENTITY"]):
        problems.append(f"{PREFIX}IDENTITY names no check: a signature needs one at least")
    for word in _words(given.get("IDENTITY", "")):
        if word not in {kind.value for kind in IdentityKind}:
            problems.append(f"{PREFIX}IDENTITY: unknown check {word}")
        elif word == IdentityKind.REAL_NAME:
            problems.append(f"{PREFIX}IDENTITY: no real-name service is connected (app.services.identity)")
    if given.get("SEAL_URI") and not given["SEAL_URI"].startswith("pkcs11:"):
        problems.append(f"{PREFIX}SEAL_URI begins with pkcs11:")
    if problems:
        raise SettingsError("; ".join(problems))
    return _build(given)


def _words(value: str) -> tuple[str, ...]:
    return tuple(word for word in value.replace(",", " ").split() if word)


def _build(given: dict[str, str]) -> Settings:
    data_dir = Path(given["DATA_DIR"]).resolve()
    settings = Settings(
        data_dir=data_dir,
        secrets_dir=Path(given.get("SECRETS_DIR") or data_dir / "secrets").resolve(),
        database_url=given.get("DATABASE_URL") or f"sqlite:///{data_dir / 'hezheng.sqlite3'}",
        rpc_url=given["RPC_URL"],
        trust_file=Path(given["TRUST_FILE"]).resolve(),
        public_url=given["PUBLIC_URL"].rstrip("/"),
        bind=given.get("BIND", "127.0.0.1"),
        port=int(given.get("PORT", "8480")),
        proxies=int(given.get("PROXIES", "0")),
        demo=given.get("DEMO") == "1",
        network_file=Path(given["NETWORK_FILE"]).resolve() if given.get("NETWORK_FILE") else None,
        smtp_url=given.get("SMTP_URL") or None,
        mail_from=given.get("MAIL_FROM", "noreply@localhost"),
        store_url=given.get("STORE_URL") or None,
        identity=tuple(IdentityKind(word) for word in _words(given.get("IDENTITY", "one_time_code"))),
        seal_uri=given.get("SEAL_URI") or None,
        upload_limit=int(given.get("UPLOAD_LIMIT", str(DEFAULT_UPLOAD_LIMIT))),
        case_quota=int(given.get("CASE_QUOTA", str(DEFAULT_CASE_QUOTA))),
        person_quota=int(given.get("PERSON_QUOTA", str(DEFAULT_PERSON_QUOTA))),
        free_space=int(given.get("FREE_SPACE", str(DEFAULT_FREE_SPACE))),
        office_phone=given.get("OFFICE_PHONE", "010-0000-0000"),
        ice_servers=_words(given.get("ICE_SERVERS", "")),
        faults=given.get("FAULTS", ""),
    )
    if not settings.demo and not settings.secure:
        raise SettingsError("PUBLIC_URL must be https:// outside demo mode")
    if not settings.demo and settings.faults:
        raise SettingsError("FAULTS is for tests: never outside demo mode")
    return settings


def refuse_trial_in_production(settings: Settings, network: Network) -> None:
    """Outside demo mode there must be a timestamp authority, and none on this machine (as the trial one is)."""
    problems = [] if settings.demo else trial_problems(network)
    if problems:
        raise SettingsError("; ".join(f"{problem}: for trials only, set DEMO=1" for problem in problems))
