"""The draft that the table writes together: merging, conflicts, proposals, remarks, history; many writers at once.
Not here: pages and JSON (see tests/web/test_draft_pages) and proposing a version (see test_settlements)."""

import threading

import pytest
from sqlalchemy import select

from app.domain.errors import DomainError, ErrorKind, InvalidForm
from app.models.cases import Audit
from app.services import draft_talk, drafts
from app.services.draft_talk import Decision, Remark
from app.services.drafts import Given
from tests import builders


@pytest.fixture
def number(services, table):
    with services.work() as work:
        drafts.open_draft(work, table.mediator.actor, table.number)
    return table.number


def refused(kind):
    return pytest.raises(DomainError, match=f"^{kind.value}")


def edit(target, **fields):
    return {"op": "edit", "target": target, "set": fields}


def add(text):
    return {"op": "add", "clause": {"kind": "other", "fields": {"text": text}}}


@pytest.fixture
def write(services, number):
    """``write(person, operation, base)``: one change; what became of it."""
    count = iter(range(10_000))

    def change(person, operation, base=None, client_id=None, note=""):
        with services.work() as work:
            at = drafts.look(work, person.actor, number).draft.revision if base is None else base
            given = Given(at, client_id or f"{next(count)}", operation, note)
            return drafts.change(work, person.actor, number, given)

    return change


@pytest.fixture
def now(services, table, number):
    """The terms at present."""

    def terms():
        with services.reading() as work:
            return drafts.look(work, table.mediator.actor, number).agreement

    return terms


def test_different_fields_changed_at_once_are_merged(table, write, now):
    write(table.mediator, edit("c3", amount="100000"), base=0)
    write(table.mediator, edit("c3", due="2026-05-01"), base=0)
    write(table.mediator, edit("c1", by="2026-05-01"), base=0)
    fields = now().clause("c3").fields
    assert (fields["amount"], fields["due"]) == ("100000.00", "2026-05-01")


def test_the_same_field_is_a_conflict_with_both_texts_and_nothing_is_overwritten(table, write, now):
    write(table.mediator, edit("c3", amount="100000"), base=0)
    with refused(ErrorKind.CONFLICT) as refusal:
        write(table.mediator, edit("c3", amount="90000", due="2026-05-01"), base=0)
    both = refusal.value.detail["both"]["c3.amount"]
    assert (both["yours"], both["theirs"], both["by"], both["revision"]) == ("90000", "100000.00", "陈敏", 1)
    assert refusal.value.detail["revision"] == 1
    assert "due" not in now().clause("c3").fields and now().clause("c3").fields["amount"] == "100000.00"
    write(table.mediator, edit("c3", amount="90000"), base=1)
    assert now().clause("c3").fields["amount"] == "90000.00"


def test_the_same_value_written_twice_is_no_conflict(table, write):
    write(table.mediator, edit("c3", amount="100000.00"), base=0)
    again = write(table.mediator, edit("c3", amount="100000.00"), base=0)
    assert (again.change, again.draft.revision) == (None, 1)


def test_what_somebody_edits_is_not_removed_unseen_nor_the_other_way_round(table, write, now):
    write(table.mediator, edit("c3", amount="100000"), base=0)
    with refused(ErrorKind.CONFLICT):
        write(table.mediator, {"op": "remove", "target": "c3"}, base=0)
    write(table.mediator, {"op": "remove", "target": "c3"}, base=1)
    with refused(ErrorKind.CONFLICT) as refusal:
        write(table.mediator, edit("c3", amount="90000"), base=1)
    assert refusal.value.detail["both"]["c3"]["removed"] is True
    assert now().clause("c3") is None


def test_refs_are_never_used_twice_not_even_after_restoring(table, write, now):
    assert write(table.mediator, add("一")).change.target == "c9"
    write(table.mediator, {"op": "remove", "target": "c9"})
    write(table.mediator, {"op": "restore", "revision": 0})
    assert write(table.mediator, add("二")).change.target == "c10"
    assert write(table.mediator, {"op": "add", "fact": {"text": "事实"}}).change.target == "f1"
    assert [clause.ref for clause in now().clauses][-2:] == ["c8", "c10"]


