"""Writers queue and readers see one state, on SQLite and on PostgreSQL: nothing is counted or appended beside one another.
Not here: the schema (see tests/migrations)."""

import threading

from sqlalchemy import select

from app.domain.errors import ErrorKind
from app.models.accounts import LoginCode
from app.services import accounts
from app.services.context import WRITER_PATIENCE, Services
from tests.builders import restarted

CONTACT = "liqing@example.cn"


def test_codes_guessed_at_the_same_time_are_all_counted(services: Services) -> None:
    with services.work() as work:
        accounts.send_code(work, CONTACT)
    kinds: list[ErrorKind] = []
    together = threading.Barrier(12)

    def guess() -> None:
        together.wait()
        with services.work() as work:
            refusal = accounts.check_code(work, CONTACT, "wrong")
        assert refusal is not None
        kinds.append(refusal.kind)

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kinds.count(ErrorKind.CODE_WRONG) == accounts.CODE_ATTEMPTS
    assert kinds.count(ErrorKind.TOO_MANY_ATTEMPTS) == 12 - accounts.CODE_ATTEMPTS
    with services.reading() as work:
        assert work.session.scalars(select(LoginCode.attempts)).one() == accounts.CODE_ATTEMPTS


def test_a_reader_sees_one_state_from_beginning_to_end(services: Services) -> None:
    with services.reading() as reader:
        assert reader.session.scalars(select(LoginCode.contact)).all() == []
        with services.work() as writer:
            accounts.send_code(writer, CONTACT)
        assert reader.session.scalars(select(LoginCode.contact)).all() == []
    with services.reading() as reader:
        assert reader.session.scalars(select(LoginCode.contact)).all() == [CONTACT]


def test_readers_need_not_wait_for_writers_that_wait(services: Services) -> None:
    read = threading.Event()

    def write() -> None:
        with services.work() as work:
            work.session.scalars(select(LoginCode)).all()

    def look() -> None:
        with services.reading() as work:
            work.session.scalars(select(LoginCode)).all()
        read.set()

    other = restarted(services)
    with other.work():
        threads = [threading.Thread(target=write) for _ in range(30)]
        for thread in threads:
            thread.start()
        reader = threading.Thread(target=look)
        reader.start()
        assert read.wait(WRITER_PATIENCE - 5)
    for thread in (*threads, reader):
        thread.join()
    other.sessions.kw["bind"].dispose()
