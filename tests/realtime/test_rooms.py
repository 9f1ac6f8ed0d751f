"""Rooms through real Socket.IO clients of the test server: stored before sent, no repetition, closed caucus.
Not here: what browsers make of it (see tests/browser)."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask_socketio import SocketIOTestClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.domain.audience import EventKind
from app.domain.errors import ErrorKind
from app.domain.roles import Side
from app.models.cases import Audit, Case, Participant
from app.models.room import CaseEvent
from app.services import accounts, draft_talk, drafts, room
from app.services.context import Services
from realtime import server
from realtime.events import PERMISSIONS, RATES, RECORDED
from realtime.limits import Limits
from realtime.server import RoomServer
from tests import builders
from tests.builders import Person, Table

Join = Callable[[Person | None], SocketIOTestClient]


@pytest.fixture
def rooms(app: Flask) -> RoomServer:
    """A room server whose clock for rate limits stands still."""
    return server.attach(app, async_mode="threading", background=False, limits=Limits(lambda: 0.0))


@pytest.fixture
def connect(app: Flask, rooms: RoomServer, client_for) -> Join:
    """A connected socket with the browser session of a person."""

    def make(person: Person | None) -> SocketIOTestClient:
        return rooms.socketio.test_client(app, flask_test_client=client_for(person))

    return make


def enter(socket: SocketIOTestClient, table: Table) -> dict:
    answer = socket.emit("enter", {"number": table.number}, callback=True)
    assert answer["ok"], answer
    return answer


def joint_of(answer: dict) -> int:
    return next(audience["id"] for audience in answer["audiences"] if audience["kind"] == "joint")


def heard(socket: SocketIOTestClient, name: str = "event") -> list[dict]:
    return [entry["args"][0] for entry in socket.get_received() if entry["name"] == name]


def say(socket: SocketIOTestClient, audience: int, text: str, client_id: str) -> dict:
    return socket.emit("say", {"audience": audience, "text": text, "client_id": client_id}, callback=True)


def stored(services: Services, kind: str = "message") -> list[CaseEvent]:
    with services.reading() as work:
        return list(
            work.session.scalars(select(CaseEvent).where(CaseEvent.kind == kind).order_by(CaseEvent.id))
        )


def test_outsiders_cannot_connect(connect: Join) -> None:
    assert not connect(None).is_connected()


def test_outsiders_are_refused_before_a_transport_is_opened(
    app: Flask, rooms: RoomServer, client_for
) -> None:
    assert client_for(None).get("/socket.io/?EIO=4&transport=polling").status_code == 401


def test_a_message_is_stored_and_reaches_everybody_alike(
    connect: Join, table: Table, services: Services
) -> None:
    people = [connect(person) for person in (table.claimant, table.respondent, table.mediator)]
    joint = joint_of([enter(socket, table) for socket in people].pop())
    answer = say(people[0], joint, "您好", "a-1")
    received = [heard(socket) for socket in people]
    assert received[0] == received[1] == received[2]
    assert [(event["id"], event["sequence"]) for event in received[0]] == [(answer["id"], answer["sequence"])]
    assert [event.payload["text"] for event in stored(services)] == ["您好"]


def test_nothing_is_sent_that_is_not_stored(
    connect: Join, table: Table, services: Services, monkeypatch
) -> None:
    claimant, respondent = connect(table.claimant), connect(table.respondent)
    joint = joint_of(enter(claimant, table))
    enter(respondent, table)

    def refuse(*_arguments: object, **_named: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("app.services.room.store_event", refuse)
    assert say(claimant, joint, "您好", "a-1") == {"ok": False, "error": {"kind": "internal"}}
    assert heard(respondent) == []
    assert stored(services) == []


def test_a_repeated_client_id_is_answered_not_repeated(
    connect: Join, table: Table, services: Services
) -> None:
    claimant, respondent = connect(table.claimant), connect(table.respondent)
    joint = joint_of(enter(claimant, table))
    enter(respondent, table)
    first = say(claimant, joint, "只说一次", "a-1")
    second = say(claimant, joint, "只说一次", "a-1")
    assert first == second
    assert len(stored(services)) == 1
    assert len(heard(respondent)) == 1


def test_what_was_missed_comes_in_order_without_gaps(connect: Join, table: Table) -> None:
    claimant, respondent = connect(table.claimant), connect(table.respondent)
    joint = joint_of(enter(claimant, table))
    seen = enter(respondent, table)["audiences"][0]["last"]
    respondent.disconnect()
    for count in range(5):
        say(claimant, joint, f"第 {count} 条", f"a-{count}")
    again = connect(table.respondent)
    enter(again, table)
    missed = again.emit("missed", {"audience": joint, "after": seen}, callback=True)
    assert [event["payload"]["text"] for event in missed["events"]] == [
        f"第 {count} 条" for count in range(5)
    ]
    assert [event["sequence"] for event in missed["events"]] == [seen + 1 + count for count in range(5)]
    assert missed["more"] is False


def test_the_other_side_neither_sees_nor_fetches_a_caucus(
    connect: Join, table: Table, services: Services
) -> None:
    claimant, respondent, mediator = (connect(p) for p in (table.claimant, table.respondent, table.mediator))
    for socket in (claimant, respondent, mediator):
        enter(socket, table)
    for socket in (claimant, respondent, mediator):
        socket.get_received()
    caucus = mediator.emit("open_caucus", {"side": "claimant"}, callback=True)["audience"]
    assert mediator.emit("move", {"audience": caucus}, callback=True)["ok"]
    assert say(claimant, caucus, "底线是五万", "c-1")["ok"]
    names = [entry["name"] for entry in claimant.get_received()]
    assert names.count("audiences") == 1
    assert names.count("event") == 2  # the opening of the caucus and the words in it
    leaked = [entry for entry in respondent.get_received() if entry["name"] != "presence"]
    assert leaked == []
    for name, payload in (
        ("missed", {"audience": caucus, "after": 0}),
        ("say", {"audience": caucus, "text": "听到了", "client_id": "r-1"}),
        ("move", {"audience": caucus}),
    ):
        answer = respondent.emit(name, payload, callback=True)
        assert answer["error"]["kind"] == ErrorKind.NOT_FOUND.value, name
    refused = respondent.emit("open_caucus", {"side": "respondent"}, callback=True)
    assert refused["error"]["kind"] == ErrorKind.NOT_ALLOWED.value
    again = connect(table.respondent)
    assert [audience["kind"] for audience in enter(again, table)["audiences"]] == ["joint"]
    with services.reading() as work:
        lines = [line.act for line in work.session.scalars(select(Audit).where(Audit.allowed.is_(False)))]
    assert lines.count("enter_room") == 3
    assert lines.count("open_caucus") == 1


def test_presence_names_who_hears_and_not_where_the_others_are(connect: Join, table: Table) -> None:
    claimant, respondent, mediator = (connect(p) for p in (table.claimant, table.respondent, table.mediator))
    joint = [joint_of(enter(socket, table)) for socket in (claimant, respondent, mediator)].pop()
    caucus = mediator.emit("open_caucus", {"side": "claimant"}, callback=True)["audience"]
    respondent.get_received()
    for socket in (mediator, claimant):
        socket.emit("move", {"audience": caucus}, callback=True)
    last = heard(respondent, "presence")[-1]
    assert last["audience"] == joint
    assert {person["side"]: bool(person["pages"]) for person in last["people"]} == {
        "claimant": False,
        "respondent": True,
        "mediator": False,
    }
    assert {person["side"] for person in heard(claimant, "presence")[-1]["people"]} == {
        "claimant",
        "mediator",
    }


def test_signals_pass_only_between_those_in_the_same_room(connect: Join, table: Table) -> None:
    claimant, respondent, mediator = (connect(p) for p in (table.claimant, table.respondent, table.mediator))
    peers = [enter(socket, table)["peer"] for socket in (claimant, respondent, mediator)]
    caucus = mediator.emit("open_caucus", {"side": "claimant"}, callback=True)["audience"]
    signal = {"to": peers[1], "data": {"candidate": None}}
    assert claimant.emit("signal", signal, callback=True)["ok"]
    assert [entry["from"] for entry in heard(respondent, "signal")] == [peers[0]]
    claimant.emit("move", {"audience": caucus}, callback=True)
    refused = respondent.emit("signal", {"to": peers[0], "data": {}}, callback=True)
    assert refused["error"]["kind"] == ErrorKind.NOT_FOUND.value
    assert claimant.emit("signal", signal, callback=True)["error"]["kind"] == ErrorKind.NOT_FOUND.value
    assert heard(claimant, "signal") == heard(respondent, "signal") == []


def test_somebody_who_signed_out_is_refused_at_the_next_event(
    connect: Join, table: Table, services: Services, rooms: RoomServer
) -> None:
    claimant, respondent = connect(table.claimant), connect(table.respondent)
    joint = joint_of(enter(claimant, table))
    enter(respondent, table)
    with services.work() as work:
        accounts.close_session(work, table.respondent.actor)
    assert say(respondent, joint, "还在", "r-1")["error"]["kind"] == ErrorKind.NOT_SIGNED_IN.value
    assert heard(respondent, "closed") == [{"reason": "signed_out"}]
    say(claimant, joint, "只剩我们", "a-1")
    assert not respondent.is_connected()
    assert claimant.is_connected()
    assert stored(services)[-1].payload["text"] == "只剩我们"


def test_a_removed_participant_hears_nothing_more(
    connect: Join, table: Table, services: Services, rooms: RoomServer
) -> None:
    claimant, respondent = connect(table.claimant), connect(table.respondent)
    enter(claimant, table)
    seat = enter(respondent, table)["participant"]
    with services.work() as work:
        work.session.get_one(Participant, seat).removed_at = work.now()
        case = work.session.scalars(select(Case).where(Case.number == table.number)).one()
        room.store_event(
            work, room.joint_audience(work, case), EventKind.EXHIBIT_ANCHORED, None, {"number": 1}
        )
    assert not respondent.is_connected()
    assert [event["kind"] for event in heard(claimant)][-1] == "exhibit_anchored"


def test_a_removed_participant_is_refused_at_the_next_event(
    connect: Join, table: Table, services: Services
) -> None:
    respondent = connect(table.respondent)
    answer = enter(respondent, table)
    with services.work() as work:
        work.session.get_one(Participant, answer["participant"]).removed_at = work.now()
    refused = respondent.emit("missed", {"audience": joint_of(answer), "after": 0}, callback=True)
    assert refused["error"]["kind"] == ErrorKind.NOT_FOUND.value
    assert heard(respondent, "closed") == [{"reason": "removed"}]


@pytest.mark.parametrize(
    "payload", [None, [], {}, {"audience": "1"}, {"audience": True}, {"audience": 10**12}]
)
@pytest.mark.parametrize("event", sorted(PERMISSIONS))
def test_unfit_payloads_are_answered(connect: Join, table: Table, event: str, payload: object) -> None:
    mediator = connect(table.mediator)
    if event != "enter":
        enter(mediator, table)
    answer = mediator.emit(event, payload, callback=True)
    assert answer["ok"] is False
    assert answer["error"]["kind"] in (ErrorKind.INVALID_INPUT.value, ErrorKind.NOT_FOUND.value)


@pytest.mark.parametrize("event", sorted(set(PERMISSIONS) - {"enter"}))
def test_nothing_works_before_the_seat_is_taken(connect: Join, table: Table, event: str) -> None:
    answer = connect(table.mediator).emit(event, {"number": table.number, "audience": 1}, callback=True)
    assert answer["ok"] is False


def test_unknown_events_are_refused_and_answered(connect: Join, table: Table) -> None:
    answer = connect(table.claimant).emit("read_all_caucuses", {}, callback=True)
    assert answer == {"ok": False, "error": {"kind": ErrorKind.NOT_ALLOWED.value}}


def test_a_flood_is_refused(connect: Join, table: Table, services: Services) -> None:
    claimant = connect(table.claimant)
    joint = joint_of(enter(claimant, table))
    burst = RATES["say"].burst
    answers = [say(claimant, joint, "快", f"f-{count}") for count in range(burst + 5)]
    assert [answer["ok"] for answer in answers] == [True] * burst + [False] * 5
    assert answers[-1]["error"]["kind"] == ErrorKind.TOO_MANY_ATTEMPTS.value
    assert len(stored(services)) == burst


def test_a_flood_of_unknown_events_does_not_fill_the_audit(
    connect: Join, table: Table, services: Services
) -> None:
    claimant = connect(table.claimant)
    for _ in range(RECORDED.burst + 20):
        assert claimant.emit("read_all_caucuses", {}, callback=True)["ok"] is False
    with services.reading() as work:
        lines = work.session.scalars(select(Audit).where(Audit.act == "unknown_event")).all()
    assert len(lines) == RECORDED.burst


def test_delivery_goes_on_after_the_database_was_away(
    rooms: RoomServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[int] = []

    def deliver() -> None:
        turns.append(len(turns))
        rooms.relay.wake()
        if len(turns) == 1:
            raise OperationalError("SELECT", {}, Exception("disk I/O error"))
        raise KeyboardInterrupt

    monkeypatch.setattr(rooms.relay, "deliver", deliver)
    with pytest.raises(KeyboardInterrupt):
        rooms.relay.run()
    assert turns == [0, 1]


def test_one_account_cannot_hold_many_sockets(connect: Join, table: Table) -> None:
    sockets = [connect(table.claimant) for _ in range(server.PAGES_PER_ACCOUNT + 1)]
    assert [socket.is_connected() for socket in sockets] == [True] * server.PAGES_PER_ACCOUNT + [False]


def test_a_room_that_is_not_open_cannot_be_entered(connect: Join, services: Services) -> None:
    claimant = builders.person(services, "李晴", "liqing9@example.cn")
    number = builders.submitted_case(services, claimant)
    answer = connect(claimant).emit("enter", {"number": number}, callback=True)
    assert answer["error"]["kind"] == ErrorKind.WRONG_STATE.value


def test_events_of_other_processes_arrive_with_the_next_look(
    connect: Join, table: Table, services: Services, rooms: RoomServer
) -> None:
    claimant = connect(table.claimant)
    enter(claimant, table)
    with replace(services, wake=[]).work() as work:
        case = work.session.scalars(select(Case).where(Case.number == table.number)).one()
        room.store_event(
            work, room.joint_audience(work, case), EventKind.EXHIBIT_ANCHORED, None, {"number": 1}
        )
    assert heard(claimant) == []
    rooms.relay.deliver()
    assert [event["kind"] for event in heard(claimant)] == ["exhibit_anchored"]


def test_a_caucus_opened_by_another_process_reaches_only_its_members(
    connect: Join, table: Table, services: Services, rooms: RoomServer
) -> None:
    claimant, respondent = connect(table.claimant), connect(table.respondent)
    for socket in (claimant, respondent):
        enter(socket, table)
    for socket in (claimant, respondent):
        socket.get_received()
    with replace(services, wake=[]).work() as work:
        caucus = room.open_caucus(work, table.mediator.actor, table.number, Side.CLAIMANT).id
    rooms.relay.deliver()
    received = claimant.get_received()
    assert [audience["id"] for audience in received[0]["args"][0]][-1] == caucus
    assert [entry["name"] for entry in received] == ["audiences", "event"]
    assert respondent.get_received() == []


def test_a_draft_is_told_by_its_numbers_and_asked_for_after_them(
    connect: Join, table: Table, services: Services
) -> None:
    party, mediator = connect(table.claimant), connect(table.mediator)
    for socket in (party, mediator):
        enter(socket, table)
    with services.work() as work:
        drafts.open_draft(work, table.mediator.actor, table.number)
    with services.work() as work:
        given = drafts.Given(0, "a", {"op": "add", "fact": {"text": "各方确认的事实"}})
        drafts.change(work, table.mediator.actor, table.number, given)
    with services.work() as work:
        draft_talk.comment(work, table.claimant.actor, table.number, draft_talk.Remark("好", "a", "f1"))
    told = [heard(socket, "draft") for socket in (party, mediator)]
    assert told[0] == told[1]
    assert [(one["revision"], one["activity"]) for one in told[0]] == [(0, 0), (1, 1), (1, 2)]
    with services.reading() as work:
        missed = drafts.changes_after(work, table.claimant.actor, table.number, 0)
    assert [change.revision for change in missed] == [1]


def test_who_writes_where_is_told_to_the_others_and_not_stored(
    connect: Join, table: Table, services: Services
) -> None:
    party, mediator = connect(table.claimant), connect(table.mediator)
    for socket in (party, mediator):
        enter(socket, table)
    assert mediator.emit("drafting", {"target": "c3", "field": "amount"}, callback=True)["ok"]
    assert [(one["target"], one["field"], one["name"]) for one in heard(party, "drafting")] == [
        ("c3", "amount", "陈敏")
    ]
    assert heard(mediator, "drafting") == []
    beside = connect(table.respondent)
    assert beside.emit("enter", {"number": table.number, "beside": True}, callback=True)["place"] is None
    assert heard(party, "presence") == []
    mediator.emit("drafting", {"target": None}, callback=True)
    assert [one["target"] for one in heard(beside, "drafting")] == [None]
    refused = mediator.emit("drafting", {"target": "<b>"}, callback=True)
    assert refused["error"]["kind"] == ErrorKind.INVALID_INPUT.value
