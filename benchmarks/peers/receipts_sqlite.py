"""SQLite with WAL and synchronous=FULL: one row of 32 bytes a commit. Arguments: folder, count. Prints {"rate": …}."""

import json
import os
import sqlite3
import sys
import time
from pathlib import Path

folder, count = Path(sys.argv[1]), int(sys.argv[2])
path = folder / f"sqlite-{os.getpid()}.sqlite3"
connection = sqlite3.connect(path, isolation_level=None)
connection.execute("PRAGMA journal_mode=WAL")
connection.execute("PRAGMA synchronous=FULL")
connection.execute("CREATE TABLE receipt (id INTEGER PRIMARY KEY, commitment BLOB NOT NULL)")
start = time.perf_counter()
for _ in range(count):
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO receipt (commitment) VALUES (?)", (os.urandom(32),))
    connection.execute("COMMIT")
took = time.perf_counter() - start
connection.close()
print(json.dumps({"rate": count / took}))
