"""Predicates about clauses as objects: empty fields, twice the same, one against another; agents, licences, transfers.

Wordings of free text are in the rules and in ``in_duties``."""

import re
from collections.abc import Iterator
from datetime import date

from app.domain.agreement.kinds import KINDS, FieldType, Value
from app.domain.agreement.model import Agreement, Clause
from app.domain.draft_checks.model import Found
from app.domain.draft_checks.passages import Passage
from app.domain.draft_checks.quantities import numeral
from app.domain.draft_checks.rules_rights import REGISTERED
from app.domain.draft_checks.scene import Scene, at

BLANK_WORDS = re.compile(r"待填|待定|待补充|某某|_{2,}")
_SETTLES = re.compile(r"和解|调解")
_FORMAL = re.compile(r"登记|备案|核准|公告|共同.{0,12}申请|著录|变更手续|转移注册")
_TRANSFERS = re.compile(
    rf"{REGISTERED}[^，]{{0,24}}(?:转让|让与|让渡|过户|过给|过到|转到|划到)|(?:转让|让与)[^，]{{0,16}}{REGISTERED}"
)
_NO_TRANSFER = re.compile(r"不得|未经|不转让|受让|许可的权利义务|已于|无关|债权转让")
_GRANTS = re.compile(
    r"(?:许可|授权)(?:给|予)?(?:[甲乙丙丁]方|其|对方|[^，]{2,20}公司)[^，]{0,16}(?:使用|实施|复制|发行|传播|改编|生产|销售|制造)"
)
_NO_GRANT = re.compile(r"未经|不得|已获得|已取得|追认|确认|撤销|终止|解除|未获|侵害|以外")
_LICENCE_KIND = re.compile(r"普通|排他|独占|独家|非独占|专有")
_LICENCE_TERM = re.compile(r"期限|期间|自.{0,20}起|年|永久|存续|无限期|次|至\d")
_FOREVER = re.compile(r"永久|无限期|无期限|不限期|终身(?:许可|使用)")
_YEARS = re.compile(r"(?:期限|许可期|为期|期间)[^，\d]{0,6}?([\d]{1,3}|[一二三四五六七八九十百]{1,4})年")
_LONGEST = (("实用新型", 10), ("外观设计", 15), ("布图", 10), ("专利", 20), ("品种", 25), ("商标", 10))
"""Longest terms in years (专利法 42; 布图设计保护条例 12; varieties by the longest rule; a mark until it is renewed)."""
_LIMITED = re.compile(rf"{REGISTERED}|实用新型|外观设计")
_IDENTIFIER = re.compile(r"第?(ZL[\d.X]{8,20}|\d{6,10})号?|[《“「]([^》”」]{1,30})[》”」]")
_OUTSIDE = re.compile(r"以外|之外|范围外|超出")
_FOREIGN_ADDRESS = re.compile(
    r"美国|日本|德国|法国|英国|韩国|香港|澳门|台湾|新加坡|USA|Japan|Germany|Hong\s?Kong|United", re.I
)


def empty_field(scene: Scene) -> Iterator[Found]:
    """A required field that nobody has filled; account data of a transfer; an agreement without clauses."""
    agreement = scene.agreement
    for clause in agreement.clauses:
        yield from (Found(clause.ref, name) for name in clause.missing())
        if clause.fields.get("method") == "transfer":
            names = ("account_holder", "bank", "account_number")
            empty = next((name for name in names if name not in clause.fields), None)
            if empty is not None and "manner" not in clause.fields:
                yield Found(clause.ref, empty)
        if any(not (part.amount and part.due) for part in clause.instalments()):
            yield Found(clause.ref, "instalments")
        yield from _dangling(agreement, clause)


def _dangling(agreement: Agreement, clause: Clause) -> Iterator[Found]:
    """A field that names a clause which is not there."""
    for spec in KINDS[clause.kind].fields:
        value = clause.fields.get(spec.name)
        if spec.type is FieldType.CLAUSE and isinstance(value, str) and agreement.clause(value) is None:
            yield Found(clause.ref, spec.name, excerpt=value)


