"""What the rules on online litigation say about evidence that was chained, beside the answer that each concerns.
Dated data with citation. The texts are gists, never quotations: whoever applies a rule reads its own text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

SOURCE = "人民法院在线诉讼规则"
CITATION = "法释〔2021〕12号"
SOURCE_ENGLISH = "Online Litigation Rules of the People’s Courts"


@dataclass(frozen=True)
class EvidenceRule:
    """One article in short, in Chinese and English; ``answers`` are those that it stands beside."""

    article: int
    title: str
    title_english: str
    gist: str
    gist_english: str
    answers: frozenset[str]
    since: date = date(2021, 8, 1)
    until: date | None = None
    parts: tuple[tuple[str, str, str], ...] = ()
    """Where an answer concerns only a part: (answer, gist of that part, the same in English)."""

    def gist_for(self, answer: str) -> tuple[str, str]:
        """The gist beside an answer, Chinese and English: of the part that concerns it, else of the whole."""
        parts = {name: (chinese, english) for name, chinese, english in self.parts}
        return parts.get(answer, (self.gist, self.gist_english))

    @property
    def source(self) -> str:
        """Where the article stands."""
        return f"{SOURCE} {self.article}"


RULES: tuple[EvidenceRule, ...] = (
    EvidenceRule(
        16,
        "上链后是否改动",
        "Unchanged since chaining",
        "电子数据以区块链技术存储，经技术核验一致的，人民法院可以认定上链后未经篡改；有相反证据足以推翻的除外。",
        "Data kept on a blockchain whose technical check agrees may be found not to have been tampered with after "
        "it was chained, unless contrary evidence suffices to rebut this.",
        frozenset({"integrity"}),
    ),
    EvidenceRule(
        17,
        "对上链后真实性有异议时看什么",
        "What is weighed on an objection to authenticity after chaining",
        "对上链后的真实性有异议且理由合理的，结合下列因素判断：存证平台是否符合区块链存证服务的规定；当事人与平台有无利害关系，"
        "是否借技术手段不当干预取证、存证；平台系统是否符合清洁、安全、可靠、可用的标准；存证的技术和过程在系统环境、安全、"
        "加密、传输、验证方面是否符合标准。",
        "On a reasoned objection the court weighs whether the platform meets the rules for such services; whether a "
        "party and the platform are connected and technical means were used to interfere; whether its systems meet "
        "standards of cleanness, security, reliability and availability; and whether environment, security, "
        "encryption, transmission and verification meet the standards.",
        frozenset({"integrity", "time", "submitter"}),
        parts=(
            (
                "time",
                "判断时看存证的技术和过程是否符合系统环境、传输和验证的标准；时钟由谁运行、与案件有无利害关系，见下面的“时间从何而来”。",
                "Weighed among others: whether technology and process meet the standards for environment, transmission and "
                "verification. Whose clocks they are, and in whose interest, is said under “How each time was obtained”.",
            ),
            (
                "submitter",
                "判断时看当事人与存证平台有无利害关系，是否借技术手段不当干预取证、存证。",
                "Weighed among others: whether a party and the platform are connected, and whether technical means were "
                "used to interfere with obtaining or keeping the evidence.",
            ),
        ),
    ),
    EvidenceRule(
        18,
        "上链之前是否真实",
        "Authenticity before chaining",
        "有人提出上链之前已不真实，并有证据或者理由的，应当审查。可以要求提交一方证明上链前的真实性，结合来源、生成机制、"
        "存储过程、公证、第三方见证和印证的数据综合判断；不能证明或者合理说明，又不能与其他证据印证的，不予确认。",
        "An objection that the data was not authentic before chaining is examined where evidence or reasons are given. "
        "The party relying on it may be asked to prove it; source, generation, storage, notary, third-party witness "
        "and corroborating data are weighed together. What is neither proven, reasonably explained nor "
        "corroborated is not confirmed.",
        frozenset({"origin"}),
    ),
    EvidenceRule(
        19,
        "技术问题与鉴定",
        "Technical questions and appraisal",
        "当事人可以申请由有专门知识的人就技术问题提出意见；人民法院可以依申请或者依职权委托鉴定，或者调取其他证据核对。",
        "A party may ask that a person with expertise give an opinion on technical questions; the court may order an "
        "appraisal or obtain other evidence to compare, on application or of its own motion.",
        frozenset({"integrity", "time", "submitter", "origin"}),
    ),
)


def rules_for(answer: str, on: date, rules: Sequence[EvidenceRule] = RULES) -> list[EvidenceRule]:
    """The articles in force on a day that stand beside an answer, in their order."""
    return [
        rule
        for rule in rules
        if answer in rule.answers and rule.since <= on and (rule.until is None or on <= rule.until)
    ]
