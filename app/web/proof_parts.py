"""What templates need to show a proof that was checked: the answers in words, the drawing, what is left to believe.
Puts together only; the parts are in ``verdicts``, ``proof_drawing`` and ``belief``."""

from typing import Any

from app.services.verification import Examined
from app.web.belief import believed
from app.web.proof_drawing import draw
from app.web.verdicts import present
from evidence.trust import TrustRoot


def proof_parts(examined: Examined | None, trust: TrustRoot) -> dict[str, Any]:
    """``verdict``, ``drawing`` and ``believed`` for a template; all None while there is no proof yet."""
    if examined is None:
        return {"verdict": None, "drawing": None, "believed": None}
    return {
        "verdict": present(examined.verdict),
        "drawing": draw(examined.verdict, examined.proof, trust),
        "believed": believed(examined.verdict, examined.proof),
    }
