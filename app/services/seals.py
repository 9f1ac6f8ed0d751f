"""The organisation's seal on the paper of a sealed agreement: set, sealed and checked once, then kept as it is.

Everything that waits (timestamp authority, certificate lists) happens outside transactions. Until an authority answers
the paper is still to come, and is tried again. PAdES itself is in ``app.documents.pades``.
"""

import logging
import time
from dataclasses import dataclass, field

from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from sqlalchemy import select

from app.documents import agreement_pdf, pades
from app.documents.agreement_pdf import AgreementPaper
from app.domain.lifecycle import SettlementState
from app.domain.roles import SYSTEM
from app.models.papers import SealedPaper
from app.models.settlements import Settlement
from app.network import Authority
from app.services import agreement_papers, audit, sealed_papers
from app.services.context import Services, Work
from evidence.authority import Source, fetch_standing, obtain
from evidence.digest import digest_bytes
from evidence.errors import EvidenceError, Unavailable
from evidence.proof import RevocationKind

TIMEOUT = 10.0
"""Seconds that an authority has for one answer."""
ROUND = 20
LISTS_KEPT = 600.0
"""Seconds for which certificate lists are used again; authorities make new ones every few hours."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Kept:
    """What is used again for a while: the surroundings of one authority, since when (monotonic seconds)."""

    around: pades.Surroundings
    since: float


@dataclass
class Sealer:
    """Seals what waits. Keeps certificate lists for a while; one thread uses it."""

    _kept: dict[str, _Kept] = field(default_factory=dict)

    def seal_waiting(self, services: Services) -> int:
        """Seal papers that are still to come; the number made. SealError or Unavailable when one could not be.

        Without a key or without an authority nothing happens: the paper is then handed out without a seal.
        """
        place = pades.find_key(services.settings.secrets_dir, services.settings.seal_uri)
        if place is None or not services.network.asked:
            return 0
        with services.reading() as work:
            waiting = _waiting(work)
        if not waiting:
            return 0
        made, trouble = 0, None
        with pades.opened(place) as key:
            if key.trial and not services.settings.demo:
                raise Unavailable("the organisation's seal is for trials only, set DEMO=1")
            for settlement_id, paper in waiting:
                try:
                    made += self._seal(services, key, settlement_id, paper)
                except (pades.SealError, EvidenceError) as error:
                    log.warning("the paper of settlement %s is not sealed: %s", settlement_id, error)
                    trouble = error
        if trouble is not None:
            raise Unavailable("papers wait for the organisation's seal") from trouble
        return made

    def _seal(
        self, services: Services, key: pades.SealKey, settlement_id: int, paper: AgreementPaper
    ) -> bool:
        pdf, trouble = agreement_pdf.render(paper), None
        for authority, url in services.network.asked.values():
            try:
                sealed, found = self.sealed(Source(url, TIMEOUT), authority, key, pdf, paper)
            except EvidenceError as error:
                trouble = error
                continue
            return _keep(services, settlement_id, sealed, found, authority, key)
        raise trouble or Unavailable("no timestamp authority")

    def sealed(
        self, source: Source, authority: Authority, key: pades.SealKey, pdf: bytes, paper: AgreementPaper
    ) -> tuple[bytes, pades.SealFound]:
        """The PDF sealed with a token of one authority, and what a check of it found.

        Where the authority changed its certificate since the lists were fetched, they are fetched once more.
        """

        def stamp(imprint: bytes) -> bytes:
            return obtain(source, imprint, authority.trusted, authority.policy)[0].token

        def attempt() -> tuple[bytes, pades.SealFound]:
            around = self._around(source, authority, key)
            made = pades.seal_pdf(pdf, key, stamp, around, f"{paper.title} {paper.number}")
            return made, pades.check_pdf(made, around)

        again = source.url in self._kept
        try:
            return attempt()
        except pades.SealError:
            if not again:
                raise
        del self._kept[source.url]
        return attempt()

    def _around(self, source: Source, authority: Authority, key: pades.SealKey) -> pades.Surroundings:
        kept = self._kept.get(source.url)
        if kept is None or time.monotonic() - kept.since > LISTS_KEPT:
            sample, found = obtain(source, bytes(32), authority.trusted, authority.policy)
            claims = [
                *fetch_standing(source, key.certificates, found.gen_time),
                *fetch_standing(source, found.chain, found.gen_time),
            ]
            around = pades.Surroundings(
                roots=[key.chain[-1], *_anchors(authority)],
                lists=[claim.value for claim in claims if claim.kind is RevocationKind.CRL],
                responses=[claim.value for claim in claims if claim.kind is RevocationKind.OCSP],
                sample=sample.token,
            )
            kept = self._kept[source.url] = _Kept(around, time.monotonic())
        return kept.around


def _waiting(work: Work) -> list[tuple[int, AgreementPaper]]:
    """Agreements that are on chain and have no sealed paper, the oldest first."""
    made = select(SealedPaper.id).where(SealedPaper.settlement_id == Settlement.id)
    query = (
        select(Settlement)
        .where(Settlement.state.in_((SettlementState.SEALED, SettlementState.SUPERSEDED)), ~made.exists())
        .order_by(Settlement.id)
        .limit(ROUND)
    )
    return [(one.id, agreement_papers.paper_of(work, one)) for one in work.session.scalars(query)]


def _anchors(authority: Authority) -> list[asn1_x509.Certificate]:
    return [asn1_x509.Certificate.load(pem.unarmor(one.anchor.encode())[2]) for one in authority.trusted]


def _keep(
    services: Services,
    settlement_id: int,
    sealed: bytes,
    found: pades.SealFound,
    authority: Authority,
    key: pades.SealKey,
) -> bool:
    """Store a paper that was checked; False where another worker was faster: its paper stays."""
    digest = digest_bytes(sealed)
    with services.work() as work:
        settlement = work.session.get_one(Settlement, settlement_id)
        if sealed_papers.of(work, settlement) is not None:
            return False
        work.session.add(
            SealedPaper(
                settlement_id=settlement_id,
                pdf=sealed,
                sha256=digest.sha256.hex(),
                sm3=digest.sm3.hex(),
                seal_name=found.name,
                seal_serial=f"{found.serial:x}",
                trial=key.trial,
                stamped_by=authority.name,
                stamped_at=found.stamped_at,
                made_at=work.now(),
            )
        )
        audit.record(
            work,
            SYSTEM,
            "seal_paper",
            settlement.case,
            version=settlement.version,
            sha256=digest.sha256.hex(),
        )
    return True
