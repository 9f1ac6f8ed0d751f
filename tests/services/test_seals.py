"""The organisation's seal on agreements' papers, with a real timestamp authority and other tools as second readers.
Not here: the paper's content (tests/web/test_agreement_pages)."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pkcs11
import pytest
from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pkcs11.util.x509 import decode_x509_certificate
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm

from app.documents import pades
from app.domain.lifecycle import SettlementState
from app.factory import create_app
from app.models.papers import SealedPaper
from app.network import Authority, Network
from app.services import confirmations, court, sealed_papers
from app.services.context import Services
from app.services.seals import Sealer
from evidence.digest import digest_bytes
from evidence.errors import Unavailable
from scripts.trial_seal import SEAL_NAME, ensure_seal
from scripts.trial_tsa import CA_FILE, create_authority, make_server
from tests import deals
from tests.authorities import served
from tests.builders import Table
from tests.deals import Deal

SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Authority, Path]]:
    """The trial authority, answering, and a folder with the seal that it issued."""
    folder = tmp_path_factory.mktemp("authority")
    (folder / "secrets").mkdir()
    create_authority(folder / "tsa")
    with served(make_server(folder / "tsa", 0)) as url:
        ensure_seal(folder / "tsa", folder / "secrets", url)
        yield (
            Authority("试用", url, None, ((folder / "tsa" / CA_FILE).read_text(),), True),
            folder / "secrets",
        )


@pytest.fixture
def sealing(services: Services, authority: tuple[Authority, Path]) -> Services:
    """The services with a seal and somebody who stamps."""
    secrets = replace(services.settings, secrets_dir=authority[1])
    return replace(services, settings=secrets, network=Network(authorities=(authority[0],)))


@pytest.fixture
def deal(sealing: Services, table: Table) -> Deal:
    """An agreement that is signed, sealed by the mediator and on chain."""
    return deals.make_deal(sealing, table).sealed()


def kept(services: Services, deal: Deal) -> bytes | None:
    """The sealed paper, if it is made."""
    with services.reading() as work:
        found = sealed_papers.of(work, deal.current(work))
        return found.pdf if found else None


def around(services: Services, key: pades.SealKey) -> pades.Surroundings:
    """What an outsider checks with: the roots alone; all else has to be in the PDF."""
    (authority,) = services.network.authorities
    anchors = [asn1_x509.Certificate.load(pem.unarmor(one.encode())[2]) for one in authority.anchors]
    return pades.Surroundings([key.chain[-1], *anchors])


def reads(*command: str | Path) -> str:
    """What a second tool says of a file."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_other_tools_find_the_seal_valid_and_over_the_whole_document(sealing, deal, tmp_path):
    assert Sealer().seal_waiting(sealing) == 1
    (tmp_path / "a.pdf").write_bytes(kept(sealing, deal))
    told = reads("pdfsig", tmp_path / "a.pdf")
    assert "Signature is Valid" in told
    assert "Total document signed" in told
    assert "ETSI.CAdES.detached" in told
    assert SEAL_NAME in told
    assert "No syntax or stream encoding errors" in reads("qpdf", "--check", tmp_path / "a.pdf")


def test_everything_to_check_it_later_is_inside(sealing, deal):
    """B-LT: certificates, lists and token; the roots alone come from outside."""
    Sealer().seal_waiting(sealing)
    pdf = kept(sealing, deal)
    store = PdfFileReader(BytesIO(pdf)).root["/DSS"]
    assert len(store["/CRLs"]) >= 2
    assert len(store["/Certs"]) >= 3
    (signature,) = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
    assert signature.docmdp_level is MDPPerm.NO_CHANGES
    with pades.opened(pades.find_key(sealing.settings.secrets_dir, None)) as key:
        lists = [one.get_object().data for one in store["/CRLs"]]
        trusted = replace(around(sealing, key), lists=lists)
        assert pades.check_pdf(pdf, trusted).name == SEAL_NAME
        others = replace(trusted, roots=[])
        with pytest.raises(pades.SealError):
            pades.check_pdf(pdf, others)


