"""How characters are written that no typeface has. The papers themselves: see tests/web/test_certificates.py."""

import pytest

from app.documents.setting import spell_out


def test_what_chinese_typefaces_have_is_left_alone():
    text = "礼盒《江南岸》“A”—①㎡ x=1\n镕"
    assert spell_out({"a": [text], "b": None, "c": True}) == {"a": [text], "b": None, "c": True}


@pytest.mark.parametrize(
    ("text", "spelt"),
    [("礼盒🎁", "礼盒[U+1F381]"), ("ᚠ", "[U+16A0]"), ("\ufffe", "[U+FFFE]"), ("\x00", "[U+0000]")],
)
def test_what_they_lack_is_written_as_its_number(text, spelt):
    assert spell_out(text) == spelt
