"""The trial seal of an organisation: a key whose certificate the trial authority issued, in an encrypted file.
Not here: how papers are sealed (`app.documents.pades`). The certificate says that it is a trial; production refuses it."""

from __future__ import annotations

import secrets
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import ObjectIdentifier

from app.documents.pades import KEY_FILE, PASSWORD_FILE, TRIAL_POLICY
from scripts.private import write_private
from scripts.trial_tsa import (
    CA_FILE,
    ISSUER_FILE,
    ISSUER_KEY_FILE,
    ISSUER_NAME,
    KEY_BITS,
    certificate_of,
    issue,
    load_key,
    pointing,
    sign,
    usage,
)

SEAL_NAME = "和证试用机构印章 TRIAL SEAL - NOT FOR LEGAL USE"
POLICY = ObjectIdentifier(f"{TRIAL_POLICY}3161.2")
DAYS = 1_095


def ensure_seal(authority: Path, folder: Path, base: str | None) -> None:
    """Make ``seal.p12`` and its password below the secrets folder, once; again when the lists are served elsewhere.

    authority: folder of the trial authority (see `trial_tsa.create_authority`); base: where its lists are served.
    """
    issue(authority, base)
    issuer = x509.load_pem_x509_certificate((authority / ISSUER_FILE).read_bytes())
    root = x509.load_pem_x509_certificate((authority / CA_FILE).read_bytes())
    kept = _kept(folder)
    if kept is not None and kept.additional_certs and kept.additional_certs[0].certificate == issuer:
        return
    key = rsa.generate_private_key(65_537, KEY_BITS)
    builder = (
        certificate_of(SEAL_NAME, ISSUER_NAME, key.public_key(), days=DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(digital_signature=True, content_commitment=True), critical=True)
        .add_extension(x509.CertificatePolicies([x509.PolicyInformation(POLICY, None)]), critical=False)
    )
    issuer_key = load_key(authority / ISSUER_KEY_FILE)
    certificate = sign(pointing(builder, base, "issuer.crl"), issuer_key, issuer_key.public_key())
    for name in (KEY_FILE, PASSWORD_FILE):
        (folder / name).unlink(missing_ok=True)
    password = secrets.token_hex(32)
    content = pkcs12.serialize_key_and_certificates(
        b"seal", key, certificate, [issuer, root], BestAvailableEncryption(password.encode())
    )
    write_private(folder / PASSWORD_FILE, password + "\n")
    write_private(folder / KEY_FILE, content)


def _kept(folder: Path) -> pkcs12.PKCS12KeyAndCertificates | None:
    """The seal that is there, if it can be opened."""
    try:
        password = (folder / PASSWORD_FILE).read_text().strip()
        return pkcs12.load_pkcs12((folder / KEY_FILE).read_bytes(), password.encode())
    except (OSError, ValueError):
        return None
