"""The machine-readable terms: what is written is read again, and what does not fit is named by its path.
Not here: wording (see test_agreement_text) and what a court refuses."""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.agreement import clean
from app.domain.agreement.kinds import KINDS, BadValue, FieldSpec, FieldType, read_value, value_as_json
from app.domain.agreement.model import missing
from app.domain.agreement.reading import adopt, adopt_clause, parse
from app.domain.agreement.text import clean_line, hidden_count
from app.domain.errors import InvalidForm
from tests import terms


def problems(value: object, read=parse) -> dict[str, str]:
    with pytest.raises(InvalidForm) as caught:
        read(value)
    return caught.value.problems


def changed(**changes: object) -> dict[str, object]:
    return terms.agreement().as_json() | changes


def with_field(name: str, value: object, at: int = 1) -> dict[str, object]:
    made = terms.agreement().as_json()
    made["clauses"][at]["fields"][name] = value
    return made


@given(terms.agreements())
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_again(agreement):
    written = json.loads(json.dumps(agreement.as_json()))
    assert parse(written) == agreement
    assert adopt(written) == agreement
    assert parse(written).as_json() == written


@given(st.text())
def test_clean_text_is_clean_and_stays_so(text):
    once = clean(text)
    assert clean(once) == once and not terms.hidden(once)
    assert clean_line(clean_line(text)) == clean_line(text) and "\n" not in clean_line(text)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_kind_tells_what_it_lacks_and_is_complete_when_all_is_filled(name):
    spec = KINDS[name]
    assert spec.missing({}) or name == "no_admission"
    full = {field.name: "x" for field in spec.fields if field.required}
    full |= {group[-1]: "x" for group in spec.one_of}
    assert spec.missing(full) == ()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(terms.agreement().as_json())), _JSON)
@settings(max_examples=60, deadline=None)
def test_any_json_in_any_place_is_read_or_refused_in_words(place, value):
    for read in (parse, adopt):
        with contextlib.suppress(InvalidForm):
            assert read(changed(**{place: value})).parties


@given(st.sampled_from(FieldType), _JSON)
@settings(deadline=None)
def test_reading_a_value_again_changes_nothing(type_, value):
    spec = FieldSpec("x", type_, choices=("a", "b"), limit=4000)
    try:
        read = read_value(spec, value)
    except BadValue:
        return
    if read is not None:
        assert read_value(spec, value_as_json(read)) == read


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, {"whole": "type"}),
        ([], {"whole": "type"}),
        (changed(format="hezheng-agreement/2"), {"format": "unknown"}),
        (changed(language="en"), {"language": "unknown"}),
        (changed(extra=1), {"extra": "unknown"}),
        (changed(track="court"), {"track": "unknown"}),
        (changed(dispute="停\u202e止"), {"dispute": "hidden"}),
        (changed(dispute="停\u200b止"), {"dispute": "hidden"}),
        (changed(dispute="停" * 100_000), {"dispute": "too_long"}),
        (changed(dispute=7), {"dispute": "type"}),
        (changed(parties=[]), {"parties": "missing", "clauses.c1.who": "reference"}),
        (changed(mediators="陈敏"), {"mediators": "type"}),
        (changed(facts=[{"ref": "x1", "text": "a"}]), {"facts.0.ref": "unknown"}),
        (changed(facts=[{"ref": "f1", "text": ""}]), {"facts.f1.text": "missing"}),
        (
            changed(clauses=[{"ref": "c1", "kind": "ownership", "fields": {}, "library": None}]),
            {"clauses.0.kind": "unknown"},
        ),
        (changed(clauses=terms.agreement().as_json()["clauses"] * 31), {"clauses": "too_many"}),
        (with_field("what", "停" * 100_000, 0), {"clauses.c1.what": "too_long"}),
        (with_field("what", "停止\u202e使用", 0), {"clauses.c1.what": "hidden"}),
        (with_field("by", "2026-02-30", 0), {"clauses.c1.by": "date"}),
        (with_field("by", "0026-02-03", 0), {"clauses.c1.by": "date"}),
        (with_field("amount", "120,000"), {"clauses.c2.amount": "hidden"}),
        (with_field("amount", 120000), {"clauses.c2.amount": "type"}),
        (with_field("amount", "-1.00"), {"clauses.c2.amount": "amount"}),
        (with_field("amount", "1e5"), {"clauses.c2.amount": "hidden"}),
        (with_field("currency", "USD"), {"clauses.c2.currency": "unknown"}),
        (with_field("payer", ["p9"]), {"clauses.c2.payer": "reference"}),
        (with_field("payer", ["p2", "p2"]), {"clauses.c2.payer": "duplicate"}),
        (with_field("payee", "甲方"), {"clauses.c2.payee": "unknown"}),
        (with_field("interest", "5"), {"clauses.c2.interest": "unknown"}),
        (with_field("due", ""), {"clauses.c2.due": "hidden"}),
        (with_field("instalments", [{"amount": "1.00"}]), {"clauses.c2.instalments": "type"}),
        (with_field("instalments", [{}] * 61), {"clauses.c2.instalments": "too_many"}),
        (with_field("accelerate", "yes"), {"clauses.c2.accelerate": "hidden"}),
    ],
)
def test_what_does_not_fit_is_named(value, expected):
    found = problems(value)
    assert expected.items() <= found.items()


def test_a_ref_used_twice_is_refused():
    made = terms.agreement().as_json()
    made["clauses"][1]["ref"] = "c1"
    made["facts"] = [{"ref": "f1", "text": "一"}, {"ref": "f1", "text": "二"}]
    made["parties"][1]["ref"] = "p1"
    found = problems(made)
    assert found["clauses.c1"] == found["facts.f1"] == found["parties.p1"] == "duplicate"


def test_the_whole_is_bounded_though_each_part_fits():
    texts = [terms.clause("other", f"c{at}", text="字" * 4000) for at in range(1, 20)]
    assert problems(terms.agreement(*texts).as_json()) == {"clauses": "too_large"}


def test_typed_values_are_put_into_their_canonical_form():
    typed = {
        "ref": "c1",
        "kind": "payment",
        "fields": {
            "payer": ["p2"],
            "purpose": " 赔偿\u200b\n损失 ",
            "amount": "￥60，000",
            "due": "",
            "late_rate": "5.0",
            "instalments": [{"amount": "30000", "due": "2026-04-30"}, {"amount": None}],
            "accelerate": "yes",
        },
    }
    made = adopt_clause(typed)
    assert made.as_json()["fields"] == {
        "payer": ["p2"],
        "purpose": "赔偿 损失",
        "amount": "60000.00",
        "instalments": [{"amount": "30000.00", "due": "2026-04-30"}, {"amount": "", "due": ""}],
        "late_rate": "5",
        "accelerate": True,
    }
    assert hidden_count(typed["fields"]["purpose"]) == 1


def test_a_draft_tells_what_it_still_lacks():
    assert missing(terms.agreement()) == {}
    open_payment = terms.clause("payment", "c2", **(terms.PAYMENT | {"payer": ("p2",)}))
    fields = {name: value for name, value in open_payment.fields.items() if name not in ("amount", "due")}
    draft = terms.agreement(terms.clause("payment", "c2", **fields), dispute="")
    assert set(missing(draft)) == {"dispute", "clauses.c2.amount", "clauses.c2.due"}


def test_keys_of_strangers_are_shown_plainly():
    found = problems(changed(**{"<script>\u202e" + "x" * 500: 1}))
    assert list(found) == ["script" + "x" * 31]
