"""What a file is by its first bytes, and whether its name claims something else.
Pure: nothing is ever opened or unpacked, and nothing is believed beyond the family of formats."""

from collections.abc import Callable
from pathlib import PurePath

HEAD = 4096
"""How many bytes from the beginning are enough."""
UNKNOWN = "application/octet-stream"

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AVI ", "video/x-msvideo"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"OggS", "application/ogg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"\x1aE\xdf\xa3", "video/x-matroska"),
    (0, b"FLV\x01", "video/x-flv"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"MZ", "application/vnd.microsoft.portable-executable"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"BM", "image/bmp"),
)
_BRANDS = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"hevc": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
    b"avif": "image/avif",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
}
_ZIP_KINDS = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)


def recognise(head: bytes) -> str:
    """Media type from the first bytes (``HEAD`` of them at most); ``UNKNOWN`` when they tell nothing."""
    for recogniser in (_pdf, _container, _signature, _audio_frame, _text):
        found = recogniser(head)
        if found is not None:
            return found
    return UNKNOWN


def _pdf(head: bytes) -> str | None:
    return "application/pdf" if b"%PDF-" in head[:1024] else None


def _container(head: bytes) -> str | None:
    """ISO base media files: MP4, MOV, HEIC and their relatives, by the brand."""
    if head[4:8] != b"ftyp":
        return None
    return _BRANDS.get(head[8:12], "video/mp4")


def _signature(head: bytes) -> str | None:
    for offset, magic, media_type in _SIGNATURES:
        if head.startswith(magic, offset) and (offset == 0 or head.startswith(b"RIFF")):
            return _zip_kind(head) if media_type == "application/zip" else media_type
    return None


def _zip_kind(head: bytes) -> str:
    if b"mimetypeapplication/" in head[:60]:
        name = head[38:].split(b"PK", 1)[0]
        return name.decode("ascii", "replace").strip("\x00") if len(name) < 100 else "application/zip"
    if b"[Content_Types].xml" in head or b"_rels/" in head:
        for folder, media_type in _ZIP_KINDS:
            if folder in head:
                return media_type
    return "application/zip"


def _audio_frame(head: bytes) -> str | None:
    if len(head) < 2 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    return "audio/mpeg" if head[1] & 0xE0 == 0xE0 and head[1] & 0x06 in (2, 4) else None


_NOT_CONTROLS = bytes({*range(32, 256), *b"\t\n\r\x0c\x1b"})


def _text(head: bytes) -> str | None:
    """Text in UTF-8 or GB 18030 (a letter cut in two at the end is no fault), told from noise by controls."""
    if not head or head.translate(None, _NOT_CONTROLS):
        return None
    if not _decodes(head, "utf-8") and not _decodes(head, "gb18030"):
        return None
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "text/html"
    if start.startswith(b"<svg"):
        return "image/svg+xml"
    return "text/xml" if start.startswith(b"<?xml") else "text/plain"


def _decodes(head: bytes, encoding: str) -> bool:
    for cut in range(4):
        try:
            head[: len(head) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _one_of(*media_types: str) -> Callable[[str], bool]:
    return lambda found: found in media_types


def _family(*prefixes: str) -> Callable[[str], bool]:
    return lambda found: found.startswith(prefixes)


_ZIPPED = _family(
    "application/zip", "application/vnd.openxmlformats", "application/vnd.oasis", "application/epub"
)
_OLE = _one_of("application/x-ole-storage")
_MOVIE = _family("video/", "audio/mp4", "application/ogg")
_CLAIMS: dict[str, Callable[[str], bool]] = {
    "pdf": _one_of("application/pdf"),
    "jpg": _one_of("image/jpeg"),
    "jpeg": _one_of("image/jpeg"),
    "png": _one_of("image/png"),
    "gif": _one_of("image/gif"),
    "webp": _one_of("image/webp"),
    "bmp": _one_of("image/bmp"),
    "tif": _one_of("image/tiff"),
    "tiff": _one_of("image/tiff"),
    "heic": _family("image/hei", "image/avif"),
    "mp4": _MOVIE,
    "m4v": _MOVIE,
    "mov": _MOVIE,
    "m4a": _family("audio/", "video/mp4"),
    "mp3": _family("audio/mpeg", "audio/aac"),
    "wav": _one_of("audio/wav"),
    "avi": _one_of("video/x-msvideo"),
    "mkv": _one_of("video/x-matroska"),
    "webm": _one_of("video/x-matroska"),
    "docx": _ZIPPED,
    "xlsx": _ZIPPED,
    "pptx": _ZIPPED,
    "zip": _ZIPPED,
    "doc": lambda found: _OLE(found) or found in ("application/rtf", "text/html", "text/xml"),
    "xls": lambda found: _OLE(found) or found.startswith("text/"),
    "ppt": _OLE,
    "rar": _one_of("application/vnd.rar"),
    "7z": _one_of("application/x-7z-compressed"),
}


def contradicts(file_name: str, found: str) -> bool:
    """Whether the extension claims a kind that the content is not; an unknown extension claims nothing."""
    fits = _CLAIMS.get(PurePath(file_name).suffix.lower().removeprefix("."))
    return fits is not None and not fits(found)
