"""Writes a detached OpenTimestamps proof of a file in a batch of 10,000. Argument: the path. Prints {"path": …}."""

import json
import os
import sys
from pathlib import Path

from opentimestamps.core.notary import PendingAttestation
from opentimestamps.core.op import OpSHA256
from opentimestamps.core.serialize import StreamSerializationContext
from opentimestamps.core.timestamp import DetachedTimestampFile, Timestamp, make_merkle_tree

path = Path(sys.argv[1])
file = DetachedTimestampFile(OpSHA256(), Timestamp(os.urandom(32)))
tip = make_merkle_tree([file.timestamp, *(Timestamp(os.urandom(32)) for _ in range(9_999))])
tip.attestations.add(PendingAttestation("https://calendar.example"))
with path.open("wb") as target:
    file.serialize(StreamSerializationContext(target))
print(json.dumps({"path": str(path)}))
