"""opentimestamps: a tree over fresh timestamps, and the bytes of each one's path, as `ots stamp` makes them.
Prints {"seconds", "path_bytes": the middle leaf's path without attestation}."""

import io
import json
import os
import sys
import time

from opentimestamps.core.notary import PendingAttestation
from opentimestamps.core.serialize import StreamSerializationContext
from opentimestamps.core.timestamp import Timestamp, make_merkle_tree

CALENDAR = "https://calendar.example"


def serialized(stamp: Timestamp) -> bytes:
    """The timestamp's own format."""
    target = io.BytesIO()
    stamp.serialize(StreamSerializationContext(target))
    return target.getvalue()


def once(leaves: list[bytes]) -> tuple[float, int]:
    """Seconds for the tree with every proof serialized; bytes of one path."""
    start = time.perf_counter()
    stamps = [Timestamp(leaf) for leaf in leaves]
    tip = make_merkle_tree(stamps)
    tip.attestations.add(PendingAttestation(CALENDAR))
    proofs = [serialized(stamp) for stamp in stamps]
    took = time.perf_counter() - start
    return took, len(proofs[len(proofs) // 2]) - len(serialized(tip))


def main() -> None:
    """Once over random leaves."""
    leaves = [os.urandom(32) for _ in range(int(sys.argv[1]))]
    took, size = once(leaves)
    print(json.dumps({"seconds": took, "path_bytes": size}))


main()
