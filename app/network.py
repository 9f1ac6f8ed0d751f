"""Who stands around this installation: the chain's nodes, the timestamp authorities and the outside witnesses.
Not here: whom a verifier believes (that is the trust root) and how any of them is asked (see the services)."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from socket import inet_aton
from urllib.parse import urlsplit

from evidence.errors import MalformedInput, UnknownVersion
from evidence.records import WITNESS_WORDS, Office
from evidence.strict import Fields, load_json
from evidence.trust import TimestampAuthority, TrustedWitness, check_pem

FORMAT = "hezheng-network/1"
MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class ChainNode:
    """A node of the chain, by whom it is run, and in whose interest: judges are shown these words.

    role: ``validator`` (makes blocks) or ``observer``; interest: how its operator stands to the platform.
    """

    name: str
    operator: str
    role: str
    interest: str


@dataclass(frozen=True)
class Authority:
    """A timestamp authority (RFC 3161) that is asked for a token over every batch.

    url: None for one that is not asked any more; its tokens stay believed. policy: OID that is asked for and demanded,
    None: whatever the authority uses; anchors: PEM certificates that its tokens must lead to; trial: runs on this
    machine, says nothing about time to anybody outside.
    """

    name: str
    url: str | None
    policy: str | None
    anchors: tuple[str, ...]
    trial: bool

    @property
    def trusted(self) -> tuple[TimestampAuthority, ...]:
        """The authority as it stands in a trust root, one entry for each anchor."""
        policies = (self.policy,) if self.policy else ()
        return tuple(TimestampAuthority(self.name, anchor, policies) for anchor in self.anchors)


@dataclass(frozen=True)
class OutsideWitness:
    """A body that co-signs heads. Times are unix seconds, the end not included; interest: as with a node.

    trial: run by the platform itself, to show the flow.
    """

    name: str
    office: Office
    signer: bytes
    valid_from: int
    valid_until: int
    interest: str
    trial: bool = False


@dataclass(frozen=True)
class Network:
    """Everybody outside, as the operator states it. Empty: a single machine that nobody else watches."""

    nodes: tuple[ChainNode, ...] = ()
    authorities: tuple[Authority, ...] = ()
    witnesses: tuple[OutsideWitness, ...] = ()

    @property
    def trusted_authorities(self) -> tuple[TimestampAuthority, ...]:
        """The authorities as they stand in this installation's trust root, one entry for each anchor."""
        return tuple(entry for one in self.authorities for entry in one.trusted)

    @property
    def asked(self) -> dict[str, tuple[Authority, str]]:
        """The authorities that are asked, with their addresses, by name, in the order of the file."""
        return {one.name: (one, one.url) for one in self.authorities if one.url is not None}

    @property
    def trusted_witnesses(self) -> tuple[TrustedWitness, ...]:
        """The witnesses as they stand in this installation's trust root."""
        return tuple(
            TrustedWitness(one.name, one.office, one.signer, one.valid_from, one.valid_until)
            for one in self.witnesses
        )


def read_network(path: Path) -> Network:
    """The network file; an empty network when there is none. MalformedInput names the place of what is wrong."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Network()
    return parse_network(data)


def parse_network(data: bytes | str) -> Network:
    """Read a network file strictly. Raises MalformedInput or UnknownVersion, naming the place."""
    fields = Fields(load_json(data, where="network", max_bytes=MAX_BYTES), "network")
    if (version := fields.text("format")) != FORMAT:
        raise UnknownVersion(f"format {version[:40]!r} is not {FORMAT}", where="network.format")
    network = Network(
        nodes=tuple(_node(one) for one in _entries(fields, "nodes", 64)),
        authorities=tuple(_authority(one) for one in _entries(fields, "timestamp_authorities", 16)),
        witnesses=tuple(_witness(one) for one in _entries(fields, "witnesses", 64)),
    )
    fields.done()
    names = [one.name for one in network.authorities]
    if len(names) != len(set(names)):
        raise MalformedInput("two authorities of one name", where="network.timestamp_authorities")
    return network


def _entries(fields: Fields, key: str, most: int) -> list[Fields]:
    listed = fields.array(key, max_items=most)
    return [Fields(value, f"{fields.path(key)}[{number}]") for number, value in enumerate(listed)]


def _node(fields: Fields) -> ChainNode:
    node = ChainNode(
        name=fields.text("name", max_length=200, min_length=1),
        operator=fields.text("operator", max_length=200, min_length=1),
        role=_one_of(fields, "role", ("validator", "observer")),
        interest=fields.text("interest", max_length=1_000, min_length=1),
    )
    fields.done()
    return node


def _authority(fields: Fields) -> Authority:
    policy = fields.take("policy")
    anchors = fields.array("anchors", max_items=8)
    if not anchors:
        raise MalformedInput("no certificate", where=fields.path("anchors"))
    if policy is not None and not isinstance(policy, str):
        raise MalformedInput("not an object identifier", where=fields.path("policy"))
    authority = Authority(
        name=fields.text("name", max_length=200, min_length=1),
        url=fields.optional_text("url", max_length=300),
        policy=policy,
        anchors=tuple(check_pem(one, f"{fields.path('anchors')}[{n}]") for n, one in enumerate(anchors)),
        trial=fields.boolean("trial"),
    )
    fields.done()
    if authority.url is not None and not authority.url.startswith(("http://", "https://")):
        raise MalformedInput("begins with neither http:// nor https://", where=fields.path("url"))
    return authority


def _witness(fields: Fields) -> OutsideWitness:
    witness = OutsideWitness(
        name=fields.text("name", max_length=200, min_length=1),
        office=WITNESS_WORDS[_one_of(fields, "office", tuple(WITNESS_WORDS))],
        signer=fields.hex("signer", max_size=1_024),
        valid_from=fields.integer("valid_from"),
        valid_until=fields.integer("valid_until"),
        interest=fields.text("interest", max_length=1_000, min_length=1),
        trial=fields.boolean("trial"),
    )
    fields.done()
    if witness.valid_from >= witness.valid_until:
        raise MalformedInput("not after valid_from", where=fields.path("valid_until"))
    return witness


def _one_of(fields: Fields, key: str, allowed: tuple[str, ...]) -> str:
    text = fields.text(key, max_length=20)
    if text not in allowed:
        raise MalformedInput(f"not one of {', '.join(allowed)}", where=fields.path(key))
    return text


def is_local(url: str) -> bool:
    """Does an address lead to this machine, in any way of writing it? No name is looked up."""
    host = (urlsplit(url).hostname or "localhost").rstrip(".")
    try:
        address = ip_address(host)
    except ValueError:
        try:
            address = ip_address(inet_aton(host))  # as in 127.1 or 0x7f000001, which connections understand
        except OSError:
            return host == "localhost" or host.endswith(".localhost")
    inner = getattr(address, "ipv4_mapped", None) or address
    return inner.is_loopback or inner.is_unspecified


def trial_problems(network: Network) -> list[str]:
    """Why this network is for trials only; empty when it may serve in earnest."""
    problems = []
    if not network.asked:
        problems.append("no timestamp authority")
    if any(one.trial or (one.url is not None and is_local(one.url)) for one in network.authorities):
        problems.append("a trial timestamp authority, or one on this machine")
    if any(one.trial for one in network.witnesses):
        problems.append("a trial witness")
    return problems