def blank_name(scene: Scene) -> Iterator[Found]:
    """A placeholder where a party's name, number or address should be."""
    for party in scene.agreement.parties:
        for name in ("name", "id_number", "address"):
            value = getattr(party, name)
            if BLANK_WORDS.search(value):
                yield Found(party.ref, name, 0, len(value), value)


def fee_of_people_mediation(scene: Scene) -> Iterator[Found]:
    """A clause on costs that lets somebody pay for people's mediation."""
    for clause in scene.agreement.clauses:
        if (
            clause.kind == "costs"
            and clause.fields.get("item") == "mediation"
            and clause.fields.get("rule") in ("party", "equal")
        ):
            yield Found(clause.ref, None)


def arbitrated_and_sued(scene: Scene) -> Iterator[Found]:
    """One clause sends later disputes to arbitration, another to a court."""
    chosen = [
        clause for clause in scene.agreement.clauses if clause.fields.get("method") in ("sue", "arbitrate")
    ]
    other = next((one for one in chosen if one.fields["method"] != chosen[0].fields["method"]), None)
    if other is not None:
        yield Found(other.ref, "method")


def agent_who_may_not_settle(scene: Scene) -> Iterator[Found]:
    """An agent without the special authority to settle; “full authority” alone is none (民诉法解释 89)."""
    for party in scene.agreement.parties:
        agent = party.agent
        if agent is not None and (agent.authority != "special" or not _SETTLES.search(agent.scope)):
            yield Found(party.ref, "agent", excerpt=agent.scope or agent.name, values={"who": agent.name})


def said_twice(scene: Scene) -> Iterator[Found]:
    """A clause that says what an earlier one says."""
    seen: dict[object, str] = {}
    for clause in scene.agreement.clauses:
        said = (clause.kind, tuple(sorted((name, _plain(value)) for name, value in clause.fields.items())))
        if clause.fields and said in seen:
            yield Found(clause.ref, None, values={"other": _number(scene, seen[said])})
        seen.setdefault(said, clause.ref)


def _plain(value: Value) -> str:
    return re.sub(r"[\s。，；;,.]", "", str(value))


def _number(scene: Scene, ref: str) -> str:
    return str(scene.agreement.position(ref) or "")


def said_otherwise(scene: Scene) -> Iterator[Found]:
    """A clause against an earlier one: the same act stopped and licensed, exclusive and once more, costs borne twice."""
    clauses = scene.agreement.clauses
    for place, later in enumerate(clauses):
        other = next((earlier for earlier in clauses[:place] if _against(earlier, later)), None)
        if other is not None:
            yield Found(later.ref, None, values={"other": _number(scene, other.ref)})


def _against(one: Clause, other: Clause) -> bool:
    kinds = {one.kind, other.kind}
    if kinds == {"licence"}:
        return _exclusive_twice(one, other)
    if kinds == {"costs"}:
        return one.fields.get("item") == other.fields.get("item") and one.fields.get(
            "rule"
        ) != other.fields.get("rule")
    if "licence" in kinds and kinds & {"cease", "delisting", "destroy"}:
        return _stopped_and_licensed(*((other, one) if one.kind == "licence" else (one, other)))
    return False


def _exclusive_twice(one: Clause, other: Clause) -> bool:
    exclusive = {one.fields.get("type"), other.fields.get("type")} & {"exclusive", "sole"}
    same = set(one.refs("licensor")) & set(other.refs("licensor")) and _things(one, "right") & _things(
        other, "right"
    )
    overlap = _text(one, "start") <= _text(other, "end") and _text(other, "start") <= _text(one, "end")
    return bool(
        exclusive and same and overlap and one.fields.get("territory") == other.fields.get("territory")
    )