def test_clauses_are_placed_where_they_are_wanted(table, write, now):
    write(table.mediator, add("头") | {"after": None})
    write(table.mediator, add("中") | {"after": "c1"})
    write(table.mediator, add("去处不在了") | {"after": "c99"})
    write(table.mediator, {"op": "move", "target": "c8", "after": "c9"})
    assert [clause.ref for clause in now().clauses][:4] == ["c9", "c8", "c1", "c10"]
    assert now().clauses[-1].ref == "c11"


def test_a_clause_of_the_library_comes_with_its_words(table, write, now):
    made = write(table.mediator, {"op": "add", "clause": {"library": "trademark.licence"}}).change
    clause = now().clause(made.target)
    assert clause.fields["right"] == "第1234567号“江南岸”注册商标（核定使用类别：第 30 类）"
    assert (clause.refs("licensor"), clause.refs("licensee")) == (("p1",), ("p2",))


def test_hidden_characters_are_taken_out_and_too_much_is_refused(table, write, now):
    write(table.mediator, edit("c1", what="停止\u202e使用\u200b标识"))
    assert now().clause("c1").fields["what"] == "停止使用标识"
    with pytest.raises(InvalidForm) as refusal:
        write(table.mediator, edit("c1", what="停" * 100_000))
    assert refusal.value.problems == {"clauses.c1.what": "too_long"}
    with pytest.raises(InvalidForm) as refusal:
        write(table.mediator, edit("p1", ref="p9"))
    assert refusal.value.problems == {"p1.ref": "unknown"}


def test_the_same_client_id_is_taken_once(table, write, now):
    first = write(table.mediator, add("一"), client_id="x")
    again = write(table.mediator, add("一"), client_id="x")
    assert first.change.id == again.change.id and len(now().clauses) == 9


def test_every_revision_can_be_shown_and_restored(services, table, number, write, now):
    states = [now()]
    for operation in (
        edit("c3", amount="100000"),
        add("一"),
        {"op": "move", "target": "c9", "after": None},
        edit("header", dispute="另一争议", mediators=["陈敏", "周和"]),
        {"op": "remove", "target": "c1"},
        edit("p2", agent={"name": "赵律", "authority": "special", "scope": "代为和解"}),
        {"op": "restore", "revision": 2},
        {"op": "add", "fact": {"text": "事实"}},
    ):
        write(table.mediator, operation)
        states.append(now())
    with services.reading() as work:
        for revision, state in enumerate(states):
            assert drafts.shown_at(work, table.claimant.actor, number, revision) == state
        with refused(ErrorKind.NOT_FOUND):
            drafts.shown_at(work, table.claimant.actor, number, 9)
        found = drafts.differences(work, table.claimant.actor, number, 0, 1)
    assert states[7] == states[2]
    assert [(one.ref, one.fields[0].after) for one in found if one.kind != "same"] == [("c3", "100000.00")]


def test_restoring_over_changes_that_were_not_seen_is_a_conflict(table, write):
    write(table.mediator, edit("c3", amount="100000"))
    with refused(ErrorKind.CONFLICT):
        write(table.mediator, {"op": "restore", "revision": 0}, base=0)


def test_a_party_proposes_and_the_mediator_accepts_or_rejects_with_a_reason(
    services, table, number, write, now
):
    asked = write(table.respondent, edit("c3", amount="80000"), note="经营困难").proposal
    assert "amount" not in now().clause("c3").fields and asked.state.value == "open"
    other = write(table.claimant, add("公开道歉")).proposal
    with services.work() as work, refused(ErrorKind.NOT_ALLOWED):
        draft_talk.decide(work, table.claimant.actor, number, asked.id, Decision(True))
    with services.work() as work, pytest.raises(DomainError) as refusal:
        draft_talk.decide(work, table.mediator.actor, number, other.id, Decision(False, " "))
    assert refusal.value.field == "reason"
    with services.work() as work:
        draft_talk.decide(work, table.mediator.actor, number, asked.id, Decision(True))
        draft_talk.decide(work, table.mediator.actor, number, other.id, Decision(False, "超出请求范围"))
    assert now().clause("c3").fields["amount"] == "80000.00" and len(now().clauses) == 8
    with services.reading() as work:
        first, second = draft_talk.proposals(work, drafts.look(work, table.mediator.actor, number).draft)
        assert (first.state.value, second.state.value, second.reason) == (
            "accepted",
            "rejected",
            "超出请求范围",
        )
        made = drafts.changes_after(work, table.mediator.actor, number, 0)
        assert [(change.proposal_id, change.revision) for change in made] == [(first.id, 1)]
    with services.work() as work, refused(ErrorKind.WRONG_STATE):
        draft_talk.decide(work, table.mediator.actor, number, asked.id, Decision(True))


