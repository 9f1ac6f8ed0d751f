"""Recognising files by their first bytes; names that claim something else."""

import io
import zipfile

import pytest

from app.domain.file_types import HEAD, UNKNOWN, contradicts, recognise
from tests.builders import FILES


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("gift-box-photo.jpg", "image/jpeg"),
        ("shop-page.png", "image/png"),
        ("purchase-record.pdf", "application/pdf"),
        ("unboxing.mp4", "video/mp4"),
    ],
)
def test_real_files_are_recognised_and_their_names_believed(name, media_type):
    head = (FILES / name).read_bytes()[:HEAD]
    assert recognise(head) == media_type
    assert not contradicts(name, media_type)
    assert not contradicts(name.upper(), media_type)


def office_file(folder: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(f"{folder}/document.xml", "<x/>")
    return made.getvalue()


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\x00\x00\x00\x14ftypqt  ", "video/quicktime"),
        (b"\x00\x00\x00\x1cftypM4A ", "audio/mp4"),
        (b"ID3\x04\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        (b"PK\x03\x04" + bytes(30), "application/zip"),
        (office_file("word"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (office_file("xl"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("合同约定如下".encode(), "text/plain"),
        ("合同约定如下".encode("gb18030"), "text/plain"),
        ("聊天记录".encode()[:-1], "text/plain"),
        (b"<!DOCTYPE html><html>", "text/html"),
        (b"\x00\x01\x02\x03", UNKNOWN),
        (b"", UNKNOWN),
    ],
)
def test_kinds_by_their_first_bytes(head, media_type):
    assert recognise(head) == media_type


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("合同.pdf", "image/jpeg"),
        ("照片.jpg", "application/pdf"),
        ("照片.jpeg", "image/png"),
        ("录像.mp4", "text/plain"),
        ("合同.docx", "application/pdf"),
        ("程序.pdf", "application/vnd.microsoft.portable-executable"),
    ],
)
def test_a_name_that_claims_something_else(name, found):
    assert contradicts(name, found)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("数据.bin", UNKNOWN),
        ("没有扩展名", "image/png"),
        ("记录.log", "text/plain"),
        ("老文件.doc", "application/rtf"),
    ],
)
def test_a_name_that_claims_nothing_false(name, found):
    assert not contradicts(name, found)
