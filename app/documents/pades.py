"""The organisation's seal on a PDF: PAdES B-LT (ETSI EN 319 142-1) with timestamp, certificates and revocation data inside.
Not here: what the paper says, and where key, timestamp and lists come from (see ``app.services.seals``)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from asn1crypto import cms, parser, pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import UnacceptableSignerError
from pyhanko.sign.signers import Signer
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, SigDSSPlacementPreference
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError

FIELD = "OrganisationSeal"
DIGEST = "sha256"
LEVEL = "PAdES B-LT"
KEY_FILE, PASSWORD_FILE = "seal.p12", "seal.password"
CHAIN_FILE, PIN_FILE = "seal-chain.pem", "seal.pin"
TRIAL_POLICY = "1.3.6.1.4.1.32473."
"""Certificates under the number that RFC 5612 sets aside for examples are for trials only."""


_TROUBLE = (
    PdfError,
    PathError,
    ValidationError,
    SignatureValidationError,
    UnacceptableSignerError,
    ValueError,
)

logging.getLogger("pyhanko.sign").setLevel(logging.ERROR)
"""It warns that it may not fetch anything itself, which is as wanted."""


class SealError(Exception):
    """The seal's key, certificate or token could not be used; the text says which and why."""


@dataclass(frozen=True)
class KeyPlace:
    """Where the seal's key is: an encrypted PKCS #12 file in ``folder``, or a token by its RFC 7512 ``uri``."""

    folder: Path
    uri: str | None = None


def find_key(folder: Path, uri: str | None) -> KeyPlace | None:
    """The place of the seal's key, or None where this process was given none."""
    return KeyPlace(folder, uri) if uri or (folder / KEY_FILE).exists() else None


@dataclass(frozen=True)
class SealKey:
    """An opened key. chain: from its certificate to the root that it leads to."""

    signer: Signer
    chain: tuple[asn1_x509.Certificate, ...]

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """The same chain, for checking."""
        return tuple(x509.load_der_x509_certificate(one.dump()) for one in self.chain)

    @property
    def trial(self) -> bool:
        """Whether the certificate says that it is for trials."""
        policies = self.chain[0].certificate_policies_value or ()
        return any(one["policy_identifier"].dotted.startswith(TRIAL_POLICY) for one in policies)


@contextmanager
def opened(place: KeyPlace) -> Iterator[SealKey]:
    """The key while it is used; a session with a token is closed at the end. Raises SealError."""
    if place.uri is None:
        yield _from_file(place.folder)
        return
    from pkcs11.exceptions import PKCS11Error

    try:
        with _session(place) as session:
            yield _from_token(place, session)
    except PKCS11Error as error:
        raise SealError(f"token: {type(error).__name__}") from error


def _from_file(folder: Path) -> SealKey:
    try:
        password = (folder / PASSWORD_FILE).read_text().strip().encode()
    except OSError as error:
        raise SealError(f"{PASSWORD_FILE}: {error.strerror}") from error
    signer = SimpleSigner.load_pkcs12(str(folder / KEY_FILE), passphrase=password)
    if signer is None or signer.signing_cert is None:
        raise SealError(f"{KEY_FILE} cannot be opened with {PASSWORD_FILE}")
    return SealKey(signer, _chain(signer.signing_cert, list(signer.cert_registry)))


def _session(place: KeyPlace):  # type: ignore[no-untyped-def]  # pkcs11 has no types
    from pyhanko.config.pkcs11 import TokenCriteria
    from pyhanko.sign.pkcs11 import open_pkcs11_session

    path, query = _parse_uri(place.uri or "")
    module = query.get("module-path")
    if not module or "token" not in path:
        raise SealError("a PKCS #11 address names token and module-path (RFC 7512)")
    try:
        pin = (place.folder / PIN_FILE).read_text().strip()
    except OSError as error:
        raise SealError(f"{PIN_FILE}: {error.strerror}") from error
    return open_pkcs11_session(module, token_criteria=TokenCriteria(label=path["token"]), user_pin=pin)


def _from_token(place: KeyPlace, session: object) -> SealKey:
    from pyhanko.sign.pkcs11 import PKCS11Signer

    label = _parse_uri(place.uri or "")[0].get("object")
    others = _read_chain(place.folder / CHAIN_FILE)
    signer = PKCS11Signer(session, cert_label=label, key_label=label, ca_chain=others)
    certificate = signer.signing_cert
    if certificate is None:
        raise SealError("the token holds no certificate of this name")
    return SealKey(signer, _chain(certificate, others))


def _parse_uri(uri: str) -> tuple[dict[str, str], dict[str, str]]:
    """Path and query attributes of a PKCS #11 URI (RFC 7512 §2.3)."""
    if not uri.startswith("pkcs11:"):
        raise SealError("the seal's address begins with pkcs11: (RFC 7512)")
    path, _, query = uri.removeprefix("pkcs11:").partition("?")
    named = (one.partition("=") for one in path.split(";") if one)
    return {name: unquote(value) for name, _, value in named}, dict(parse_qsl(query))