def test_a_proposal_over_later_changes_is_accepted_only_knowingly(services, table, number, write, now):
    asked = write(table.respondent, edit("c3", amount="80000")).proposal
    write(table.mediator, edit("c3", amount="100000"))
    with services.work() as work, refused(ErrorKind.CONFLICT):
        draft_talk.decide(work, table.mediator.actor, number, asked.id, Decision(True))
    with services.work() as work:
        draft_talk.decide(work, table.mediator.actor, number, asked.id, Decision(True, base=1))
    assert now().clause("c3").fields["amount"] == "80000.00"


def test_a_proposal_for_what_is_gone_becomes_outdated_and_one_can_be_withdrawn(
    services, table, number, write
):
    gone = write(table.respondent, edit("c2", by="2026-05-01")).proposal
    mine = write(table.claimant, edit("c3", amount="1")).proposal
    write(table.mediator, {"op": "remove", "target": "c2"})
    with services.work() as work:
        assert (
            draft_talk.decide(work, table.mediator.actor, number, gone.id, Decision(True)).state.value
            == "outdated"
        )
        with refused(ErrorKind.NOT_ALLOWED):
            draft_talk.withdraw(work, table.respondent.actor, number, mine.id)
        assert draft_talk.withdraw(work, table.claimant.actor, number, mine.id).state.value == "withdrawn"


def test_open_editing_gives_everybody_the_pen(services, table, number, write, now):
    with services.work() as work, refused(ErrorKind.NOT_ALLOWED):
        drafts.set_open_editing(work, table.claimant.actor, number, True)
    with services.work() as work:
        drafts.set_open_editing(work, table.mediator.actor, number, True)
    assert write(table.respondent, edit("c3", amount="80000")).change is not None
    with services.work() as work:
        drafts.set_open_editing(work, table.mediator.actor, number, False)
    assert write(table.respondent, edit("c3", amount="70000")).change is None
    assert now().clause("c3").fields["amount"] == "80000.00"


def test_comments_stand_with_their_clause_and_survive_it(services, table, number, write):
    with services.work() as work:
        first = draft_talk.comment(work, table.claimant.actor, number, Remark("范围？\u202e", "a", "c1"))
        again = draft_talk.comment(work, table.claimant.actor, number, Remark("范围？", "a", "c1"))
        reply = draft_talk.comment(
            work, table.mediator.actor, number, Remark("含线下。", "b", None, first.id)
        )
        deeper = draft_talk.comment(work, table.claimant.actor, number, Remark("好。", "c", None, reply.id))
        assert (first.id, first.text) == (again.id, "范围？")
        assert (reply.target, deeper.reply_to_id) == ("c1", first.id)
        with refused(ErrorKind.NOT_FOUND):
            draft_talk.comment(work, table.claimant.actor, number, Remark("x", "d", "c77"))
        for text, problem in (("\u200b ", "missing"), ("长" * 2001, "too_long")):
            with pytest.raises(DomainError) as refusal:
                draft_talk.comment(work, table.claimant.actor, number, Remark(text, "e", None))
            assert refusal.value.detail["problem"] == problem
        with refused(ErrorKind.NOT_ALLOWED):
            draft_talk.resolve(work, table.respondent.actor, number, first.id)
        draft_talk.resolve(work, table.mediator.actor, number, first.id)
    write(table.mediator, {"op": "remove", "target": "c1"})
    with services.reading() as work:
        kept = draft_talk.comments(work, drafts.look(work, table.claimant.actor, number).draft)
    assert len(kept) == 3 and kept[0].resolved_at is not None


def test_what_happens_is_audited_without_words(services, table, number, write):
    write(table.mediator, edit("c3", purpose="机密款项"))
    with services.reading() as work:
        lines = work.session.scalars(select(Audit).where(Audit.act.in_(("open_draft", "change_draft")))).all()
    assert [line.act for line in lines] == ["open_draft", "change_draft"]
    assert "机密" not in str([line.detail for line in lines])


