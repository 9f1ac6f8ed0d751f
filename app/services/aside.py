"""Long computing and file work beside the rooms: in a native thread where gevent runs, directly where it does not.
Not for what waits on a network or the database: sockets and sessions belong to the thread that they were made in."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar, cast

Result = TypeVar("Result")


def begin(work: Callable[..., Result], *arguments: object) -> Callable[[], Result]:
    """Start file or hash work beside the rooms; what comes back waits for its result (or raises its error)."""
    pool = _threadpool()
    if pool is not None:
        return cast(Callable[[], Result], pool.spawn(work, *arguments).get)
    result = work(*arguments)
    return lambda: result


def offload(work: Callable[..., Result], *arguments: object) -> Result:
    """Run file, hash or signature work in a native thread so that rooms go on meanwhile; directly without gevent."""
    pool = _threadpool()
    return work(*arguments) if pool is None else cast(Result, pool.apply(work, arguments))


def _threadpool() -> Any:
    """gevent's pool of native threads; None where gevent does not run this process."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is None or not monkey.is_module_patched("threading"):
        return None
    return sys.modules["gevent"].get_hub().threadpool
