"""The Chinese text of an agreement as a court expects it: parties, dispute, facts, clauses, signing. Pure.

The text is the document itself, whatever language the screen has. How a kind of clause reads is in ``wording``.
"""

from app.domain.agreement.model import BLANK, LETTERS, Agreement, Party, Track
from app.domain.agreement.text import canonical
from app.domain.agreement.wording import EFFECTS, Words, ended, paragraphs

TITLES = {
    Track.PEOPLE: "人民调解协议书",
    Track.INDUSTRY: "调解协议书",
    Track.ADMINISTRATIVE: "行政调解协议书",
    Track.DELEGATED: "调解协议书",
    Track.ENTRUSTED: "调解协议书",
    Track.COMMERCIAL: "商事调解协议书",
}
"""What a court expects above the text, by track; an agreement may carry another title."""
NUMBERS = "一二三四五六七八九十"
_SIDES = {"claimant": "申请人", "respondent": "被申请人"}
_AUTHORITY = {"general": "一般授权", "special": "特别授权"}
_VOLUNTARY = (
    "本协议由各方当事人自愿达成，内容不违反法律、行政法规的强制性规定，不违背公序良俗，"
    "不损害国家利益、社会公共利益或者他人合法权益。"
)
_SIGNED = (
    "本协议以电子签名方式签署。各方以仅由本人控制的签名钥匙对本协议全文的摘要签名，"
    "签名及调解员的盖章记录于区块链。"
)
_COURTS = {Track.DELEGATED: "作出邀请的人民法院"}
_CONFIRMATION = (
    "各方当事人可以自本协议生效之日起三十日内，共同向{court}申请司法确认。经确认有效后，"
    "一方拒绝履行或者未全部履行的，对方可以向人民法院申请强制执行。"
)


def render(agreement: Agreement) -> str:
    """The agreement's text in canonical form (UTF-8 text, NFC, line feeds); a draft shows blanks as （待填）."""
    sections = [
        ("争议事项", paragraphs(agreement.dispute or BLANK)),
        ("各方确认的事实", numbered([ended(fact.text) for fact in agreement.facts])),
        ("协议内容", _clauses(agreement)),
        ("签署与生效", numbered(_closing(agreement))),
    ]
    lines = [*_heading(agreement), ""]
    present = [(title, body) for title, body in sections if body]
    for number, (title, body) in zip(NUMBERS, present, strict=False):
        lines += [f"{number}、{title}", *body, ""]
    return canonical("\n".join(lines)).decode("utf-8")


def _heading(agreement: Agreement) -> list[str]:
    parties = [line for at, party in enumerate(agreement.parties) for line in [*_party(at, party), ""]]
    organisation = agreement.organisation
    number = [f"登记编号：{organisation.number}"] if organisation.number else []
    return [
        agreement.title,
        f"编号：{agreement.number or BLANK}",
        "",
        *parties,
        f"调解组织：{organisation.name}",
        *number,
        f"调解员：{'、'.join(agreement.mediators) or BLANK}",
    ]


def _party(at: int, party: Party) -> list[str]:
    person = party.kind == "person"
    lines = [f"{LETTERS[at]}方（{_SIDES[party.side]}）：{party.name}"]
    if party.id_number:
        lines.append(f"{'公民身份号码' if person else '统一社会信用代码'}：{party.id_number}")
    if party.address:
        lines.append(f"{'住址' if person else '住所地'}：{party.address}")
    if party.contact:
        lines.append(f"联系方式：{party.contact}")
    if party.representative is not None:
        role = "法定代理人" if person else "法定代表人（负责人）"
        position = f"，{party.representative.position}" if party.representative.position else ""
        lines.append(f"{role}：{party.representative.name}{position}")
    if party.agent is not None:
        powers = f"（{party.agent.scope}）" if party.agent.scope else ""
        lines.append(f"委托代理人：{party.agent.name}，{_AUTHORITY[party.agent.authority]}{powers}")
    return lines


def _clauses(agreement: Agreement) -> list[str]:
    words = Words(agreement)
    lines = [f"经{agreement.organisation.name}调解，各方当事人自愿达成如下协议："]
    for number, clause in enumerate(agreement.clauses, 1):
        first, *rest = words.clause(clause)
        lines += [f"{number}. {first}", *rest]
    return lines


def _closing(agreement: Agreement) -> list[str]:
    kinds = {clause.kind for clause in agreement.clauses}
    court = _COURTS.get(agreement.track, "有管辖权的人民法院")
    return [
        _VOLUNTARY,
        _SIGNED,
        *([] if "effect" in kinds else [EFFECTS[agreement.track]]),
        *([] if agreement.track is Track.ENTRUSTED else [_CONFIRMATION.format(court=court)]),
    ]


def numbered(lines: list[str]) -> list[str]:
    """Lines as ``1. …``."""
    return [f"{number}. {line}" for number, line in enumerate(lines, 1)]


def outline(text: str) -> list[tuple[str, str]]:
    """The text's lines for the eye: ``title``, ``heading`` or ``line`` with each; empty lines left out."""
    lines = [line for line in text.splitlines() if line]
    return [(_kind(number, line), line) for number, line in enumerate(lines)]


def _kind(number: int, line: str) -> str:
    if number == 0:
        return "title"
    return "heading" if line[0] in NUMBERS and line[1:2] == "、" else "line"