def _read_chain(path: Path) -> list[asn1_x509.Certificate]:
    try:
        parts = pem.unarmor(path.read_bytes(), multiple=True)
        return [asn1_x509.Certificate.load(der) for _name, _headers, der in parts]
    except (OSError, ValueError) as error:
        raise SealError(f"{path.name}: {error}") from error


def _chain(
    certificate: asn1_x509.Certificate, others: Sequence[asn1_x509.Certificate]
) -> tuple[asn1_x509.Certificate, ...]:
    """From the certificate upwards by names; what does not fit is refused when the chain is checked."""
    found = [certificate]
    while found[-1].issuer != found[-1].subject:
        issuer = next((one for one in others if one.subject == found[-1].issuer and one not in found), None)
        if issuer is None:
            raise SealError("the seal's certificate does not come with the certificates up to its root")
        found.append(issuer)
    return tuple(found)


class _Stamper(TimeStamper):  # type: ignore[misc]  # pyHanko's class is untyped
    """pyHanko's source of timestamps, over a function that gives a verified token (DER) over 32 bytes.

    sample: an earlier token of the same authority; from it pyHanko takes size and certificates.
    """

    def __init__(self, stamp: Callable[[bytes], bytes], sample: bytes) -> None:
        super().__init__()
        self._stamp = stamp
        self._register_dummy(DIGEST, cms.ContentInfo.load(sample))

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        if md_algorithm != DIGEST:
            raise SealError(f"a timestamp over {md_algorithm} was asked for")
        return cms.ContentInfo.load(self._stamp(message_digest))


@dataclass(frozen=True)
class Surroundings:
    """What a seal is made and checked with: roots, and revocation data (DER) for what leads to them.

    sample: a token of the authority that will be asked, for making one only.
    """

    roots: Sequence[asn1_x509.Certificate]
    lists: Sequence[bytes] = ()
    responses: Sequence[bytes] = ()
    sample: bytes = b""

    def context(self, others: Sequence[asn1_x509.Certificate] = ()) -> ValidationContext:
        """Paths lead to the roots, and every certificate on them must be covered; nothing is fetched."""
        return ValidationContext(
            trust_roots=list(self.roots),
            other_certs=list(others),
            crls=list(self.lists),
            ocsps=list(self.responses),
            revocation_mode="hard-fail",
            allow_fetching=False,
        )


def seal_pdf(
    pdf: bytes, key: SealKey, stamp: Callable[[bytes], bytes], around: Surroundings, reason: str
) -> bytes:
    """The PDF with the seal as one incremental update: what was there stays byte by byte. Raises SealError.

    stamp: gives a verified token (DER) over 32 bytes. The document is certified without permission for changes (ISO
    32000-1 §12.8.2.2); later revocation data may still be added (PAdES). The paths of seal and timestamp are checked
    before anything is written, and the data for them is in the part that is signed.
    """
    meta = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm=DIGEST,
        subfilter=SigSeedSubFilter.PADES,
        reason=reason,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        embed_validation_info=True,
        validation_context=around.context(key.chain[1:]),
        dss_settings=DSSContentSettings(
            include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE
        ),
    )
    signer = PdfSigner(
        meta, key.signer, timestamper=_Stamper(stamp, around.sample), new_field_spec=SigFieldSpec(FIELD)
    )
    try:
        out = signer.sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), output=BytesIO())
    except _TROUBLE as error:
        raise SealError(f"{type(error).__name__}: {error}: {error.__cause__ or ''}") from error
    return bytes(out.getvalue())


@dataclass(frozen=True)
class SealFound:
    """A seal that holds. serial: of its certificate; stamped_at: the token's time (UTC, aware)."""

    name: str
    serial: int
    stamped_at: datetime


def check_pdf(pdf: bytes, around: Surroundings) -> SealFound:
    """The seal of a PDF: its bytes are all covered and unchanged, certificate and token lead to the roots.

    Raises SealError for a PDF without a seal, with a changed byte, or with a seal of somebody else.
    """
    try:
        signatures = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
        if len(signatures) != 1:
            raise SealError("not exactly one seal")
        _require_plain_contents(pdf, signatures[0])
        context = around.context()
        status = validate_pdf_signature(signatures[0], context, ts_validation_context=context)
    except _TROUBLE as error:
        raise SealError(f"{type(error).__name__}: {error}") from error
    if status.coverage is not SignatureCoverageLevel.ENTIRE_FILE or not status.bottom_line:
        raise SealError(status.summary())
    if status.timestamp_validity is None:
        raise SealError("no timestamp")
    certificate = status.signing_cert
    return SealFound(
        name=certificate.subject.native.get("common_name", ""),
        serial=certificate.serial_number,
        stamped_at=status.timestamp_validity.timestamp,
    )


def _require_plain_contents(pdf: bytes, signature: EmbeddedPdfSignature) -> None:
    """The only bytes that no signature covers are its own: they are its DER in upper-case hexadecimal, then zeros."""
    start, length, after, _rest = (int(one) for one in signature.byte_range)
    content = bytes(signature.pkcs7_content)
    padding = content[parser.peek(content) :]
    if pdf[start + length : after] != b"<%s>" % content.hex().upper().encode() or padding.strip(b"\0"):
        raise SealError("something is written beside the signature")
