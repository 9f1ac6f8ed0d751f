"""Terms of agreements for tests: a good trademark settlement, single clauses, and strategies for any agreement.
Not here: agreements on their way through the services (see `deals`)."""

from __future__ import annotations

import unicodedata
from datetime import date

from hypothesis import strategies as st

from app.domain.agreement.kinds import KINDS, LATEST, FieldSpec, FieldType, Instalment, Value
from app.domain.agreement.model import (
    Agent,
    Agreement,
    Clause,
    Fact,
    Organisation,
    Party,
    Representative,
    Track,
)
from app.domain.agreement.text import clean, clean_line

PARTIES = (
    Party(
        "p1",
        "claimant",
        "organisation",
        "江南岸茶业有限公司",
        "91110105MA00000X00",
        "北京市朝阳区",
        "",
        Representative("李晴", "执行董事"),
    ),
    Party(
        "p2",
        "respondent",
        "organisation",
        "南岸优选商贸有限公司",
        "",
        "北京市海淀区",
        "",
        Representative("王磊", "经理"),
        Agent("赵律", "special", "代为承认、放弃、变更请求，进行和解，签收文书"),
    ),
)
CEASE = {
    "who": ["p2"],
    "what": "停止在茶叶商品、包装及店铺页面上使用与第 1234567 号“江南岸”注册商标近似的标识",
    "by": "2026-03-31",
    "manner": "下架全部商品链接，并将更换包装后的照片发送至甲方邮箱",
}
PAYMENT = {
    "payer": ["p2"],
    "payee": "p1",
    "purpose": "赔偿经济损失及合理开支",
    "amount": "120000.00",
    "currency": "CNY",
    "due": "2026-04-30",
    "method": "transfer",
    "account_holder": "江南岸茶业有限公司",
    "bank": "某银行北京朝阳支行",
    "account_number": "0200000000000000000",
}


def clause(kind: str, ref: str = "c1", **fields: Value) -> Clause:
    """One clause."""
    return Clause(ref, kind, fields)


def agreement(*clauses: Clause, **changes: object) -> Agreement:
    """A trademark settlement with these clauses (a cease and a payment unless given)."""
    made = clauses or (
        clause("cease", "c1", **(CEASE | {"who": ("p2",)})),
        clause("payment", "c2", **(PAYMENT | {"payer": ("p2",)})),
    )
    values: dict[str, object] = {
        "track": Track.INDUSTRY,
        "title": "调解协议书",
        "number": "HZ2026-00001",
        "dispute": "甲方系第 1234567 号“江南岸”注册商标的注册人。双方因乙方在茶叶礼盒上的使用发生争议。",
        "organisation": Organisation("北京市知识产权纠纷调解中心", "京知调字第 1 号"),
        "mediators": ("陈敏",),
        "parties": PARTIES,
        "facts": (Fact("f1", "乙方自 2025 年 10 月起在其网店销售茶叶礼盒。"),),
        "clauses": made,
    }
    return Agreement(**(values | changes))


_CHARACTERS = st.characters(exclude_categories=("Cs",)) | st.sampled_from(
    "甲乙方“”，。；：\n 　0123aé\u0301\u202e\u200b"
)
_texts = st.text(_CHARACTERS, max_size=60)
texts = _texts.map(clean)
lines = _texts.map(clean_line)
names = lines.filter(bool)
days = st.dates(date(1990, 1, 1), LATEST).map(date.isoformat)
amounts = st.decimals("0.01", "999999999999.99", places=2).map(lambda amount: f"{amount:.2f}")
_REFS = ("p1", "p2", "p3")


def values(spec: FieldSpec) -> st.SearchStrategy[Value]:
    """Any filled value of a field."""
    return {
        FieldType.LINE: names,
        FieldType.TEXT: texts.filter(bool),
        FieldType.CHOICE: st.sampled_from(spec.choices or ("x",)),
        FieldType.PARTY: st.sampled_from(_REFS),
        FieldType.PARTIES: st.lists(st.sampled_from(_REFS), min_size=1, unique=True).map(tuple),
        FieldType.AMOUNT: amounts,
        FieldType.DATE: days,
        FieldType.DAYS: st.integers(1, 36_500),
        FieldType.RATE: st.integers(1, 10_000).map(str),
        FieldType.INSTALMENTS: st.lists(
            st.builds(Instalment, st.just("") | amounts, st.just("") | days), min_size=1, max_size=4
        ).map(tuple),
        FieldType.CLAUSE: st.integers(1, 9).map(lambda at: f"c{at}"),
        FieldType.FLAG: st.just(True),
    }[spec.type]


@st.composite
def clauses(draw: st.DrawFn, ref: str = "c1") -> Clause:
    """Any clause, some of its fields filled."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    specs = KINDS[kind].fields
    filled = draw(st.sets(st.sampled_from([spec.name for spec in specs])))
    made = {spec.name: draw(values(spec)) for spec in specs if spec.name in filled}
    return Clause(ref, kind, made, draw(st.sampled_from((None, "trademark.cease"))))


@st.composite
def agreements(draw: st.DrawFn) -> Agreement:
    """Any agreement with three parties that can be read, finished or not."""
    refs = [f"c{at}" for at in draw(st.lists(st.integers(1, 99), max_size=5, unique=True))]
    return Agreement(
        track=draw(st.sampled_from(Track)),
        title=draw(names.map(lambda name: name[:20].strip()).filter(bool)),
        number=draw(lines),
        dispute=draw(texts),
        organisation=Organisation(draw(names), draw(lines)),
        mediators=tuple(draw(st.lists(names, max_size=2))),
        parties=tuple(draw(_parties(ref)) for ref in _REFS),
        facts=tuple(Fact(f"f{at}", draw(texts.filter(bool))) for at in range(1, draw(st.integers(1, 3)))),
        clauses=tuple(draw(clauses(ref)) for ref in refs),
    )


@st.composite
def _parties(draw: st.DrawFn, ref: str) -> Party:
    return Party(
        ref,
        draw(st.sampled_from(("claimant", "respondent"))),
        draw(st.sampled_from(("person", "organisation"))),
        draw(names),
        draw(lines),
        draw(lines),
        draw(lines),
        draw(st.none() | st.builds(Representative, names, lines)),
        draw(st.none() | st.builds(Agent, names, st.sampled_from(("general", "special")), lines)),
    )


def hidden(text: str) -> list[str]:
    """Characters of a text that nobody sees."""
    return [char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co") and char != "\n"]
