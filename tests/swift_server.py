"""An OpenStack Swift object server (Debian's python3-swift) with its S3 interface, in one process on loopback.
Run by the system's Python: `/usr/bin/python3 tests/swift_server.py FOLDER`; prints its URL and stays in front.

Proxy, account, container and object service are the real ones over one device folder; only memcached, which
Swift asks for, is a dictionary here.
"""

import os
import sys
import time
from pathlib import Path

import eventlet

eventlet.monkey_patch()

import swift.common.utils  # noqa: E402

SERVICES = ("object", "container", "account")
PROXY = """
[DEFAULT]
bind_ip = 127.0.0.1
swift_dir = {folder}
[pipeline:main]
pipeline = catch_errors gatekeeper s3api tempauth slo symlink versioned_writes proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:s3api]
use = egg:swift#s3api
location = test-1
check_bucket_owner = false
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:slo]
use = egg:swift#slo
[filter:symlink]
use = egg:swift#symlink
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
"""
STORAGE = """
[DEFAULT]
bind_ip = 127.0.0.1
devices = {folder}/devices
mount_check = false
swift_dir = {folder}
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
"""


class Cache:
    """What Swift asks of memcached, for one process."""

    def __init__(self):
        self._values = {}

    def get(self, key, raise_on_error=False):
        value, until = self._values.get(key, (None, 0))
        return value if not until or until > time.time() else None

    def set(self, key, value, time=0, **_options):
        self._values[key] = (value, time and _now() + time)

    def incr(self, key, delta=1, time=0):
        value = int(self.get(key) or 0) + delta
        self.set(key, value, time=time)
        return value

    def delete(self, key, server_key=None):
        self._values.pop(key, None)


def _now():
    return time.time()


def _ring(folder, name, port):
    from swift.common.ring import RingBuilder

    builder = RingBuilder(4, 1, 1)
    builder.add_dev(
        {"region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "disk", "weight": 1, "meta": ""}
        | {"replication_ip": "127.0.0.1", "replication_port": port}
    )
    builder.rebalance()
    builder.get_ring().save(str(folder / f"{name}.ring.gz"))


def main(folder, port):
    (folder / "devices" / "disk").mkdir(parents=True, exist_ok=True)
    (folder / "swift.conf").write_text(
        "[swift-hash]\nswift_hash_path_prefix = prefix\nswift_hash_path_suffix = suffix\n"
        "[storage-policy:0]\nname = one\ndefault = yes\n"
    )
    swift.common.utils.set_swift_dir(str(folder))
    from swift.common.wsgi import SwiftHttpProtocol, loadapp

    cache, pool = Cache(), eventlet.GreenPool()

    def serve(listener, app):
        pool.spawn(
            eventlet.wsgi.server,
            listener,
            app,
            swift.common.utils.NullLogger(),
            protocol=SwiftHttpProtocol,
            capitalize_response_headers=False,
        )

    for name in SERVICES:
        listener = eventlet.listen(("127.0.0.1", 0))
        _ring(folder, name, listener.getsockname()[1])
        (folder / f"{name}.conf").write_text(STORAGE.format(folder=folder, name=name))
        serve(listener, loadapp(str(folder / f"{name}.conf"), global_conf={"log_name": name}))
    (folder / "proxy.conf").write_text(PROXY.format(folder=folder))
    proxy = loadapp(str(folder / "proxy.conf"), global_conf={"log_name": "proxy"})

    def with_cache(environ, start_response):
        environ["swift.cache"] = cache
        return proxy(environ, start_response)

    listener = eventlet.listen(("127.0.0.1", port))
    serve(listener, with_cache)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    pool.waitall()


if __name__ == "__main__":
    os.environ["TZ"] = "UTC+0"
    time.tzset()
    main(Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
