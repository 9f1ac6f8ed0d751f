"""Terms of office on the chain, as the office's page asks for them."""

from dataclasses import replace

from app.domain.roles import Office
from app.services import officials
from evidence.errors import Unavailable


class _Away:
    """A node that does not answer; each question to it costs its whole patience."""

    def __init__(self) -> None:
        self.asked = 0

    def holds_office(self, _signer: bytes, _office: object, _at: int) -> bool:
        self.asked += 1
        raise Unavailable("the node is away")


def test_a_node_that_is_away_is_asked_once_for_all_keys(services):
    node = _Away()
    signers = [(bytes([n]) * 84, Office.MEDIATOR) for n in range(5)]
    found = officials.standing(replace(services, ledger=node), signers)
    assert found == dict.fromkeys(signers)
    assert node.asked == 1