def test_strangers_find_nothing(services, number):
    stranger = builders.person(services, "某人", "stranger@example.cn")
    with services.work() as work:
        for call in (
            lambda: drafts.look(work, stranger.actor, number),
            lambda: drafts.change(work, stranger.actor, number, Given(0, "x", add("一"))),
            lambda: draft_talk.comment(work, stranger.actor, number, Remark("x", "x")),
            lambda: drafts.open_draft(work, stranger.actor, number),
        ):
            with refused(ErrorKind.NOT_FOUND):
                call()


WRITERS, ROUNDS = 6, 3


def test_many_writers_at_once_lose_nothing_and_leave_no_gap(services, table, number, now):
    """Everybody writes from an old revision: own clauses and one field that all want; a conflict is tried again on top."""
    with services.work() as work:
        drafts.set_open_editing(work, table.mediator.actor, number, True)
    people = (table.claimant, table.respondent, table.mediator)
    together, failures = threading.Barrier(WRITERS), []

    def written(person, operation, base, client_id):
        with services.work() as work:
            return drafts.change(work, person.actor, number, Given(base, client_id, operation)).draft.revision

    def insist(person, operation, client_id):
        base = 0
        while True:
            try:
                return written(person, operation, base, client_id)
            except DomainError as error:
                if error.kind is not ErrorKind.CONFLICT:
                    raise
                base = error.detail["revision"]

    def writer(at):
        person = people[at % 3]
        together.wait()
        try:
            for turn in range(ROUNDS):
                name = f"{at}-{turn}"
                written(person, add(name), 0, name)
                written(person, add(name), 0, name)  # the answer was lost: the same once more
                insist(person, edit("c3", purpose=name), f"{name}-p")
        except Exception as error:  # noqa: BLE001  (told by the test itself)
            failures.append(error)

    threads = [threading.Thread(target=writer, args=(at,)) for at in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with services.reading() as work:
        draft = drafts.look(work, table.mediator.actor, number).draft
        changes = drafts.changes_after(work, table.mediator.actor, number, 0)
        assert len(drafts.at_revision(work, draft, 0).clauses) == 8
    wanted = {f"{at}-{turn}" for at in range(WRITERS) for turn in range(ROUNDS)}
    assert [change.revision for change in changes] == list(range(1, 2 * WRITERS * ROUNDS + 1))
    assert sorted(clause.fields["text"] for clause in now().clauses[8:]) == sorted(wanted)
    purposes = [change.patch["c3"][1]["fields"]["purpose"] for change in changes if change.target == "c3"]
    assert sorted(purposes) == sorted(wanted) and now().clause("c3").fields["purpose"] == purposes[-1]
    assert draft.revision == len(changes)


def test_nobody_takes_the_room_that_others_need_for_proposals_and_remarks(
    services, table, number, write, monkeypatch
):
    monkeypatch.setattr(drafts, "MOST_OPEN_PROPOSALS", 2)
    monkeypatch.setattr(drafts, "MOST_PROPOSALS", 3)
    monkeypatch.setattr(draft_talk, "MOST_COMMENTS", 1)
    made = [write(table.claimant, add("其他约定")).proposal for _ in range(2)]
    with refused(ErrorKind.TOO_MANY_ATTEMPTS):
        write(table.claimant, add("其他约定"))
    with services.work() as work:
        draft_talk.withdraw(work, table.claimant.actor, number, made[0].id)
        draft_talk.withdraw(work, table.claimant.actor, number, made[1].id)
    write(table.claimant, add("其他约定"))
    with refused(ErrorKind.TOO_MANY_ATTEMPTS):
        write(table.claimant, add("其他约定"))
    assert write(table.respondent, add("其他约定"), note="\u202e理由\u200b").proposal.note == "理由"
    with services.work() as work:
        draft_talk.comment(work, table.claimant.actor, number, Remark("一", "1"))
        draft_talk.comment(work, table.respondent.actor, number, Remark("二", "2"))
    with services.work() as work, refused(ErrorKind.TOO_MANY_ATTEMPTS):
        draft_talk.comment(work, table.claimant.actor, number, Remark("三", "3"))
