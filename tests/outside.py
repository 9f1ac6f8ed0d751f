"""An installation with somebody around it: nodes, two timestamp authorities, three witnesses, and what they give a batch.
Not here: expectations. Rows are written as the collecting services write them."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from app.models.exhibits import Batch, TimestampToken, WitnessSignature
from app.network import Authority, ChainNode, Network, OutsideWitness
from app.services.context import Services
from evidence.proof import Stamp, renewal_imprint
from evidence.records import WITNESS_WORDS
from evidence.typed_data import Witness
from scripts.vector_keys import POLICY, FixedAuthority
from tests.signers import DeviceKey, Wallet

NEAR = FixedAuthority("Beijing Trial Time Authority")
FAR = FixedAuthority("Second Time Authority", days=120)
"""Its signer's certificate ends on 2026-05-01: tokens of it lapse soon."""
FOREVER = 4_102_444_800
OWN_NODE = ChainNode("node-1", "平台运营方", "validator", "接收证据并运营网站")
OTHER_NODE = ChainNode("", "某大学", "validator", "与各方无利害关系")


@dataclass(frozen=True)
class Outside:
    """The services with their surroundings, and the witnesses' keys by the word of their office."""

    services: Services
    keys: dict[str, Wallet | DeviceKey]

    def batch(self, number: int = 1, seconds: int = 5) -> None:
        """Tokens ``seconds`` after the block (renewed nowhere), co-signatures of all witnesses, and the state's proof."""
        ledger = self.services.ledger
        with self.services.work() as work:
            batch = work.session.get_one(Batch, number)
            assert batch.block_time is not None
            claim = ledger.state_proof(batch.head, batch.block_number)
            batch.state_proof = claim.as_json() if claim is not None else None
            for place, authority in enumerate((NEAR, FAR)):
                moment = batch.block_time + timedelta(seconds=seconds + place)
                work.session.add(
                    token_row(
                        batch,
                        authority,
                        authority.stamp(batch.head, moment),
                        moment,
                        0,
                        trust_until(authority),
                    )
                )
            for word, key in self.keys.items():
                work.session.add(self._signature(batch, key))
                assert word in WITNESS_WORDS

    def renew(self, number: int, moment: datetime) -> None:
        """The far authority's line is renewed by the near one."""
        with self.services.work() as work:
            batch = work.session.get_one(Batch, number)
            row = next(one for one in batch.tokens if one.line == FAR.name)
            first = Stamp(FAR.name, row.token or b"", revocations=FAR.lists(row.generated_at))
            stamp = NEAR.stamp(renewal_imprint(batch.head, first), moment)
            work.session.add(token_row(batch, NEAR, stamp, moment, 1, trust_until(NEAR), FAR.name))

    def _signature(self, batch: Batch, key: Wallet | DeviceKey) -> WitnessSignature:
        block_hash = bytes.fromhex((batch.block_hash or "")[2:])
        message = Witness(batch.number, batch.head, batch.block_number or 0, block_hash)
        return WitnessSignature(
            batch_number=batch.number,
            signer=key.name,
            signature=key.sign(message.digest(self.services.trust.evidence_domain)),
            block_hash=batch.block_hash,
            transaction_hash="0x" + "ab" * 32,
            recorded_block=(batch.block_number or 0) + 1,
            recorded_time=batch.block_time + timedelta(seconds=2),
        )


def trust_until(authority: FixedAuthority) -> datetime:
    """When a line of this authority lapses: the end of its signer's certificate."""
    return authority.shape.first_day + timedelta(days=authority.shape.days)


def token_row(
    batch: Batch,
    authority: FixedAuthority,
    stamp: Stamp,
    moment: datetime,
    generation: int,
    lapses_at: datetime,
    line: str | None = None,
) -> TimestampToken:
    """A token that has arrived, as it is kept."""
    return TimestampToken(
        batch_number=batch.number,
        line=line or authority.name,
        generation=generation,
        authority_url="https://tsa.example/",
        token=stamp.token,
        generated_at=moment,
        authority=authority.name,
        serial="2a",
        policy=POLICY,
        accuracy_ms=1_000,
        certificates=[],
        revocations=[
            {"kind": one.kind.value, "value": base64.b64encode(one.value).decode()}
            for one in stamp.revocations
        ],
        revocation_complete=True,
        lapses_at=lapses_at,
        attempts=1,
        next_attempt_at=datetime(2026, 3, 2, tzinfo=UTC),
    )


def surround(services: Services, nodes: int = 1) -> Outside:
    """The same services, watched from outside. nodes: how many parties run a node that makes blocks."""
    keys: dict[str, Wallet | DeviceKey] = {word: Wallet() for word in ("court", "notary", "association")}
    names = {"court": "某法院", "notary": "某公证处", "association": "某知识产权协会"}
    network = Network(
        nodes=(OWN_NODE, *(replace(OTHER_NODE, name=f"node-{n}") for n in range(2, nodes + 1))),
        authorities=tuple(
            Authority(one.name, "https://tsa.example/", None, (one.anchor,), one is NEAR)
            for one in (NEAR, FAR)
        ),
        witnesses=tuple(
            OutsideWitness(
                names[word], WITNESS_WORDS[word], key.name, 0, FOREVER, "与平台没有投资或者雇佣关系"
            )
            for word, key in keys.items()
        ),
    )
    trust = replace(
        services.trust,
        timestamp_authorities=network.trusted_authorities,
        witnesses=network.trusted_witnesses,
    )
    return Outside(replace(services, network=network, trust=trust), keys)
