"""Predicates about figures and dates: sums that do not add up, words that say another sum, days that do not exist.

Reading them out of a text is in ``quantities``."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise

from app.domain.agreement.model import Clause
from app.domain.draft_checks.model import Found
from app.domain.draft_checks.passages import Passage, Sentence
from app.domain.draft_checks.quantities import Amount, amounts, days, numeral, shares
from app.domain.draft_checks.scene import Scene, at
from app.domain.money import figures

DAILY_MEASURE = Decimal("6.57")
"""Ten-thousandths a day: 24 % a year. A measure for pointing out, not a limit of the law (民法典 585 looks at the loss)."""
FIXED_MEASURE = Decimal("0.3")
"""A fixed sum for late payment over three tenths of the payments (合同编通则司法解释 65 looks at the loss)."""
_BETWEEN = re.compile(
    r"[(（]?(?:即|大写|小写)?[:：]?(?:人民币|¥|RMB)?[:：]?[(（]?(?:即|大写|小写)?[:：]?(?:人民币|¥)?"
)
_TOTAL = re.compile(
    r"(?:共计|总计|合计|总额|总价款?|总金额|共应?(?:支付|赔偿)|一共)[^，。\d零壹贰叁肆伍陆柒捌玖拾]{0,10}$"
)
_TOTAL_WORDS = re.compile(r"[共总合]|其中")
_MOST_SUMS = 60
"""Sums of one sentence that are read as a total with parts."""
_PART = re.compile(
    r"第[一二三四五六七八九十\d]{1,3}期|首期|首付|余款|尾款|剩余|其余|其中|期支付|前支付|前付清|日内支付|当日支付|分[一二三四五六七八九十\d两]{1,3}期"
)
_OTHER_SUM = re.compile(r"违约金|逾期|滞纳|定金|利息|保证金")
_SHARED = re.compile(r"分得|拿|承担|占|享有|负担|分成|所得|归")
_RATE = re.compile(
    r"(?:每逾?期?(日|天|月|个月|一日|一天|一个月)|按(日|月)|逾期(一日|一天|一个月)|(日)利率|(月)利率)[^。；]{0,20}?"
    r"(万分之|千分之|百分之)?([\d.]{1,8}|[零〇一二三四五六七八九十]{1,4})(%|‰)?"
)
_LATE = re.compile(r"违约金|滞纳金|逾期|利息|罚息|晚付|迟延")
_EACH_DAY = re.compile(
    r"每?(?:逾期|晚付|迟延|延迟|拖延)[^，\d]{0,4}(?:[一每1][日天])"
    r".{0,10}(?:罚款?|支付|缴纳|赔偿?)[^，\d一二三四五六七八九十]{0,10}"
)
_UNITS = {
    "万分之": Decimal(1),
    "千分之": Decimal(10),
    "百分之": Decimal(100),
    "%": Decimal(100),
    "‰": Decimal(10),
}
_TERM = re.compile(r"自(?:.{0,40}?)起(?:.{0,4}?)至")
_INSTALMENT = re.compile(r"第([一二三四五六七八九十]{1,3}|\d{1,2})(?:期|笔)|首期|尾款|余款")


def figures_against_words(scene: Scene) -> Iterator[Found]:
    """An amount in figures and the same in capital words beside it do not agree."""
    for passage, sentence in scene.sentences():
        found = amounts(sentence.text)
        for one, other in pairwise(found):
            if one.value != other.value and _is_same_sum(one, other, sentence.text):
                values = {"first": figures(one.value), "second": figures(other.value)}
                yield at(passage, sentence, one.start, other.end, **values)
                break


def _is_same_sum(one: Amount, other: Amount, text: str) -> bool:
    """Figures and words beside each other, with at most a bracket or 大写 between them."""
    gap = text[one.end : other.start]
    return one.worded != other.worded and bool(_BETWEEN.fullmatch(gap))


def parts_against_total(scene: Scene) -> Iterator[Found]:
    """The instalments do not add up to the sum, in fields or in a text that names a total and its parts."""
    for clause in scene.agreement.clauses:
        if (found := _instalments(clause)) is not None:
            yield found
    for passage in scene.passages:
        if passage.duty and (found := _told_parts(passage)) is not None:
            yield found


def _instalments(clause: Clause) -> Found | None:
    parts, total = clause.instalments(), clause.fields.get("amount")
    if not isinstance(total, str) or not parts or not all(part.amount for part in parts):
        return None
    made = sum((Decimal(part.amount) for part in parts), Decimal(0))
    if made == Decimal(total):
        return None
    return Found(clause.ref, "instalments", values={"sum": figures(made), "total": figures(Decimal(total))})


def _told_parts(passage: Passage) -> Found | None:
    for sentence in passage.sentences:
        if not _TOTAL_WORDS.search(sentence.text):
            continue
        found = [amount for amount in amounts(sentence.text) if not _repeats(sentence.text, amount)]
        for at_, total in enumerate(found[:_MOST_SUMS]):
            if not _is_total(sentence.text, total):
                continue
            parts = [
                part
                for part in found[at_ + 1 :]
                if not _OTHER_SUM.search(sentence.text[max(0, part.start - 12) : part.start])
            ]
            if (made := _wrong_sum(sentence.text, total, parts)) is not None:
                return at(
                    passage,
                    sentence,
                    total.start,
                    parts[-1].end,
                    sum=figures(made),
                    total=figures(total.value),
                )
    return None


def _repeats(text: str, amount: Amount) -> bool:
    """The same amount again in words or figures, in brackets."""
    return (
        text[: amount.start].endswith(("(", "(大写:", "(大写", "(即", "(人民币", "(¥"))
        or "大写" in text[max(0, amount.start - 6) : amount.start]
    )


def _is_total(text: str, amount: Amount) -> bool:
    return bool(
        _TOTAL.search(text[max(0, amount.start - 20) : amount.start])
        or text[amount.end :].lstrip(")，")[:2] == "其中"
    )


def _wrong_sum(text: str, total: Amount, parts: list[Amount]) -> Decimal | None:
    if len(parts) < 2 or not _PART.search(text[total.end :]):
        return None
    made = sum((part.value for part in parts), Decimal(0))
    return None if made == total.value else made


def shares_against_whole(scene: Scene) -> Iterator[Found]:
    """A share is more than the whole, or shares of one thing do not make the whole."""
    for passage, sentence in scene.sentences(duties=True):
        found = shares(sentence.text)
        over = next((share for share in found if share.value > 100), None)
        if over is not None and not re.search(r"违约|赔偿|损失|逾期|利率|LPR", sentence.text):
            yield at(passage, sentence, over.start, over.end, percent=f"{over.value}")
        elif (
            len(found) >= 2
            and _are_shares(sentence.text)
            and (total := sum(share.value for share in found)) != 100
        ):
            yield at(passage, sentence, found[0].start, found[-1].end, percent=f"{total}")


def _are_shares(text: str) -> bool:
    return len(_SHARED.findall(text)) >= 2 and not re.search(
        r"超过|部分按|阶梯|违约|逾期|定金|税率|每[日月年]", text
    )


def day_not_in_calendar(scene: Scene) -> Iterator[Found]:
    """A date that the calendar does not have."""
    for passage, sentence in scene.sentences():
        wrong = next((day for day in days(sentence.text) if day.day is None), None)
        if wrong is not None and sentence.text[wrong.start : wrong.end].count("年"):
            yield at(passage, sentence, wrong.start, wrong.end, date=sentence.text[wrong.start : wrong.end])


def days_out_of_order(scene: Scene) -> Iterator[Found]:
    """A term that ends before it begins, an instalment before the one that precedes it, a guarantee that ends too early."""
    for clause in scene.agreement.clauses:
        yield from _order_of_fields(clause)
        yield from _guarantee_too_short(scene, clause)
    for passage, sentence in scene.sentences():
        found = _term(passage, sentence) or (_told_instalments(passage, sentence) if passage.duty else None)
        if found is not None:
            yield found


def _order_of_fields(clause: Clause) -> Iterator[Found]:
    start, end = clause.fields.get("start"), clause.fields.get("end")
    if isinstance(start, str) and isinstance(end, str) and end <= start:
        yield Found(clause.ref, "end", excerpt=end, values={"first": start, "second": end})
    due = [part.due for part in clause.instalments() if part.due]
    wrong = next((pair for pair in pairwise(due) if pair[1] <= pair[0]), None)
    if wrong is not None:
        yield Found(
            clause.ref, "instalments", excerpt=wrong[1], values={"first": wrong[0], "second": wrong[1]}
        )


def _guarantee_too_short(scene: Scene, clause: Clause) -> Iterator[Found]:
    """A guarantee that ends before or with the debt counts as if no period were agreed (民法典 692)."""
    secured = clause.fields.get("secures")
    paid = (
        scene.agreement.clause(secured) if clause.kind == "guarantee" and isinstance(secured, str) else None
    )
    end = clause.fields.get("end")
    if paid is None or not isinstance(end, str):
        return
    due = paid.fields.get("due")
    last = max(
        (part.due for part in paid.instalments() if part.due), default=due if isinstance(due, str) else ""
    )
    if last and end <= last:
        yield Found(clause.ref, "end", excerpt=end, values={"first": last, "second": end})


def _term(passage: Passage, sentence: Sentence) -> Found | None:
    for match in _TERM.finditer(sentence.text):
        found = days(sentence.text[match.start() : match.end() + 14])
        if len(found) >= 2 and found[0].day and found[1].day and found[1].day <= found[0].day:
            start = match.start()
            return at(
                passage,
                sentence,
                start,
                start + found[1].end,
                first=_iso(found[0].day),
                second=_iso(found[1].day),
            )
    return None


def _told_instalments(passage: Passage, sentence: Sentence) -> Found | None:
    marks = list(_INSTALMENT.finditer(sentence.text))
    if len(marks) < 2:
        return None
    ends = [mark.start() for mark in marks[1:]] + [len(sentence.text)]
    last: date | None = None
    for mark, end in zip(marks, ends, strict=True):
        day = next(iter(days(sentence.text[mark.end() : end])), None)
        if day is None or day.day is None:
            continue
        if last is not None and day.day <= last:
            start = mark.end() + day.start
            return at(passage, sentence, start, mark.end() + day.end, first=_iso(last), second=_iso(day.day))
        last = day.day
    return None


def _iso(day: date) -> str:
    return day.isoformat()


def late_fee_over_measure(scene: Scene) -> Iterator[Found]:
    """A late fee over the usual measure; only pointed out, a court lowers it on request."""
    for clause in scene.agreement.clauses:
        yield from _structured_fee(scene, clause)
    for passage, sentence in scene.sentences(duties=True):
        found = _told_rate(sentence.text) or _told_sum(sentence.text, _to_pay(scene))
        if found is not None:
            yield at(passage, sentence, *found[0], rate=found[1])


def _told_rate(text: str) -> tuple[tuple[int, int], str] | None:
    """A rate for late payment over the measure: where it stands, and what it is a year."""
    for match in _RATE.finditer(text) if _LATE.search(text) else ():
        daily = _daily(match)
        if daily is not None and daily > DAILY_MEASURE:
            return match.span(), _yearly(daily)
    return None


def _told_sum(text: str, to_pay: Decimal) -> tuple[tuple[int, int], str] | None:
    """A fixed sum for each day, measured on the total that the sentence or else the payments name."""
    match = _EACH_DAY.search(text)
    sums = amounts(text) if match is not None else ()
    fee = next(
        (amount for amount in sums if match is not None and match.end() <= amount.start <= match.end() + 4),
        None,
    )
    total = max((amount.value for amount in sums if amount is not fee), default=to_pay)
    if match is None or fee is None or not total or fee.value / total * 10_000 <= DAILY_MEASURE:
        return None
    return (match.start(), fee.end), _yearly(fee.value / total * 10_000)


def _to_pay(scene: Scene) -> Decimal:
    paid = (one.fields.get("amount") for one in scene.agreement.clauses if one.kind == "payment")
    return sum((Decimal(amount) for amount in paid if isinstance(amount, str)), Decimal(0))


def _structured_fee(scene: Scene, clause: Clause) -> Iterator[Found]:
    for name in ("late_rate", "rate"):
        rate = clause.fields.get(name)
        if isinstance(rate, str) and Decimal(rate) > DAILY_MEASURE:
            yield Found(clause.ref, name, excerpt=rate, values={"rate": _yearly(Decimal(rate))})
    fixed, event = clause.fields.get("sum"), clause.fields.get("event")
    if (
        clause.kind == "breach"
        and isinstance(fixed, str)
        and isinstance(event, str)
        and re.search("付款|支付|付清", event)
    ):
        total = _to_pay(scene)
        if total and Decimal(fixed) > FIXED_MEASURE * total:
            yield Found(
                clause.ref, "sum", excerpt=fixed, values={"rate": f"{Decimal(fixed) / total * 100:.0f}%"}
            )


def _daily(match: re.Match[str]) -> Decimal | None:
    """Ten-thousandths a day, or None where the figure is no rate."""
    period = next(part for part in match.group(1, 2, 3, 4, 5) if part)
    unit, number, sign = match.group(6), match.group(7), match.group(8)
    if unit is None and sign is None:
        return None
    value = _number(number)
    return None if value is None else value * _UNITS[unit or sign] / (30 if "月" in period else 1)


def _number(text: str) -> Decimal | None:
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return Decimal(text)
    whole = numeral(text) if "." not in text else None
    return None if whole is None else Decimal(whole)


def _yearly(daily: Decimal) -> str:
    return f"{daily * 365 / 100:.1f}%"


def deposit_over_fifth(scene: Scene) -> Iterator[Found]:
    """A deposit (定金) of more than a fifth of the price."""
    for passage in scene.passages:
        at_ = passage.folded.find("定金")
        if passage.duty and at_ >= 0 and (found := _deposit(passage, at_)) is not None:
            yield found


def _deposit(passage: Passage, place: int) -> Found | None:
    text = passage.folded[:_READ]
    near = [share for share in shares(text) if abs(share.start - place) <= 16]
    if near and near[0].value > 20 and "定金" in text:
        return passage.found(near[0].start, near[0].end, percent=f"{near[0].value}")
    found = amounts(text)
    paid = next((amount for amount in found if amount.start >= place and amount.start - place <= 16), None)
    total = next(
        (
            amount
            for amount in found
            if re.search(r"总额|总价|共计|总金额|价款", text[max(0, amount.start - 12) : amount.start])
        ),
        None,
    )
    if paid is None or total is None or total is paid or paid.value * 5 <= total.value:
        return None
    return passage.found(paid.start, paid.end, percent=f"{paid.value / total.value * 100:.0f}")


_READ = 4000
"""Characters of a passage in which a deposit is looked for."""
