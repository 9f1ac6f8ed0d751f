"""Long computing and file work beside the rooms: in a native thread where gevent runs, directly where it does not.
Not for what waits on the database: sessions belong to the thread that they were made in (the S3 store has connections
of its own in every thread)."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar, cast

Result = TypeVar("Result")


def begin(work: Callable[..., Result], *arguments: object) -> Callable[[], Result]:
    """Start file or hash work beside the rooms; what comes back waits for its result (or raises its error)."""
    pool = _threadpool()
    if pool is None:
        result = work(*arguments)
        return lambda: result
    waiting = pool.spawn(_outcome, work, arguments)
    return lambda: _taken(waiting.get())


def offload(work: Callable[..., Result], *arguments: object) -> Result:
    """Run file, hash or signature work in a native thread so that rooms go on meanwhile; directly without gevent."""
    pool = _threadpool()
    return work(*arguments) if pool is None else _taken(pool.apply(_outcome, (work, arguments)))


def _outcome(
    work: Callable[..., Result], arguments: tuple[object, ...]
) -> tuple[Result | None, Exception | None]:
    """Result or error: gevent writes every error of a thread into the log, and a refusal is no fault."""
    try:
        return work(*arguments), None
    except Exception as error:  # noqa: BLE001  handed on to whoever waits
        return None, error


def _taken(outcome: tuple[Result | None, Exception | None]) -> Result:
    result, error = outcome
    if error is not None:
        raise error
    return cast(Result, result)


def _threadpool() -> Any:
    """gevent's pool of native threads; None where gevent does not run this process."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is None or not monkey.is_module_patched("threading"):
        return None
    return sys.modules["gevent"].get_hub().threadpool
