"""Signing transactions: what is installed (coincurve) beside the pure-Python curve of the same library.
Not here: signatures of people, which browsers make."""

from __future__ import annotations

from benchmarks.measure import HERE, Line, Setting, alternate, medians, own_python, told


def row(setting: Setting) -> list[Line]:
    """EIP-1559 transactions signed a second by the product's environment, and by one without coincurve."""
    program = str(HERE / "peers" / "signing.py")
    fast, slow = setting.pick(1_000, 50), setting.pick(60, 5)
    sides = {"ours": lambda: float(told([own_python(), program, str(fast)])["rate"])}
    if not setting.alone:
        sides["pure"] = lambda: float(told([own_python(), program, str(slow), "pure"])["rate"])
    figures = alternate(setting, sides)
    middle = medians(figures)
    backend = told([own_python(), program, "1"])["backend"]
    theirs = middle.get("pure")
    return [
        Line(
            "signing transactions",
            f"{middle['ours']:,.0f}/s ({backend})",
            "eth-account in pure Python",
            f"{theirs:,.0f}/s" if theirs else "",
            middle["ours"] / theirs if theirs else None,
            "coincurve in use",
            backend == "CoinCurveECCBackend",
            figures,
        )
    ]
