"""Amounts of money as agreements write them: figures and Chinese capital words. No arithmetic on claims."""

from decimal import Decimal, InvalidOperation

LARGEST = Decimal("999999999999.99")
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")


def parse_amount(text: str) -> Decimal | None:
    """Yuan from ``120000``, ``120,000.00`` or ``￥120000``; None for anything else or zero."""
    plain = text.strip().replace(",", "").replace("，", "").lstrip("¥￥").strip()
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        return None
    if not amount.is_finite() or amount <= 0 or amount > LARGEST or amount != round(amount, 2):
        return None
    return amount.quantize(Decimal("0.01"))


def figures(amount: Decimal) -> str:
    """``120,000.00``."""
    return f"{amount:,.2f}"


def words(amount: Decimal) -> str:
    """Chinese capital words as cheques use them: ``壹拾贰万元整``, ``壹元零伍分``."""
    yuan, cents = divmod(int(amount * 100), 100)
    jiao, fen = divmod(cents, 10)
    text = f"{_whole(yuan)}元" if yuan else ""
    if not cents:
        return f"{text}整"
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    elif yuan:
        text += "零"
    return text + (f"{_DIGITS[fen]}分" if fen else "")


def _whole(number: int) -> str:
    text = ""
    zero = False
    for group in range(len(_GROUPS) - 1, -1, -1):
        part = number // 10_000**group % 10_000
        if part == 0:
            zero = bool(text)
            continue
        if text and (zero or part < 1000):
            text += "零"
        text += _group(part) + _GROUPS[group]
        zero = False
    return text


def _group(part: int) -> str:
    text = ""
    gap = False
    for place in range(3, -1, -1):
        digit = part // 10**place % 10
        if digit == 0:
            gap = bool(text)
            continue
        if gap:
            text += "零"
        text += _DIGITS[digit] + _PLACES[place]
        gap = False
    return text
