"""Predicates about duties told in free text: who, how much, by when; duties of people who are not parties.

Sums and dates as such are in ``in_figures``."""

import re
from collections.abc import Iterator

from app.domain.agreement.model import LETTERS
from app.domain.draft_checks.model import Found
from app.domain.draft_checks.passages import Passage, Sentence
from app.domain.draft_checks.quantities import amounts, days, shares
from app.domain.draft_checks.scene import CONDITIONAL, NEGATIVE, Scene, at

_MUST = r"(?:应当?|须|必须|需|(?<![需重主])要(?![素求点件])|保证|同意|负责|自愿|承诺|愿意|一次性|约定)"
_PAYING = r"(?:支付|赔偿|给付|补偿|缴纳|付给)(?!时)"
_DOING = (
    r"(?:支付|赔偿|给付|补偿|付清|销毁|删除|道歉|致歉|注销|撤回|变更|补缴|退还|返还|交付|移交|更名|过户|刊登|拆除|召回|缴纳"
    r"|清除|更换|公开声明|消除影响|办理|处理掉|撤下|换下|拆下|给清|还清|付清|交出|下架|清理|化浆|粉碎|封存|移除|停用|屏蔽|关闭|报废|焚毁|回收)"
)
_PAYS = re.compile(rf"{_MUST}.{{0,40}}?{_PAYING}")
_DOES = re.compile(rf"{_MUST}[^，]{{0,40}}?{_DOING}")
_PAYING_WORD, _DOING_WORD = re.compile(_PAYING), re.compile(_DOING)
_DUE = re.compile(
    r"\d{1,4}年\d{1,2}月|\d{4}[-/.]\d|[\d零一二两三四五六七八九十百]{1,6}个?(?:日|天|工作日|月|周|年|小时)之?内|之日|当日|当天|次日|同日|当场"
    r"|立即|即时|即刻|同时|每[一个]?(?:季|月|年|半年|周|日)|已(?:经|于|当场|支付|付|履行|在)|前述|上述|期满|到期|届满"
)
_REFERS = re.compile(
    r"前述|上述|前款|该款|本协议第|第[\d一二三四五六七八九十]{1,4}条|约定的(?:款项|金额|费用)|全部款项|LPR|利率|每(?:件|份|次|台|套|本|日|月|年|季)"
)
_NOT_PAID = re.compile(
    r"收据|发票|互不|不(?:再)?(?:支付|赔偿|承担)|各自承担|支付方式|付款方式|已(?:经|于|当场)?(?:支付|赔偿|付)|申请|通知"
)
_NOBODY = re.compile(
    r"^(?:[\d一二三四五六七八九十]{1,4}[.、)])?(?:(?:于|在|自)[^，]{2,24}[，]?)?(?:应当?|须|必须|需)(?!当事|由|付款项|收)"
)
_OUTSIDER = re.compile(
    r"(?:^|[，:])(?:如有必要)?((?:[甲乙丙丁]方的?|其)?[^，、:]{0,20}?(?:公司|平台|经销商|代理商|供应商|分销商|加盟商|出版社|生产商|制造商|网站|银行"
    r"|第三人|案外人[^，应须]{0,4}|关联方|运营商|店铺经营者|[^，、应须]{2,8}厂|加工方|受托方|控股股东|实际控制人|集团|供货商[^，应须要]{0,4}|供应方|管理方|物业|厂家|房东|物流公司|合作社|农户|广告商|主播))"
    r"(?:均|也|亦|都|同时)?(?:应当?(?!当事人)|须|必须|不得|负责|有义务|(?:对[^，]{1,12})?(?:负|承担)[^，]{0,6}(?:义务|责任)|需|要(?![素求点件])|配合)"
)
_ONES_OWN = re.compile(r"(?:保证|确保|承诺|督促|通知|要求|促使|责令)[^，]{0,10}$|分公司|(?:账户|户名)")


def payment_without_amount(scene: Scene) -> Iterator[Found]:
    """A payment is promised and no sum stands in the sentence."""
    for passage, sentence in scene.sentences(duties=True, free=True):
        match = _PAYS.search(sentence.text) if _PAYING_WORD.search(sentence.text) else None
        if match is None or _exempt(sentence.text[: match.end()]):
            continue
        if not _needs_no_sum(sentence.text) and not _tells_sum(sentence.text):
            yield at(passage, sentence, match.start(), match.end())


def _needs_no_sum(text: str) -> bool:
    """A reference to another clause, or no promise to pay at all."""
    return bool(_REFERS.search(text) or _NOT_PAID.search(text))


