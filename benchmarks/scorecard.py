"""The scorecard of reliability: runs its tests and prints a table; --write puts it into the document.

python -m benchmarks.scorecard [--write] [arguments of pytest]
"""

import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- scorecard -->", "<!-- /scorecard -->"

ROWS = {
    1: ("PNG header of 100,000² or 10,000²", "refused < 1 s, < 20 MB"),
    2: ("truncated and bit-flipped files, 200 per format", "a sentence or a valid array"),
    3: ("10,000-frame GIF, multi-page TIFF", "first frame, stated"),
    4: ("EXIF-rotated, CMYK, 16-bit, palette + alpha, 1-bit", "upright, conversion stated"),
    5: ("SVG, HTML, EPS, PDF renamed .png", "refused by content"),
    6: ("npz bomb", "refused from its directory < 0.5 s"),
    7: ("lying .npy headers", "a sentence"),
    8: ("pickled arrays, raw pickle", "refused, nothing executed"),
    9: (".nii.gz bomb; NIfTI that claims 18 GB", "refused < 1 s"),
    10: ("STL of 4·10⁹ triangles; OBJ with ../ material", "refused; no other file opened"),
    11: ("ADPCM WAV, MAT4, W64", "refused before the decoder; W64 by FFmpeg"),
    12: ("1 h of silence as FLAC", "refused, < 50 MB"),
    13: ("junk .mp3 with a fake ffmpeg on PATH", "no process"),
    14: ("empty, one sample, one pixel, constant", "a sentence or “no signal”"),
    15: ("NaN, Inf, 1e38", "refused, stage named"),
    16: ("malicious .pt, TorchScript", "refused, nothing executed"),
    17: ("stride-0, deflated, 100,000-key checkpoints", "refused, < 50 MB"),
    18: ("weights with NaN, wrong head", "names the tensor"),
    19: ("hostile file names", "inert"),
    20: ("markup in names and messages", "inert"),
    21: ("foreign Host or Origin, no token", "403"),
    22: ("60 uploads, more than the quota", "refused at quota, RSS bounded"),
    23: ("decoder child killed, crashes, hangs", "a sentence ≤ 20 s"),
    24: ("lane dies", "new lane ≤ 5 s, waiting jobs kept"),
    25: ("OOM at step 1 … 5", "same result (1e-5) or refusal"),
    26: ("exception inside a hooked method", "no hook left, next job bitwise"),
    27: ("cancel at every step", "nothing partial, no hook left"),
    28: ("tab closed in mid-job", "lane free ≤ 2 s"),
    29: ("30 reruns in 3 s", "≤ 1 running + 1 queued"),
    30: ("8 sessions, mixed methods, one model, 200 jobs", "0 mismatches, bitwise"),
    31: ("twin arrays and WAVs", "each its own"),
    32: ("another thread seeds or calls train()", "no effect, or detected"),
    33: ("disk full", "result shown, one sentence"),
    34: ("corrupt weights cache", "named error"),
    35: ("hub unreachable, slow, 401, 429", "message ≤ 10 s, others work"),
    36: ("clock jumps", "monotonic timers"),
    37: ("queue full", "“busy, position n” ≤ 1 s"),
    38: ("SIGTERM under load", "≤ 10 s, exit 0, no orphans"),
}


def measured(report: Path) -> dict[int, tuple[list[str], list[str]]]:
    """Outcomes and figures of each row, from pytest's report in XML."""
    found: dict[int, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for case in ET.parse(report).iter("testcase"):
        if (match := re.match(r"test_row_(\d+)", case.get("name", ""))) is None:
            continue
        outcomes, said = found[int(match[1])]
        kinds = {child.tag for child in case} & {"failure", "error", "skipped"}
        outcomes.append(kinds.pop() if kinds else "passed")
        said += [p.get("value", "") for p in case.iter("property") if p.get("name") == "measured"]
    return found


def table(found: dict[int, tuple[list[str], list[str]]]) -> list[str]:
    """Markdown, one line a row; of several tests of a row the last figure."""
    lines = ["| # | feed or fault | required | | measured |", "|---|---|---|---|---|"]
    for number, (feed, required) in ROWS.items():
        outcomes, said = found.get(number, (["no test"], []))
        bad = [outcome for outcome in outcomes if outcome != "passed"]
        mark = f"**{bad[0]}**" if bad else "✓"
        lines.append(f"| {number} | {feed} | {required} | {mark} | {said[-1] if said else ''} |")
    return lines


def main() -> int:
    arguments = sys.argv[1:]
    write = "--write" in arguments
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        # the older of pytest's two forms is the one that has room for what was measured
        report_as = [f"--junitxml={report}", "-o", "junit_family=xunit1"]
        command = [sys.executable, "-m", "pytest", "tests/reliability", *report_as]
        code = subprocess.run(
            [*command, *(one for one in arguments if one != "--write")], cwd=ROOT
        ).returncode
        lines = table(measured(report))
    print("\n".join(lines))
    if write:
        text = DOCUMENT.read_text()
        before, _, rest = text.partition(BEGIN)
        after = rest.partition(END)[2]
        DOCUMENT.write_text("\n".join([before + BEGIN, *lines, END + after]))
    return code


if __name__ == "__main__":
    sys.exit(main())
