"""Draws cost against volume. Arguments: the points (JSON), the SVG to write. No dates and random names in the file."""

import json
import sys

import matplotlib as mpl
from matplotlib.figure import Figure

PANELS = (
    ("chain_bytes", "bytes on chain"),
    ("gas", "gas"),
    ("seconds", "seconds"),
    ("database_bytes", "database, bytes"),
)


def main() -> None:
    """Four panels, both axes logarithmic."""
    source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        points = json.load(file)
    mpl.rcParams["svg.hashsalt"] = "hezheng"
    figure = Figure(figsize=(9, 6.5), layout="constrained")
    panels = figure.subplots(2, 2, sharex=True)
    items = [point["items"] for point in points]
    for axes, (name, title) in zip(panels.flat, PANELS, strict=True):
        axes.loglog(items, [point[name] for point in points], marker="o", label="in all")
        axes.loglog(
            items, [point[name] / point["items"] for point in points], "--", marker=".", label="per item"
        )
        axes.set_title(title)
        axes.grid(True, which="major", alpha=0.3)
    panels[0, 0].legend()
    figure.supxlabel("items in one batch")
    figure.savefig(target, metadata={"Date": None})


main()