def _tells_sum(text: str) -> bool:
    return bool(
        amounts(text) or shares(text) or re.search(r"\d|[零一二两三四五六七八九]十?[万元]", _sums(text))
    )


def _sums(text: str) -> str:
    """The text without dates and terms, so that a digit that is left may be a sum."""
    return re.sub(
        r"\d{4}年|\d{1,2}月|\d{1,2}日|\d{1,4}(?:个工作)?[日天]|ZL[\d.X]{1,20}|第\d{1,12}号|\d{1,12}(?:号|类)",
        "",
        text,
    )


def _exempt(text: str) -> bool:
    """What stands before the duty makes it a condition or a refusal."""
    return bool(CONDITIONAL.search(text) or NEGATIVE.search(text))


def duty_without_date(scene: Scene) -> Iterator[Found]:
    """Something is to be done and nothing in the sentence says by when."""
    for passage, sentence in scene.sentences(duties=True, free=True):
        match = _DOES.search(sentence.text) if _DOING_WORD.search(sentence.text) else None
        if match is None or _exempt(sentence.text[: match.end()]) or _DUE.search(sentence.text):
            continue
        if not re.search(r"方式|依法|收据|发票|自行承担|各自承担|可以|书面通知|保密|配合", sentence.text):
            yield at(passage, sentence, match.start(), match.end())


def duty_of_nobody(scene: Scene) -> Iterator[Found]:
    """A sentence begins with “must” and nobody is named."""
    names = tuple(party.name for party in scene.agreement.parties)
    for passage, sentence in scene.sentences(duties=True, free=True):
        match = _NOBODY.search(sentence.text)
        if match is None or _names_somebody(sentence.text[: match.end()], names):
            continue
        if sentence.start == 0 or passage.folded[sentence.start - 1] in "。\n":
            yield at(passage, sentence, match.start(), match.end())


def _names_somebody(text: str, names: tuple[str, ...]) -> bool:
    return bool(re.search(rf"[{LETTERS}双各]方|一方|当事人|申请人|公司|本人", text)) or any(
        name in text for name in names
    )


def duty_of_outsider(scene: Scene) -> Iterator[Found]:
    """The sentence's subject must do something and is no party."""
    names = tuple(party.name.replace(" ", "") for party in scene.agreement.parties)
    for passage, sentence in scene.sentences(duties=True):
        for match in _OUTSIDER.finditer(sentence.text):
            if _outside(match, sentence, names):
                yield _subject(passage, sentence, match)
                break


def _outside(match: re.Match[str], sentence: Sentence, names: tuple[str, ...]) -> bool:
    who = match.group(1)
    if (
        any(name in who for name in names)
        or _ONES_OWN.search(who)
        or _ONES_OWN.search(sentence.text[: match.start(1)])
    ):
        return False
    plain = re.sub(rf"^[{LETTERS}]方的?", "", who)
    return not re.search(rf"[{LETTERS}双各]方|应当?|须", plain) and plain not in ("公司", "")


def _subject(passage: Passage, sentence: Sentence, match: re.Match[str]) -> Found:
    return at(passage, sentence, match.start(1), match.end(), who=match.group(1))


def due_before_today(scene: Scene) -> Iterator[Found]:
    """Something is due on a day that has passed, in a field or in free text."""
    today = scene.case.today
    for clause in scene.agreement.clauses:
        for name in ("by", "due", "until", "end"):
            value = clause.fields.get(name)
            if isinstance(value, str) and len(value) == 10 and value < today.isoformat():
                yield Found(clause.ref, name, excerpt=value, values={"date": value})
        for part in clause.instalments():
            if part.due and part.due < today.isoformat():
                yield Found(clause.ref, "instalments", excerpt=part.due, values={"date": part.due})
                break
    for passage, sentence in scene.sentences(duties=True):
        for day in days(sentence.text):
            if (
                day.day is not None
                and day.exact
                and day.day < today
                and _is_due(sentence.text, day.start, day.end)
            ):
                yield at(passage, sentence, day.start, day.end, date=day.day.isoformat())
                break


def _is_due(text: str, start: int, end: int) -> bool:
    if not re.match(
        r"(?:\d{1,2}时)?(?:之?前|以前|日?内)(?!的|发生|产生|形成|实施|签订|已|完成的|双方|既有|销售的)",
        text[end:],
    ):
        return False
    before = text[max(0, start - 24) : start]
    return bool(
        re.search(r"(?:应当?|须|需|负责|同意|方|最迟|不迟于)(?:在|于|最迟于|不迟于)?[^，]{0,6}$", before)
    ) and not re.search(r"已经?(?:于|在)?[^，]{0,6}$|就$|对$|截至$", before)
