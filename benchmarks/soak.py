"""A long day: many explanations by many visitors on one server; what grows, and what is left behind.

python -m benchmarks.soak [--quick] [--explanations 1000] [--sessions 50]
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np

from benchmarks.load import KINDS, PATIENCE
from benchmarks.visitor import Visitor
from tests.reliability.conftest import dashboard, resident

CLOSED_S = 1


def left(pid: int) -> dict[str, int]:
    """What a process holds: threads, children, open files other than sockets, temporary files."""
    process = Path(f"/proc/{pid}")
    files = 0
    for descriptor in (process / "fd").iterdir():
        try:
            files += not os.readlink(descriptor).startswith(("socket", "pipe", "anon"))
        except FileNotFoundError:
            continue
    children = sum(len(t.read_text().split()) for t in process.glob("task/*/children"))
    return {
        "threads": len(list((process / "task").iterdir())),
        "child processes": children,
        "open files": files,
        "sockets": len(list((process / "fd").iterdir())) - files,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="30 explanations, 5 sessions")
    parser.add_argument("--explanations", type=int, default=1000)
    parser.add_argument("--sessions", type=int, default=50)
    given = parser.parse_args()
    total, sessions = (30, 5) if given.quick else (given.explanations, given.sessions)
    each = max(1, total // sessions)
    with dashboard(STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL=CLOSED_S) as served:
        pid, done, sizes = served.process.pid, 0, []
        start: dict[str, int] = {}
        for number in range(sessions + len(KINDS)):
            warming = number < len(KINDS)  # one of each kind before anything is counted
            with Visitor(served.url, f"modality={KINDS[number % len(KINDS)]}") as visitor:
                visitor.rerun()
                visitor.until(lambda v: v.settled() and v.shown(), PATIENCE)
                for _ in range(2 if warming else each):
                    visitor.press("Explain")
                    visitor.until(lambda v: v.all("progress"), PATIENCE)
                    visitor.until(lambda v: v.settled() and v.shown(), PATIENCE)
                    done += not warming
                    if not warming:
                        sizes.append(resident(pid))
            if number == len(KINDS) - 1:
                time.sleep(CLOSED_S + 3)
                start = left(pid)
        time.sleep(CLOSED_S + 3)
        end, half = left(pid), sizes[len(sizes) // 4 :]  # without what the first sessions load
        slope = float(np.polyfit(np.arange(len(half)), half, 1)[0]) * 1000
        print(f"{done} explanations in {sessions} sessions\n")
        print("| | at the start | at the end |\n|---|---|---|")
        print(f"| memory, MB | {sizes[0]:.0f} | {sizes[-1]:.0f} |")
        for name, count in end.items():
            print(f"| {name} | {start[name]} | {count} |")
        print(f"\nmemory grows by {slope:+.0f} MB per 1,000 explanations (allowed: 20)")


if __name__ == "__main__":
    main()
