"""Predicates about names and numbers of papers: nearly a party's name, look-alikes, hidden characters, check digits.

What a field means is not looked at."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from app.domain.agreement.kinds import KINDS
from app.domain.agreement.model import LETTERS, Party
from app.domain.agreement.text import hidden_count
from app.domain.draft_checks.model import Found
from app.domain.draft_checks.passages import fold
from app.domain.draft_checks.scene import Scene, at

_PAIR = re.compile(
    r"([甲乙丙丁])方(?:应当?|须|需|同意|自愿|承诺|负责|将|于|在)[^甲乙丙丁，]{0,30}?(?:向|赔偿|给付|补偿|付给)\1方(?!账户|的律师)"
    r"|([甲乙丙丁])方(?:向|赔偿|补偿)\2方(?:支付|给付|赔偿|返还|人民币)"
)
_ORGANISATION = "公司"
_TOKEN = re.compile(r"[^\W_]+")
_ODD_HAN = re.compile(r"[\u2e80-\u2fdf\uf900-\ufaff]")
_FULL_DIGITS = re.compile(r"(?:[0-9][,.]?[０-９]|[０-９][,.]?[0-9])(?:[,.]?\d){0,20}")
_ACCOUNT = re.compile(r"(?:账号|帐号|账户|卡号)[^A-Za-z\d]{0,8}([\dA-Za-z]{10,30})")
_NUMBER = re.compile(
    r"(身份号码|身份证(?:件)?(?:号码|号)?|信用代码)[^\dA-Za-z]{0,6}([\dA-Za-z]{15,19})(?![\dA-Za-z])"
)
_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SHORTEST = 4


def name_nearly_party(scene: Scene) -> Iterator[Found]:
    """A company is named almost as a party is, but not quite."""
    names = tuple(
        fold(party.name)[0]
        for party in scene.agreement.parties
        if party.kind == "organisation" and len(party.name) >= _SHORTEST
    )
    longest = max(map(len, names), default=0) + 4
    for passage, sentence in scene.sentences():
        for match in re.finditer(_ORGANISATION, sentence.text):
            start = max(0, match.end() - longest)
            near = _nearest(sentence.text[start : match.end()], names)
            if near is not None:
                yield at(passage, sentence, start + near[0], match.end(), name=near[1])
                break


@lru_cache(maxsize=512)
def _nearest(window: str, names: tuple[str, ...]) -> tuple[int, str] | None:
    """Where in the window a name begins that ends with it and is nearly one of ``names``; None for exact or far ones."""
    found: list[tuple[int, int, str]] = []
    for name in names:
        if window.endswith(name):
            return None
        most = 2 if len(name) >= 8 else 1
        if sum(char in window for char in name) >= len(name) - most:
            distance, start = _ending(window, name)
            if 0 < distance <= most:
                found.append((distance, start, name))
    if not found or any(name in window for name in names):
        return None
    _, start, name = min(found)
    return start, name


def _ending(window: str, name: str) -> tuple[int, int]:
    """Least edits between ``name`` and an ending of ``window``, and where that ending begins (read from the back)."""
    row = list(range(len(name) + 1))
    best, length = row[-1], 0
    for read, char in enumerate(reversed(window), 1):
        next_row = [read]
        for at_, other in enumerate(reversed(name), 1):
            next_row.append(min(row[at_] + 1, next_row[-1] + 1, row[at_ - 1] + (char != other)))
        row = next_row
        if row[-1] < best or (row[-1] == best and read == len(name)):
            best, length = row[-1], read
    return best, len(window) - length


def party_that_is_not_there(scene: Scene) -> Iterator[Found]:
    """丙方 where only 甲方 and 乙方 are."""
    count = len(scene.agreement.parties)
    for passage, sentence in scene.sentences():
        for match in re.finditer(
            rf"(?<![自利])([{LETTERS[2:]}])(?:[二三四五六各]?方)(?![形块程])", sentence.text
        ):
            if match.group(1) != "己" and LETTERS.index(match.group(1)) >= count:
                yield at(passage, sentence, match.start(), match.end(), who=f"{match.group(1)}方")
                break


def duty_to_oneself(scene: Scene) -> Iterator[Found]:
    """Payer and payee, licensor and licensee are the same."""
    for clause in scene.agreement.clauses:
        pairs = (
            ("payer", "payee"),
            ("licensor", "licensee"),
            ("transferor", "transferee"),
            ("debtor", "creditor"),
            ("who", "to"),
        )
        for one, other in pairs:
            same = set(clause.refs(one)) & set(clause.refs(other))
            if same and KINDS[clause.kind].field(other):
                yield Found(clause.ref, other, values={"who": scene.agreement.letter(min(same))})
    for passage, sentence in scene.sentences(duties=True):
        match = _PAIR.search(sentence.text)
        if match is not None:
            yield at(
                passage, sentence, match.start(), match.end(), who=f"{match.group(1) or match.group(2)}方"
            )


def mixed_scripts(scene: Scene) -> Iterator[Found]:
    """Letters that look like others: two scripts in a word, full-width beside plain digits, letters in an account."""
    for party in scene.agreement.parties:
        for name, value in (("name", party.name), ("id_number", party.id_number)):
            if _mixed(value) or (name == "id_number" and re.search(r"[０-９Ａ-Ｚａ-ｚ]", value)):
                yield Found(party.ref, name, 0, len(value), value)
    for passage in scene.passages:
        match = _ODD_HAN.search(passage.text) or _FULL_DIGITS.search(passage.text) or _mixed(passage.text)
        if match is not None:
            yield Found(passage.ref, passage.field, match.start(), match.end(), match.group())
            continue
        account = _ACCOUNT.search(passage.folded)
        if account is not None and _letters_for_digits(account.group(1)):
            yield passage.found(account.start(1), account.end(1))
    for clause in scene.agreement.clauses:
        number = clause.fields.get("account_number")
        if isinstance(number, str) and _letters_for_digits(number):
            yield Found(clause.ref, "account_number", 0, len(number), number)


def _letters_for_digits(number: str) -> bool:
    digits = sum(char.isdigit() for char in number)
    return digits >= 6 and bool(re.search("[OoIl]", number)) and digits >= 0.7 * len(number)


def _mixed(text: str) -> re.Match[str] | None:
    """The first word that has Latin and Cyrillic or Greek letters."""
    if not re.search(r"[\u0370-\u052f]", text):
        return None
    for match in _TOKEN.finditer(text):
        word = match.group()
        if re.search(r"[\u0370-\u052f]", word) and re.search(r"[A-Za-z]", word):
            return match
    return None


def characters_nobody_sees(scene: Scene) -> Iterator[Found]:
    """Direction marks, zero width and the like: two people would read different words."""
    for passage in scene.passages:
        hidden = [char for char in set(passage.text) if hidden_count(char)]
        if hidden:
            start = min(passage.text.index(char) for char in hidden)
            code = f"U+{ord(passage.text[start]):04X}"
            yield Found(passage.ref, passage.field, start, start + 1, code, values={"code": code})
    for party in scene.agreement.parties:
        if hidden_count(party.name):
            yield Found(party.ref, "name", 0, len(party.name), party.name, values={"code": ""})


def number_with_wrong_check(scene: Scene) -> Iterator[Found]:
    """A credit code or identity number whose check digit, length or date of birth is wrong."""
    for party in scene.agreement.parties:
        if party.id_number and _wrong(party):
            yield Found(party.ref, "id_number", 0, len(party.id_number), party.id_number)
    for passage in scene.passages:
        for match in _NUMBER.finditer(passage.folded):
            good = (
                credit_code(match.group(2))
                if match.group(1) == "信用代码"
                else identity_number(match.group(2))
            )
            if not good:
                yield passage.found(match.start(2), match.end(2))
                break


def _wrong(party: Party) -> bool:
    number = unicodedata.normalize("NFKC", party.id_number).replace(" ", "").upper()
    if party.kind == "organisation":
        return len(number) == 18 and not credit_code(number)
    return (
        bool(re.fullmatch(r"\d{14,20}[\dX]?", number)) and len(number) != 15 and not identity_number(number)
    )


def credit_code(code: str) -> bool:
    """Whether a unified social credit code has the right letters and check character (GB 32100-2015)."""
    if len(code) != 18 or any(char not in _CODE for char in code):
        return False
    total = sum(_CODE.index(char) * pow(3, at_, 31) for at_, char in enumerate(code[:17]))
    return _CODE[(31 - total % 31) % 31] == code[17]


def identity_number(number: str) -> bool:
    """Whether an identity number has a possible date of birth and the right check digit (GB 11643-1999)."""
    if not re.fullmatch(r"\d{17}[\dXx]", number, re.ASCII):
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == number[17].upper()
