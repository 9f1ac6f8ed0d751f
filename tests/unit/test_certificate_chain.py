"""The certificate's table of witnesses says what the checks found, not what the trust root's list alone would say.
Not here: the rule itself (tests/unit/evidence/test_verify.py)."""

from dataclasses import replace
from types import SimpleNamespace

from app.web.certificate_chain import witnesses
from evidence.verify import Verifier
from tests.unit.evidence.test_mutations import DIGEST, PRESENT, PROOF, WORLD


def told(trust) -> list[list[str]]:
    verdict = Verifier(trust, at=PRESENT).verify(DIGEST, PROOF)
    network = SimpleNamespace(witnesses=())
    return witnesses(SimpleNamespace(proof=PROOF, trust=trust, verdict=verdict, network=network))


def test_a_witness_is_named_by_the_trust_root_only_for_its_term() -> None:
    trust = WORLD.naming()
    named = [line for line in told(trust) if line[3] == "信任根列名"]
    assert named and all(line[0] and line[1] != "—" for line in named)
    block_time = PROOF.anchor.block_time
    short = replace(
        trust, witnesses=tuple(replace(one, valid_until=block_time + 1) for one in trust.witnesses)
    )
    assert short.witness(PROOF.witnesses[0].signer, block_time) is not None
    assert all(line[1] == "—" and "任期不含本批次的时间" in line[3] for line in told(short))
    assert all("不在信任根中" in line[3] for line in told(replace(trust, witnesses=())))
