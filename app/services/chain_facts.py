"""Facts about the chain for judge and notary: contracts and their code now, the head, who stands around the chain.
Asks the node, so never inside a transaction. Not here: single batches (see ``batches``) and words."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.network import Authority, ChainNode, OutsideWitness
from app.services.context import Services
from evidence.errors import EvidenceError
from evidence.trust import TrustRoot
from evidence.verdict import CheckStatus


@dataclass(frozen=True)
class ContractCode:
    """A contract of the trust root. found: hash of the code that the node has there now; None: not asked."""

    role: str
    """evidence_ledger, settlement_ledger, officials, passkey_verifier or device_verifier."""
    address: str
    expected: str | None
    found: str | None

    @property
    def status(self) -> CheckStatus:
        """Whether the node's code is the trusted one; open where either is not known."""
        if self.expected is None or self.found is None:
            return CheckStatus.UNDETERMINED
        return CheckStatus.PASSED if self.expected == self.found else CheckStatus.FAILED


@dataclass(frozen=True)
class ChainFacts:
    """What the node says now, beside what the trust root and the network file say.

    node_chain_id, head_number and head are None while the node is away.
    """

    chain_id: int
    node_chain_id: int | None
    head_number: int | None
    head: bytes | None
    contracts: tuple[ContractCode, ...]
    nodes: tuple[ChainNode, ...]
    authorities: tuple[Authority, ...]
    witnesses: tuple[OutsideWitness, ...]

    @property
    def evidence_contract(self) -> ContractCode:
        """The contract that batches are recorded in."""
        return self.contracts[0]

    @property
    def validators(self) -> tuple[ChainNode, ...]:
        """The nodes that make blocks."""
        return tuple(node for node in self.nodes if node.role == "validator")

    @property
    def block_makers(self) -> tuple[str, ...]:
        """Who runs nodes that make blocks, each named once."""
        return tuple(dict.fromkeys(node.operator for node in self.validators))

    @property
    def trial(self) -> bool:
        """Whether a part that is for trials only is in use."""
        return any(one.trial for one in (*self.authorities, *self.witnesses))


_ROLES = ("evidence_ledger", "settlement_ledger", "officials", "passkey_verifier", "device_verifier")


def look(services: Services) -> ChainFacts:
    """The facts as they are now; a node that is away leaves its part open."""
    trust, network = services.trust, services.network
    chain_id: int | None = None
    codes: Mapping[str, str] = {}
    number: int | None = None
    head: bytes | None = None
    try:
        identity = services.ledger.identity()
        chain_id, codes = identity.chain_id, identity.code_hashes
        number, head = services.ledger.head()
    except EvidenceError:
        number = head = None
    return ChainFacts(
        chain_id=trust.chain_id,
        node_chain_id=chain_id,
        head_number=number,
        head=head,
        contracts=_contracts(trust, codes),
        nodes=network.nodes,
        authorities=network.authorities,
        witnesses=network.witnesses,
    )


def _contracts(trust: TrustRoot, codes: Mapping[str, str]) -> tuple[ContractCode, ...]:
    addresses = [(role, str(getattr(trust, role))) for role in _ROLES]
    return tuple(
        ContractCode(role, address, trust.code_hashes.get(address), codes.get(address))
        for role, address in addresses
        if role == "evidence_ledger" or address in trust.code_hashes
    )
