#!/usr/bin/env python3
"""Draws the sample files of the demo and the tests: photo, screenshot, two-page PDF, short video.
The results are kept in scripts/samples/files/; run this only to draw them anew (needs ffmpeg and a Chinese font)."""

import argparse
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import typst

FOLDER = Path(__file__).resolve().parent.parent / "scripts" / "samples" / "files"
DRAWN = datetime(2026, 3, 1, tzinfo=UTC)
SOURCES = Path(__file__).resolve().parent / "samples"


def draw(source: str, target: Path, **options: object) -> None:
    """Typeset one text of scripts/samples into a PDF or PNG file."""
    typst.compile(SOURCES / source, output=target, timestamp=int(DRAWN.timestamp()), **options)


def film(*arguments: str) -> None:
    """Run ffmpeg; output that does not name the time or the program's version."""
    base = ["ffmpeg", "-hide_banner", "-loglevel", "error", "-y"]
    subprocess.run([*base, *arguments], check=True)


def main() -> int:
    """Draw every sample into the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    exact = ("-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1")
    with tempfile.TemporaryDirectory() as scratch:
        still = Path(scratch) / "box.png"
        draw("gift-box.typ", still, ppi=216)
        photo = folder / "gift-box-photo.jpg"
        look = "noise=alls=9:allf=t:all_seed=7,gblur=sigma=0.7,vignette=PI/5,eq=contrast=1.05:saturation=0.92"
        film("-i", str(still), "-vf", look, "-frames:v", "1", "-q:v", "5", *exact, str(photo))
        pan = "scale=1600:-2,zoompan=z='1+0.1*on/75':d=75:s=640x480:fps=25,noise=alls=4:allf=t:all_seed=3"
        sound = "sine=frequency=180:duration=3,volume=0.05"
        film(
            *("-i", str(photo), "-f", "lavfi", "-i", sound, "-vf", pan, "-t", "3"),
            *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "33", "-threads", "1"),
            *("-c:a", "aac", "-b:a", "32k", "-flags:a", "+bitexact", "-movflags", "+faststart"),
            *exact,
            str(folder / "unboxing.mp4"),
        )
    draw("shop-page.typ", folder / "shop-page.png", ppi=144)
    draw("purchase-record.typ", folder / "purchase-record.pdf")
    for path in sorted(folder.iterdir()):
        sys.stdout.write(f"{path.stat().st_size:>9}  {path.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