def test_a_paper_is_sealed_once_and_never_again(sealing, deal):
    sealer = Sealer()
    assert (sealer.seal_waiting(sealing), sealer.seal_waiting(sealing)) == (1, 0)
    first = kept(sealing, deal)
    with sealing.work() as work:
        work.session.query(SealedPaper).one().settlement.state = SettlementState.SUPERSEDED
    assert sealer.seal_waiting(sealing) == 0
    assert kept(sealing, deal) == first


def test_without_an_authority_the_paper_waits_and_comes_later(sealing, deal, caplog):
    (authority,) = sealing.network.authorities
    away = replace(sealing, network=Network(authorities=(replace(authority, url="http://127.0.0.1:9/"),)))
    with pytest.raises(Unavailable):
        Sealer().seal_waiting(away)
    assert kept(sealing, deal) is None
    assert Sealer().seal_waiting(sealing) == 1


def test_the_page_hands_out_the_same_bytes_for_ever_and_says_whose_seal_it_is(sealing, deal):
    address = f"/cases/{deal.number}/settlement"
    client = create_app(sealing).test_client()
    with client.session_transaction() as session:
        session["login"] = deal.table.claimant.token
    assert "尚未加盖" in client.get(address).text
    plain = client.get(f"{address}/versions/1/pdf").data
    Sealer().seal_waiting(sealing)
    page = client.get(address).text
    assert "已加盖" in page
    assert "试用印章，不具法律效力" in page
    sealed = client.get(f"{address}/versions/1/pdf").data
    assert sealed == kept(sealing, deal) == client.get(f"{address}/versions/1/pdf").data
    assert sealed.startswith(plain[: len(plain) - 32])
    package = ZipFile(BytesIO(client.get(f"/cases/{deal.number}/package.zip").data))
    (name,) = (one for one in package.namelist() if one.endswith("agreement.pdf"))
    assert package.read(name) == sealed


def test_production_refuses_a_trial_seal(sealing, deal):
    production = replace(sealing, settings=replace(sealing.settings, demo=False))
    with pytest.raises(Unavailable, match="trial"):
        Sealer().seal_waiting(production)
    assert kept(sealing, deal) is None


def test_no_changed_byte_passes(sealing, deal):
    Sealer().seal_waiting(sealing)
    pdf = kept(sealing, deal)
    (signature,) = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
    lists = [one.get_object().data for one in PdfFileReader(BytesIO(pdf)).root["/DSS"]["/CRLs"]]
    start, length, after, _rest = (int(one) for one in signature.byte_range)
    padding = start + length + 1 + 2 * len(bytes(signature.pkcs7_content).rstrip(b"\0"))
    with pades.opened(pades.find_key(sealing.settings.secrets_dir, None)) as key:
        trusted = replace(around(sealing, key), lists=lists)
    whole = pades.check_pdf(pdf, trusted)

    @settings(max_examples=60, deadline=None)
    @given(st.integers(0, len(pdf) - 1), st.integers(0, 7))
    @example(padding + 8, 0)
    @example(after - 3, 5)
    def changed(at: int, bit: int) -> None:
        other = bytearray(pdf)
        other[at] ^= 1 << bit
        try:
            found = pades.check_pdf(bytes(other), trusted)
        except pades.SealError:
            return
        # only certificates that the token carries and the PDF holds once more can change without harm
        assert start + length < at < padding
        assert found == whole

    changed()
    for cut in (pdf[:-200], pdf[:100], b"", pdf + b"%% more"):
        with pytest.raises(pades.SealError):
            pades.check_pdf(cut, trusted)


