"""What templates need to show a proof that was checked: the answers in words, the drawing, what is left to believe.
Puts together only; the parts are in ``verdicts``, ``proof_drawing`` and ``belief``."""

from typing import Any

from app.network import Network
from app.services.context import Services
from app.services.verification import Examined
from app.web.belief import believed
from app.web.proof_drawing import Surroundings, draw
from app.web.verdicts import present


def proof_parts(examined: Examined | None, services: Services) -> dict[str, Any]:
    """``verdict``, ``drawing`` and ``believed`` for a template; all None while there is no proof yet."""
    if examined is None:
        return {"verdict": None, "drawing": None, "believed": None}
    return {
        "verdict": present(examined.verdict),
        "drawing": draw(examined.verdict, examined.proof, services.trust, _around(services.network)),
        "believed": believed(examined.verdict, examined.proof),
    }


def _around(network: Network) -> Surroundings:
    return Surroundings(
        trial=frozenset(one.name for one in (*network.authorities, *network.witnesses) if one.trial),
        interests={one.signer: one.interest for one in network.witnesses},
    )
