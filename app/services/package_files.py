"""Turns what was taken of a case into the files of its package: paths, small files on a spool, manifest, README.

Everything that has no original's size is made before the first byte goes out, so that the length is known.
"""

import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from app.documents.package_readme import readme
from app.documents.zip_stream import ZipEntry
from app.domain.file_names import safe_name
from app.models.cases import Participant
from app.models.exhibits import Exhibit
from app.network import Network
from app.services.context import Services
from app.services.package_documents import TakenDocument
from app.services.package_stamps import FOLDER, stamp_files
from app.services.packages import COURT, Taken, TakenExhibit
from evidence.proof import EXTENSION, Proof
from evidence.records import witness_word
from evidence.strict import instant_text, to_hex

FORMAT = "hezheng-package/1"
PIECE = 1 << 20
SPECIFICATION = Path(__file__).resolve().parents[2] / "docs" / "proof-format.md"
CONTENT_NAMES = {"preservation": "preservation.txt", "agreement": "agreement.txt", "ruling": "ruling.txt"}
Json = dict[str, Any]


class Spool:
    """Small files on disk until the archive is sent, so that many of them do not fill the memory."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115  (closed by `close`)
        self._end = 0

    def add(self, content: bytes) -> Callable[[], Iterator[bytes]]:
        """Keep some bytes; gives what reads them again."""
        start, size = self._end, len(content)
        self._file.seek(start)
        self._file.write(content)
        self._end += size

        def pieces() -> Iterator[bytes]:
            for at in range(start, start + size, PIECE):
                self._file.seek(at)
                yield self._file.read(min(PIECE, start + size - at))

        return pieces

    def close(self) -> None:
        """Forget everything."""
        self._file.close()


@dataclass
class Package:
    """The files of one package in their order. Paths are inside the folder that carries the case's number."""

    services: Services
    taken: Taken
    spool: Spool
    entries: list[ZipEntry] = field(default_factory=list)
    _listed: list[Json] = field(default_factory=list)
    _items: list[Json] = field(default_factory=list)
    _proofs: list[Proof] = field(default_factory=list)

    def add_exhibit(self, one: TakenExhibit, certificate: bytes | None, *, readable: bool) -> None:
        """The original, and where it is anchored its proof and certificate."""
        exhibit = one.exhibit
        folder = f"exhibits/{exhibit.number:03d}"
        original = f"{folder}/original/{safe_name(exhibit.file_name)}"
        if readable:
            self._add_original(original, exhibit)
        item = {
            "name": exhibit.receipt_number,
            "kind": "exhibit",
            "number": exhibit.number,
            "state": "waiting" if one.certified is None else "anchored",
            "statement": exhibit.statement,
            "file": original if readable else None,
            "file_name": exhibit.file_name,
            "proof": None,
            "certificate": None,
        }
        if one.certified is not None:
            item["proof"] = f"{folder}/{exhibit.receipt_number}{EXTENSION}"
            self._add_proof(item["proof"], one.certified.proof)
        if certificate is not None:
            item["certificate"] = f"{folder}/{exhibit.receipt_number}-certificate.pdf"
            self.add(item["certificate"], certificate)
        self._items.append(item)

    def add_document(self, one: TakenDocument, pdf: bytes | None) -> None:
        """A document's exact text, its proof where it is anchored, and its PDF where it has one."""
        name = f"{one.kind}/{CONTENT_NAMES[one.kind]}"
        self.add(name, one.content)
        item = {
            "name": one.name,
            "kind": one.kind,
            "number": None,
            "state": "waiting" if one.proof is None else "anchored",
            "statement": one.statement,
            "file": name,
            "file_name": CONTENT_NAMES[one.kind],
            "proof": None,
            "certificate": None,
        }
        if one.proof is not None:
            item["proof"] = f"{one.kind}/{one.kind}{EXTENSION}"
            self._add_proof(item["proof"], one.proof)
        if pdf is not None:
            self.add(f"{one.kind}/{one.kind}.pdf", pdf)
        self._items.append(item)

    def add(self, path: str, content: bytes) -> None:
        """A small file."""
        self._list(path, len(content), sha256(content).hexdigest())
        self.entries.append(
            ZipEntry(self._inside(path), len(content), zlib.crc32(content), self.spool.add(content))
        )

    def finish(self, offline_page: bytes | None) -> list[ZipEntry]:
        """Timestamps, trust root, network, specification, README and manifest; then all entries."""
        stamps = stamp_files(self.services.trust, self._proofs)
        for path, content in stamps.files.items():
            self.add(path, content)
        self.add("trust.json", self.services.trust.dump().encode())
        self.add("network.json", _text(network_facts(self.services.network)))
        if self.taken.role == COURT:
            self.add("application.json", _text(application_facts(self.taken)))
        if offline_page is not None:
            self.add("offline-verify.html", offline_page)
        if SPECIFICATION.is_file():
            self.add("docs/proof-format.md", SPECIFICATION.read_bytes())
        text = readme(
            number=self.taken.case.number,
            offline=offline_page is not None,
            waiting=[one["name"] for one in self._items if one["state"] == "waiting"],
            withheld=[one.receipt_number for one in self.taken.withheld if one.reason == "secret"],
            erased=[one.receipt_number for one in self.taken.withheld if one.reason == "erased"],
            unreadable=[one["name"] for one in self._items if one["file"] is None],
            stamped=bool(stamps.commands),
            public_url=self.services.settings.public_url,
        )
        self.add("README.txt", text.encode())
        manifest = _text(self._manifest())
        self.entries.append(
            ZipEntry(
                self._inside("manifest.json"), len(manifest), zlib.crc32(manifest), self.spool.add(manifest)
            )
        )
        return self.entries

    def _inside(self, path: str) -> str:
        return f"{self.taken.case.number}/{path}"

    def _list(self, path: str, size: int, digest: str) -> None:
        self._listed.append({"path": path, "size": size, "sha256": f"0x{digest}"})

    def _add_original(self, path: str, exhibit: Exhibit) -> None:
        self._list(path, exhibit.size, exhibit.sha256)
        store, address = self.services.store, exhibit.store_address
        self.entries.append(ZipEntry(self._inside(path), exhibit.size, None, lambda: store.open(address)))

    def _add_proof(self, path: str, proof: Proof) -> None:
        self._proofs.append(proof)
        self.add(path, proof.dump().encode())

    def _manifest(self) -> Json:
        taken, settings = self.taken, self.services.settings
        return {
            "format": FORMAT,
            "case": case_facts(taken),
            "taken_for": {"role": taken.role, "account": taken.account},
            "as_of": instant_text(taken.as_of),
            "issuer": {"name": self.services.trust.name, "public_url": settings.public_url},
            "items": self._items,
            "left_out": [
                {"name": one.receipt_number, "kind": "exhibit", "number": one.number, "reason": one.reason}
                for one in taken.withheld
            ],
            "files": self._listed,
        }