@pytest.mark.databases("sqlite")  # the token's library reads its settings once in a process
def test_a_seal_in_a_token_signs_too(sealing, deal, tmp_path, monkeypatch):
    """SoftHSM2 as the PKCS #11 token: the key is made there from the file and leaves it no more."""
    secrets = sealing.settings.secrets_dir
    password = (secrets / pades.PASSWORD_FILE).read_text().strip().encode()
    held = pkcs12.load_pkcs12((secrets / pades.KEY_FILE).read_bytes(), password)
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path / 'tokens'}\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    put_into_token(held, tmp_path)
    own = tmp_path / "own"
    own.mkdir()
    (own / pades.PIN_FILE).write_text("246810\n")
    chain = [one.certificate.public_bytes(Encoding.PEM) for one in held.additional_certs]
    (own / pades.CHAIN_FILE).write_bytes(b"".join(chain))
    uri = f"pkcs11:token=hezheng;object=seal?module-path={SOFTHSM}"
    in_token = replace(sealing, settings=replace(sealing.settings, secrets_dir=own, seal_uri=uri))
    (own / pades.PIN_FILE).write_text("wrong\n")
    with pytest.raises(pades.SealError, match="Pin"):
        Sealer().seal_waiting(in_token)
    (own / pades.PIN_FILE).write_text("246810\n")
    assert Sealer().seal_waiting(in_token) == 1
    (tmp_path / "a.pdf").write_bytes(kept(sealing, deal))
    assert "Signature is Valid" in reads("pdfsig", tmp_path / "a.pdf")


def put_into_token(held: pkcs12.PKCS12KeyAndCertificates, folder: Path) -> None:
    """A fresh token with the key and its certificate, both named seal."""
    key = held.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(key)
    pins = ("--pin", "246810", "--so-pin", "135790")
    reads("softhsm2-util", "--init-token", "--free", "--label", "hezheng", *pins)
    reads(
        *("softhsm2-util", "--import", folder / "key.pem", "--token", "hezheng"),
        *("--label", "seal", "--id", "A1", "--pin", "246810"),
    )
    token = pkcs11.lib(SOFTHSM).get_token(token_label="hezheng")
    with token.open(rw=True, user_pin="246810") as session:
        attributes = decode_x509_certificate(held.cert.certificate.public_bytes(Encoding.DER))
        more = {pkcs11.Attribute.TOKEN: True, pkcs11.Attribute.LABEL: "seal", pkcs11.Attribute.ID: b"\xa1"}
        session.create_object(attributes | more)


def test_a_key_that_cannot_be_opened_is_said_by_name(tmp_path):
    with pytest.raises(pades.SealError, match=r"seal\.password"), pades.opened(pades.KeyPlace(tmp_path)):
        pass
    with (
        pytest.raises(pades.SealError, match="module-path"),
        pades.opened(pades.KeyPlace(tmp_path, "pkcs11:token=x")),
    ):
        pass
    assert pades.find_key(tmp_path, None) is None


def test_the_court_knows_the_sealed_pdf_and_no_changed_one(sealing, deal):
    Sealer().seal_waiting(sealing)
    pdf, judge, code = kept(sealing, deal), deal.judge(), deal.filed()
    with sealing.work() as work:
        confirmations.open_file(work, judge.actor, deal.number, code)
    found = court.match(sealing, judge.actor, deal.number, digest_bytes(pdf), "a.pdf")
    assert (found.paper, found.version) == (True, 1)
    changed = court.match(sealing, judge.actor, deal.number, digest_bytes(pdf + b" "), "a.pdf")
    assert isinstance(changed, court.Mismatch)


def test_the_paper_says_how_each_signer_was_identified(sealing, deal, tmp_path):
    Sealer().seal_waiting(sealing)
    (tmp_path / "a.pdf").write_bytes(kept(sealing, deal))
    told = reads("pdftotext", "-layout", tmp_path / "a.pdf", "-")
    assert told.count("身份核验：验证码登录") == 2