def _stopped_and_licensed(stop: Clause, licence: Clause) -> bool:
    told = _text(stop, "what") + _text(stop, "scope")
    same = set(stop.refs("who")) & set(licence.refs("licensee"))
    return bool(same and _things(stop, "what") & _things(licence, "right")) and not _OUTSIDE.search(told)


def _things(clause: Clause, name: str) -> set[str]:
    """Numbers of rights and titles that a field names."""
    return {match.group(1) or match.group(2) for match in _IDENTIFIER.finditer(_text(clause, name))}


def _text(clause: Clause, name: str) -> str:
    value = clause.fields.get(name, "")
    return value if isinstance(value, str) else ""


def transfer_without_registration(scene: Scene) -> Iterator[Found]:
    """A registered right is transferred and nothing says how that is recorded."""
    for clause in scene.agreement.clauses:
        if clause.kind == "transfer" and re.search(REGISTERED, _text(clause, "right")):
            recording = _text(clause, "recording")
            if recording and not _FORMAL.search(recording):
                yield Found(clause.ref, "recording", 0, len(recording), recording)
    for passage in scene.standing_alone():
        if not _FORMAL.search(passage.folded):
            yield from _first(passage, _TRANSFERS, _NO_TRANSFER)


def _first(passage: Passage, wanted: re.Pattern[str], harmless: re.Pattern[str]) -> Iterator[Found]:
    """In each sentence the first match, where nothing makes it harmless."""
    for sentence in passage.sentences:
        match = wanted.search(sentence.text)
        if match is not None and not harmless.search(sentence.text):
            yield at(passage, sentence, match.start(), match.end())


def transferee_abroad(scene: Scene) -> Iterator[Found]:
    """A patent goes to a party whose address or name is not from the mainland."""
    for clause in scene.agreement.clauses:
        party = scene.agreement.party(_text(clause, "transferee")) if clause.kind == "transfer" else None
        if party is None or "专利" not in _text(clause, "right") or "出口" in _text(clause, "recording"):
            continue
        if _FOREIGN_ADDRESS.search(party.address) or not re.search(r"[\u4e00-\u9fff]", party.name):
            yield Found(clause.ref, "transferee", excerpt=party.name)


def licence_without_terms(scene: Scene) -> Iterator[Found]:
    """A licence in free text without its kind or its term."""
    for passage in scene.standing_alone():
        if not (_LICENCE_KIND.search(passage.folded) and _LICENCE_TERM.search(passage.folded)):
            yield from _first(passage, _GRANTS, _NO_GRANT)


def licence_longer_than_right(scene: Scene) -> Iterator[Found]:
    """A licence that outlasts the right."""
    for clause in scene.agreement.clauses:
        end, expires = _text(clause, "end"), scene.case.right_expires
        if (
            clause.kind == "licence"
            and end
            and (
                (expires is not None and end > expires.isoformat())
                or _over(_text(clause, "right"), _text(clause, "start"), end)
            )
        ):
            yield Found(
                clause.ref, "end", excerpt=end, values={"date": expires.isoformat() if expires else ""}
            )
    for passage, sentence in scene.sentences(duties=True, free=True):
        if "许可" not in sentence.text or not _LIMITED.search(sentence.text):
            continue
        match = _FOREVER.search(sentence.text) or _too_many_years(sentence.text)
        if match is not None and not re.search("放弃|不得|以.{0,12}为限", sentence.text):
            yield at(passage, sentence, match.start(), match.end(), date="")


def _longest(text: str) -> int | None:
    return next((years for word, years in _LONGEST if word in text and word != "商标"), None)


def _over(right: str, start: str, end: str) -> bool:
    years = _longest(right)
    if years is None or not start:
        return False
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    return (last - first).days > years * 366


def _too_many_years(text: str) -> re.Match[str] | None:
    longest = _longest(text)
    for match in _YEARS.finditer(text):
        years = int(match.group(1)) if match.group(1).isdigit() else numeral(match.group(1))
        if longest is not None and years is not None and years > longest:
            return match
    return None
