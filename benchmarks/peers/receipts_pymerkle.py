"""pymerkle's SqliteTree on a file: one entry appended at a time. Arguments: folder, count. Prints {"rate": entries/s}."""

import json
import os
import sys
import time
from pathlib import Path

from pymerkle import SqliteTree

folder, count = Path(sys.argv[1]), int(sys.argv[2])
path = folder / f"pymerkle-{os.getpid()}.sqlite3"
entries = [os.urandom(32) for _ in range(count)]
with SqliteTree(str(path), algorithm="sha256") as tree:
    start = time.perf_counter()
    for entry in entries:
        tree.append_entry(entry)
    took = time.perf_counter() - start
path.unlink()
print(json.dumps({"rate": count / took}))
