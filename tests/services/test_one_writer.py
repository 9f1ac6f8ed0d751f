"""Writers queue, on SQLite and on PostgreSQL: nothing is counted or appended beside one another.
Not here: the schema (see tests/migrations)."""

import os
import pwd
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import sessionmaker

from app.domain.errors import ErrorKind
from app.models.accounts import LoginCode
from app.models.base import Base
from app.services import accounts
from app.services.context import Services, open_database
from scripts.chain import free_port

CONTACT = "liqing@example.cn"
DATABASES = ["sqlite", *(["postgresql"] if shutil.which("initdb") else [])]
"""PostgreSQL where it is installed."""


@pytest.fixture
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server of this test's own."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0:
            shutil.chown(folder, user)
        run(user, "initdb", "-D", str(folder / "db"), "-A", "trust", "-U", "hezheng", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        control = ("pg_ctl", "-D", str(folder / "db"), "-w", "-l", str(folder / "log"))
        run(user, *control, "-o", options, "start")
        try:
            yield f"postgresql+psycopg://hezheng@127.0.0.1:{port}/postgres"
        finally:
            run(user, *control, "-m", "immediate", "stop")


def run(user: str, *command: str) -> None:
    """Run a program; PostgreSQL refuses to run as root."""
    as_user = {"user": user, "group": pwd.getpwnam(user).pw_gid} if os.geteuid() == 0 else {}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **as_user)


@pytest.fixture(params=DATABASES)
def kept(request: pytest.FixtureRequest, services: Services) -> Iterator[Services]:
    """Services on either database."""
    if request.param == "sqlite":
        yield services
        return
    engine = open_database(request.getfixturevalue("postgres"))
    Base.metadata.create_all(engine)
    yield replace(services, sessions=sessionmaker(engine, expire_on_commit=False))
    engine.dispose()


def test_codes_guessed_at_the_same_time_are_all_counted(kept: Services) -> None:
    with kept.work() as work:
        accounts.send_code(work, CONTACT)
    kinds: list[ErrorKind] = []
    together = threading.Barrier(12)

    def guess() -> None:
        together.wait()
        with kept.work() as work:
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
    with kept.reading() as work:
        assert work.session.scalars(select(LoginCode.attempts)).one() == accounts.CODE_ATTEMPTS
