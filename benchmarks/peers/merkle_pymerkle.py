"""pymerkle: a tree in memory and every inclusion proof. Prints {"seconds": …}."""

import json
import os
import sys
import time

from pymerkle import InmemoryTree


def once(leaves: list[bytes]) -> float:
    """Seconds for the tree and all paths."""
    start = time.perf_counter()
    tree = InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        tree.append_entry(leaf)
    for number in range(1, len(leaves) + 1):
        tree.prove_inclusion(number, len(leaves))
    return time.perf_counter() - start


def main() -> None:
    """Once over random leaves."""
    leaves = [os.urandom(32) for _ in range(int(sys.argv[1]))]
    print(json.dumps({"seconds": once(leaves)}))


main()
