"""Names of files that go to other people's computers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.file_names import FORBIDDEN, LONGEST, LONGEST_BYTES, RESERVED, safe_name


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("礼盒 照片.jpg", "礼盒 照片.jpg"),
        ("../../etc/passwd", "_._etc_passwd"),
        ("C:\\Windows\\x.dll", "C__Windows_x.dll"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("Lpt1.tar.gz", "_Lpt1.tar.gz"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("a\x00b\nc.txt", "abc.txt"),
        ("trailing. . .", "trailing"),
        ("...", "file"),
        ("", "file"),
        (".htaccess", "htaccess"),
        ("a.b ", "a.b"),
        ("x" * 300 + ".pdf", "x" * 76 + ".pdf"),
    ],
)
def test_names_are_made_safe(given_name, safe):
    assert safe_name(given_name) == safe


@given(st.text(max_size=400))
def test_every_name_is_one_name_everywhere(name):
    safe = safe_name(name)
    assert safe
    assert not FORBIDDEN & set(safe)
    assert safe.strip(" .") == safe
    assert safe.isprintable()
    assert len(safe) <= LONGEST
    assert len(safe.encode()) <= LONGEST_BYTES
    assert safe.split(".")[0].strip().upper() not in RESERVED
    assert safe_name(safe) == safe
