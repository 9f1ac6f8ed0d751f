"""E-mail addresses and phone numbers as contacts: one normal form, and what is refused."""

import re

from app.domain.errors import DomainError, ErrorKind

_EMAIL = re.compile(r"[^@\s<>\"',;]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,180}[a-z0-9])?")
_PHONE = re.compile(r"\+?\d{7,15}")


def normal_contact(text: str) -> str:
    """Lower-case e-mail address, or digits of a phone number; INVALID_INPUT for anything else."""
    value = text.strip().lower()
    if "@" in value and _EMAIL.fullmatch(value):
        return value
    digits = re.sub(r"[\s()-]", "", value)
    if _PHONE.fullmatch(digits):
        return digits
    raise DomainError(ErrorKind.INVALID_INPUT, "contact", problem="contact")


def masked(contact: str) -> str:
    """A contact that its owner recognises and others cannot use: ``13•••••890``, ``li•••@example.cn``."""
    if "@" in contact:
        name, host = contact.split("@", 1)
        return f"{name[:2]}•••@{host}"
    return f"{contact[:2]}•••••{contact[-3:]}"