def _text(value: Json) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _time(at: datetime | None) -> str | None:
    return instant_text(at) if at is not None else None


def case_facts(taken: Taken) -> Json:
    """The case as everybody in it knows it; nothing that was said in mediation."""
    case = taken.case
    return {
        "number": case.number,
        "reference": to_hex(case.reference),
        "title": case.title,
        "right_kind": case.right_kind.value,
        "state": case.state.value,
        "submitted_at": _time(case.submitted_at),
        "accepted_at": _time(case.accepted_at),
        "room_opened_at": _time(case.room_opened_at),
        "mediator_disclosure": case.mediator_disclosure,
        "people": [
            {"side": one.side.value, "name": one.party_name, "person": one.person_name}
            for one in taken.parties
        ],
    }


def application_facts(taken: Taken) -> Json:
    """What an application for confirmation names of the parties (民诉法解释 354); for the court alone."""
    return {"parties": [_party(one) for one in taken.parties if one.side.value != "mediator"]}


def _party(one: Participant) -> Json:
    return {
        "side": one.side.value,
        "name": one.party_name,
        "id_number": one.party_id_number or None,
        "address": one.party_address or None,
        "person": one.person_name,
        "contact": one.contact,
    }


def network_facts(network: Network) -> Json:
    """Who runs the chain, gives the time and witnesses, as the operator states it."""
    return {
        "note": "as the operator states it; nothing here is to be trusted without another source",
        "nodes": [
            {"name": one.name, "operator": one.operator, "role": one.role, "interest": one.interest}
            for one in network.nodes
        ],
        "timestamp_authorities": [
            {"name": one.name, "url": one.url, "policy": one.policy, "trial": one.trial}
            for one in network.authorities
        ],
        "witnesses": [
            {
                "name": one.name,
                "office": witness_word(one.office),
                "signer": to_hex(one.signer),
                "interest": one.interest,
                "trial": one.trial,
            }
            for one in network.witnesses
        ],
    }


__all__ = ["FOLDER", "FORMAT", "Package", "Spool", "application_facts", "case_facts", "network_facts"]
