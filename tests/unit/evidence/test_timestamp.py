"""RFC 3161 tokens: what holds and what does not, by the kernel and by OpenSSL, and what no bytes can do to either.
Not here: asking for them (see test_authority.py), revocation and renewals (see test_revocation.py)."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rfc3161_client import VerifierBuilder, decode_timestamp_response

from evidence.authority import TimestampRequest, fetch_token, token_of_reply
from evidence.errors import MalformedInput, Tampered
from evidence.lifetimes import LIFETIMES, relied_on_until
from evidence.timestamp import check_follows, check_named, verify_token
from evidence.token import MAX_TOKEN
from evidence.trust import TimestampAuthority
from scripts.token_maker import TokenForm
from scripts.trial_tsa import CA_FILE, POLICY, TSA_NAME, create_authority, make_server
from scripts.vector_keys import FixedAuthority
from scripts.vector_rsa import rsa_key
from tests.authorities import served

IMPRINT = secrets.token_bytes(32)
MOMENT = datetime(2026, 3, 2, 1, 30, 9, tzinfo=UTC)
FIXED = FixedAuthority("Vector Time Authority")
CHAIN = FixedAuthority("Rsa Time Authority", key=2_048, intermediate=True)


def trusting(*authorities: FixedAuthority, policies: tuple[str, ...] = ()) -> list[TimestampAuthority]:
    """What a verifier brings."""
    return [TimestampAuthority(one.name, one.anchor, policies) for one in authorities]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tsa")
    create_authority(made)
    return made


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with served(make_server(folder, 0)) as address:
        yield address


@pytest.fixture(scope="module")
def anchors(folder: Path) -> list[TimestampAuthority]:
    return [TimestampAuthority("Trial", (folder / CA_FILE).read_text())]


@pytest.fixture(scope="module")
def request_sent() -> TimestampRequest:
    return TimestampRequest.create(IMPRINT)


@pytest.fixture(scope="module")
def token(url: str, request_sent: TimestampRequest) -> bytes:
    return fetch_token(url, request_sent, 10)


def test_a_token_says_when_by_whom_and_how_exactly(
    token: bytes, request_sent: TimestampRequest, anchors: list[TimestampAuthority]
) -> None:
    stamp = verify_token(token, IMPRINT, anchors, nonce=request_sent.nonce)
    assert abs(datetime.now(UTC) - stamp.gen_time) < timedelta(minutes=1)
    assert stamp.gen_time.utcoffset() == timedelta(0) == stamp.certificate_expires.utcoffset()
    assert (stamp.accuracy, stamp.accuracy_ms, stamp.policy) == (timedelta(seconds=1), 1_000, POLICY)
    assert (stamp.authority, stamp.tsa_name) == ("Trial", TSA_NAME)
    assert stamp.serial > 0 and stamp.certificate_expires > stamp.gen_time
    assert stamp.not_later_than - stamp.gen_time == timedelta(seconds=1)
    assert len(stamp.chain) == 3


def test_an_accuracy_is_added_to_the_time() -> None:
    stated = {"seconds": 1, "millis": 500, "micros": 250}
    stamp = verify_token(FIXED.token(IMPRINT, MOMENT, accuracy=stated), IMPRINT, trusting(FIXED))
    assert stamp.not_later_than == MOMENT + timedelta(microseconds=1_500_250)
    assert stamp.accuracy_ms == 1_501, "rounded up: never earlier than it says"
    bare = verify_token(FIXED.token(IMPRINT, MOMENT, accuracy=None), IMPRINT, trusting(FIXED))
    assert (bare.accuracy, bare.accuracy_ms, bare.not_later_than) == (None, None, MOMENT)


@pytest.mark.parametrize("stated", [{"millis": 1_000}, {"seconds": -1}, {"seconds": 10**13}, {"micros": -5}])
def test_an_accuracy_out_of_bounds_is_malformed(stated: dict[str, int]) -> None:
    with pytest.raises(MalformedInput):
        verify_token(FIXED.token(IMPRINT, MOMENT, accuracy=stated), IMPRINT, trusting(FIXED))


def openssl_verifies(
    token: bytes,
    imprint: bytes,
    anchor: str,
    folder: Path,
    untrusted: tuple[bytes, ...] = (),
    at: datetime = MOMENT,
) -> bool:
    """The command of docs/proof-format.md §8."""
    (folder / "token.der").write_bytes(token)
    (folder / "anchors.pem").write_text(anchor)
    pem = [x509.load_der_x509_certificate(one).public_bytes(Encoding.PEM) for one in untrusted]
    (folder / "certificates.pem").write_bytes(b"".join(pem))
    command = ["openssl", "ts", "-verify", "-digest", imprint.hex(), "-in", "token.der", "-token_in"]
    command += ["-CAfile", "anchors.pem", "-attime", str(int(at.timestamp()))]
    command += ["-untrusted", "certificates.pem"] if untrusted else []
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return done.returncode == 0 and b"Verification: OK" in done.stdout


def test_openssl_agrees(token: bytes, anchors: list[TimestampAuthority], tmp_path: Path) -> None:
    anchor, now = anchors[0].anchor, datetime.now(UTC)
    assert openssl_verifies(token, IMPRINT, anchor, tmp_path, at=now)
    assert not openssl_verifies(token, secrets.token_bytes(32), anchor, tmp_path, at=now)
    assert not openssl_verifies(token, IMPRINT, FIXED.anchor, tmp_path, at=now)


@pytest.mark.parametrize("form", [TokenForm(), TokenForm(digest="sha512"), TokenForm(identifier="v1")])
@pytest.mark.parametrize("authority", [FIXED, CHAIN, FixedAuthority("Large", key=3_072)])
def test_openssl_agrees_on_good_tokens(authority: FixedAuthority, form: TokenForm, tmp_path: Path) -> None:
    made = authority.token(IMPRINT, MOMENT, form=form)
    assert verify_token(made, IMPRINT, trusting(authority)).gen_time == MOMENT
    assert openssl_verifies(made, IMPRINT, authority.anchor, tmp_path)
    assert not openssl_verifies(made, IMPRINT, authority.anchor, tmp_path, at=MOMENT + timedelta(days=9_000))


@pytest.mark.parametrize("authority", [FIXED, CHAIN])
def test_a_third_reader_agrees(authority: FixedAuthority) -> None:
    made = authority.token(IMPRINT, MOMENT, nonce=7)
    inner = b"\x30\x03\x02\x01\x00" + made
    response = decode_timestamp_response(b"\x30\x82" + len(inner).to_bytes(2) + inner)
    root = x509.load_pem_x509_certificate(authority.anchor.encode())
    assert VerifierBuilder(roots=[root], nonce=7).build().verify(response, IMPRINT)


def test_openssl_agrees_on_an_issuer_beside_the_token(tmp_path: Path) -> None:
    issuer = (CHAIN.chain[1].public_bytes(Encoding.DER),)
    made = CHAIN.token(IMPRINT, MOMENT, embedded=CHAIN.chain[:1])
    assert verify_token(made, IMPRINT, trusting(CHAIN), certificates=issuer).chain[1] == CHAIN.chain[1]
    assert openssl_verifies(made, IMPRINT, CHAIN.anchor, tmp_path, issuer)
    assert refused(made, trusting(CHAIN)) == "chain"
    assert not openssl_verifies(made, IMPRINT, CHAIN.anchor, tmp_path)


def openssl_reply(authority: FixedAuthority, request: TimestampRequest, folder: Path, chain: bool) -> bytes:
    """What an authority that runs `openssl ts` answers, with or without its root among the certificates."""
    leaf, key = authority.pem()
    files = {"leaf.pem": leaf, "key.pem": key, "root.pem": authority.anchor.encode(), "query": request.der}
    files |= {"serial": b"01", "ts.cnf": OPENSSL_AUTHORITY.format(folder=folder).encode()}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    command = ["openssl", "ts", "-reply", "-config", "ts.cnf", "-queryfile", "query", "-out", "reply"]
    command += ["-signer", "leaf.pem", "-inkey", "key.pem", *(["-chain", "root.pem"] if chain else [])]
    subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return (folder / "reply").read_bytes()


OPENSSL_AUTHORITY = """[tsa]
default_tsa = own
[own]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
tsa_name = yes
ess_cert_id_alg = sha256
"""


@pytest.mark.parametrize("chain", [False, True])
def test_an_authority_that_runs_openssl_is_understood(tmp_path: Path, chain: bool) -> None:
    authority, asked = FixedAuthority("Openssl Authority"), TimestampRequest.create(IMPRINT)
    made = token_of_reply(openssl_reply(authority, asked, tmp_path, chain))
    assert verify_token(made, IMPRINT, trusting(authority), nonce=asked.nonce).policy == "1.2.3.4.1"
    assert openssl_verifies(made, IMPRINT, authority.anchor, tmp_path, at=datetime.now(UTC))


def refused(
    token: bytes, anchors: list[TimestampAuthority], imprint: bytes = IMPRINT, **given: object
) -> str | None:
    """Why a token is refused."""
    with pytest.raises(Tampered) as caught:
        verify_token(token, imprint, anchors, **given)
    return caught.value.code


def test_a_token_over_something_else_is_refused(token: bytes, anchors: list[TimestampAuthority]) -> None:
    assert refused(token, anchors, secrets.token_bytes(32)) == "imprint"


def test_a_replayed_token_is_refused_by_its_nonce(
    token: bytes, anchors: list[TimestampAuthority], request_sent: TimestampRequest
) -> None:
    assert refused(token, anchors, nonce=request_sent.nonce + 1) == "nonce"
    assert refused(FIXED.token(IMPRINT, MOMENT), trusting(FIXED), nonce=1) == "nonce"


def test_policies_belong_to_their_authority() -> None:
    made, other = FIXED.token(IMPRINT, MOMENT, policy="1.2.3"), FixedAuthority("Other")
    assert refused(made, trusting(FIXED, policies=("1.2.4",))) == "policy"
    lent = [*trusting(other, policies=("1.2.3",)), *trusting(FIXED, policies=("1.2.4",))]
    assert refused(made, lent) == "policy", "another authority's policy does not help"
    assert verify_token(made, IMPRINT, trusting(FIXED, policies=("1.2.4", "1.2.3"))).policy == "1.2.3"
    twice = [*trusting(FIXED, policies=("1.2.4",)), *trusting(FIXED)]
    assert verify_token(made, IMPRINT, twice).policy == "1.2.3"


def test_a_foreign_authority_is_refused(token: bytes, anchors: list[TimestampAuthority]) -> None:
    other = trusting(FixedAuthority("Other"))
    assert refused(token, other) == "chain"
    assert refused(token, []) == "no_anchor"
    assert verify_token(token, IMPRINT, [*other, *anchors]).authority == "Trial"


def test_an_authority_of_the_same_name_is_another() -> None:
    twin = FixedAuthority("Vector Time Authority", key=2_048)
    assert refused(twin.token(IMPRINT, MOMENT), trusting(FIXED)) == "chain"


def test_an_issuer_can_be_the_anchor() -> None:
    pinned = TimestampAuthority("Pinned", CHAIN.chain[1].public_bytes(Encoding.PEM).decode())
    assert len(verify_token(CHAIN.token(IMPRINT, MOMENT), IMPRINT, [pinned]).chain) == 2


STAMPING, WEB = ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.SERVER_AUTH


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        ({"usages": (WEB,)}, "usage"),
        ({"usages": (STAMPING, WEB)}, "usage"),
        ({"usages": None}, "usage"),
        ({"critical": False}, "usage"),
        ({"days": 30}, "chain"),
        ({"first_day": MOMENT + timedelta(seconds=1)}, "chain"),
        ({"root_days": 30}, "chain"),
        ({"intermediate": True, "between_days": 30}, "chain"),
        ({"intermediate": True, "intermediate_is_authority": False}, "chain"),
        ({"key": 1_024}, "algorithm"),
    ],
)
def test_certificates_must_be_what_they_are_for(shape: dict[str, object], code: str) -> None:
    odd = FixedAuthority("Odd", **shape)
    assert refused(odd.token(IMPRINT, MOMENT), trusting(odd)) == code


def test_a_certificate_that_expired_since_does_not_matter() -> None:
    short = FixedAuthority("Short", days=62)
    assert verify_token(short.token(IMPRINT, MOMENT), IMPRINT, trusting(short)).certificate_expires.month == 3


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (TokenForm(digest="sha1"), "algorithm"),
        (TokenForm(signers=2), "envelope"),
        (TokenForm(identifier=None), "certificate"),
        (TokenForm(identified=CHAIN.signer.certificate), "certificate"),
        (TokenForm(identified=CHAIN.signer.certificate, identifier="v1"), "certificate"),
    ],
)
def test_a_token_must_be_well_made(form: TokenForm, code: str) -> None:
    assert refused(FIXED.token(IMPRINT, MOMENT, form=form), trusting(FIXED)) == code


def test_a_token_without_its_certificate_is_refused() -> None:
    bare, beside = FIXED.token(IMPRINT, MOMENT, embedded=()), FIXED.chain[0].public_bytes(Encoding.DER)
    assert refused(bare, trusting(FIXED)) == "certificate"
    assert refused(bare, trusting(FIXED), certificates=[beside]) == "certificate"


def test_an_extension_that_must_be_understood_is_refused() -> None:
    unknown = {"extn_id": "1.3.6.1.4.1.32473.1", "critical": True, "extn_value": b"\x05\x00"}
    assert refused(FIXED.token(IMPRINT, MOMENT, extensions=[unknown]), trusting(FIXED)) == "envelope"
    harmless = FIXED.token(IMPRINT, MOMENT, extensions=[{**unknown, "critical": False}])
    assert verify_token(harmless, IMPRINT, trusting(FIXED))


@pytest.mark.parametrize("algorithm", ["sha1", "sha384", "sha512"])
def test_the_imprint_is_sha256(algorithm: str) -> None:
    other = {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": IMPRINT}
    assert refused(FIXED.token(IMPRINT, MOMENT, message_imprint=other), trusting(FIXED)) == "imprint"


def test_a_heap_of_certificates_costs_nothing(token: bytes, anchors: list[TimestampAuthority]) -> None:
    heap = [one.public_bytes(Encoding.DER) for one in CHAIN.chain] * 8
    assert verify_token(token, IMPRINT, anchors, certificates=[*heap, b"junk"])
    many = FIXED.token(
        IMPRINT, MOMENT, embedded=[*FIXED.chain, *(FixedAuthority(f"{n}").chain[0] for n in range(32))]
    )
    with pytest.raises(MalformedInput, match="more than 32"):
        verify_token(many, IMPRINT, trusting(FIXED))


def test_a_token_lapses_with_its_certificates_or_its_keys() -> None:
    def lapse(authority: FixedAuthority) -> datetime:
        return verify_token(authority.token(IMPRINT, MOMENT), IMPRINT, trusting(authority)).lapses_at

    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert lapse(FIXED) == start + timedelta(days=3_000)
    assert lapse(FixedAuthority("Old issuer", intermediate=True, between_days=500)) == start + timedelta(
        days=500
    )
    assert lapse(FixedAuthority("Old root", root_days=400)) == start + timedelta(days=400)
    assert lapse(FixedAuthority("Rsa", key=2_048, days=6_000)) == datetime(
        2030, 12, 31, 23, 59, 59, tzinfo=UTC
    )
    large = lapse(FixedAuthority("Rsa", key=3_072, days=6_000))
    assert large == datetime(2035, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_keys_that_are_in_no_table_are_not_relied_on() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    assert relied_on_until(rsa_key(1_024).public_key()) is None
    assert relied_on_until(ed25519.Ed25519PrivateKey.generate().public_key()) is None
    assert relied_on_until(ec.generate_private_key(ec.SECP256K1()).public_key()) is None
    assert {one.kind for one in LIFETIMES} == {"rsa", "secp256r1", "secp384r1", "secp521r1"}


def test_a_renewal_comes_after_and_in_time() -> None:
    stamp = verify_token(FIXED.token(IMPRINT, MOMENT), IMPRINT, trusting(FIXED))
    check_follows(stamp, stamp)
    check_follows(stamp, replace(stamp, gen_time=stamp.lapses_at))
    with pytest.raises(Tampered) as early:
        check_follows(stamp, replace(stamp, gen_time=MOMENT - timedelta(seconds=1)))
    with pytest.raises(Tampered) as late:
        check_follows(stamp, replace(stamp, gen_time=stamp.lapses_at + timedelta(seconds=1)))
    assert (early.value.code, late.value.code) == ("order", "lapsed")


def test_a_proof_names_the_authority_as_its_certificate_does() -> None:
    stamp = verify_token(FIXED.token(IMPRINT, MOMENT), IMPRINT, trusting(FIXED))
    check_named(stamp, FIXED.name)
    check_named(replace(stamp, tsa_name="n" * 300), "n" * 200)
    with pytest.raises(Tampered):
        check_named(stamp, "")


def holds(token: bytes, anchors: list[TimestampAuthority]) -> bool:
    try:
        verify_token(token, IMPRINT, anchors)
    except (MalformedInput, Tampered):
        return False
    return True


def test_no_flipped_bit_survives(token: bytes, anchors: list[TimestampAuthority]) -> None:
    for der, roots, step in ((token, anchors, 11), (FIXED.token(IMPRINT, MOMENT), trusting(FIXED), 3)):
        assert holds(der, roots)
        for bit in range(0, len(der) * 8, step):
            changed = bytearray(der)
            changed[bit // 8] ^= 1 << bit % 8
            assert not holds(bytes(changed), roots), f"bit {bit}"


GOOD = FIXED.token(IMPRINT, MOMENT)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.integers(0, len(GOOD) - 1), st.binary(max_size=5), st.integers(0, 5)),
        min_size=1,
        max_size=4,
    )
)
def test_no_mutation_crashes_or_passes(cuts: list[tuple[int, bytes, int]]) -> None:
    changed = GOOD
    for place, put, taken in cuts:
        changed = changed[:place] + put + changed[place + taken :]
    assert holds(changed, trusting(FIXED)) == (changed == GOOD)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_crash(junk: bytes) -> None:
    assert not holds(junk, trusting(FIXED))
    for der in (b"\x30\x82" + len(junk).to_bytes(2) + junk, b"\x30\x80" + junk + b"\x00\x00"):
        assert not holds(der, trusting(FIXED))


def test_what_the_signature_does_not_cover_cannot_be_changed_either(
    token: bytes, anchors: list[TimestampAuthority]
) -> None:
    def edited(change: Callable[[cms.ContentInfo], None]) -> bytes:
        content = cms.ContentInfo.load(token)
        change(content["content"])
        return bytes(content.dump(force=True))

    def signature(content: cms.SignedData, name: str) -> None:
        content["signer_infos"][0]["signature_algorithm"] = {"algorithm": name}

    assert holds(edited(lambda _: None), anchors)
    assert not holds(edited(lambda c: c.__setitem__("version", "v4")), anchors)
    assert not holds(edited(lambda c: c["signer_infos"][0].__setitem__("version", "v3")), anchors)
    assert not holds(edited(lambda c: signature(c, "sha512_rsa")), anchors)
    assert not holds(edited(lambda c: signature(c, "rsassa_pss")), anchors)
    assert not holds(edited(lambda c: c.__setitem__("digest_algorithms", [{"algorithm": "md5"}])), anchors)
    assert not holds(token + b"\x00", anchors)


@pytest.mark.parametrize(
    "junk", [b"", b"\x30", b"\x30\x00", b"junk", b"\x30\x80" + bytes(40), bytes(MAX_TOKEN + 1), b"\x05\x00"]
)
def test_what_is_no_token_is_malformed(junk: bytes, anchors: list[TimestampAuthority]) -> None:
    with pytest.raises(MalformedInput):
        verify_token(junk, IMPRINT, anchors)
