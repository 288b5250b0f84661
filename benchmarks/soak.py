"""A long day: many explanations by many visitors on one server; what grows, and what is left behind.

python -m benchmarks.soak [--quick] [--explanations 1000] [--sessions 50]
"""

import argparse
import os
import statistics
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.load import KINDS, LOST, ask, result
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


def held(url: str) -> dict[str, float]:
    """What Streamlit says that it keeps: sessions, and MB of media and of uploads."""
    with urllib.request.urlopen(f"{url}/_stcore/metrics", timeout=30) as answer:
        lines = [line for line in answer.read().decode().splitlines() if not line.startswith("#")]

    def total(*words: str) -> float:
        return sum(float(line.split()[-1]) for line in lines if all(word in line for word in words))

    return {
        "sessions": total("active_sessions"),
        "MB of media": round(total("cache_memory_bytes", "media_file") / 2**20, 1),
        "MB of uploads": round(total("cache_memory_bytes", "UploadedFile") / 2**20, 1),
    }


def slope(sizes: list[float], each: int) -> float:
    """MB per 1,000 explanations, by sessions: of each its smallest, as what one sees comes and goes.

    The first quarter is left out: libraries and pools grow until every kind has come often enough.
    """
    sessions = [min(sizes[at : at + each]) for at in range(0, len(sizes), each)]
    later = sessions[len(sessions) // 4 :]
    if len(later) < 3:
        return float("nan")
    pairs = [(b - a) / (m - n) for n, a in enumerate(later) for m, b in enumerate(later) if m > n]
    return statistics.median(pairs) / each * 1000  # Theil and Sen: a single peak does not tilt it


def stay(url: str, kind: str, times: int, pid: int) -> tuple[list[float], int]:
    """One session: the server's MB after each explanation, and how many were lost."""
    sizes, lost = list[float](), 0
    with Visitor(url, f"modality={kind}") as visitor:
        visitor.rerun()
        result(visitor)
        for _ in range(times):
            try:
                ask(visitor)
                result(visitor)
            except LOST:
                lost += 1
                if not visitor.connected:
                    break
            sizes.append(resident(pid))
    return sizes, lost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="30 explanations, 5 sessions")
    parser.add_argument("--explanations", type=int, default=1000)
    parser.add_argument("--sessions", type=int, default=50)
    given = parser.parse_args()
    total, sessions = (30, 5) if given.quick else (given.explanations, given.sessions)
    each = max(1, total // sessions)
    began, sizes, lost, ended = time.monotonic(), list[float](), 0, 0
    with dashboard(STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL=CLOSED_S) as served:
        pid = served.process.pid
        for kind in KINDS:  # one of each kind before anything is counted
            stay(served.url, kind, 2, pid)
        start = settled(served)
        try:
            for number in range(sessions):
                seen, missed = stay(served.url, KINDS[number % len(KINDS)], each, pid)
                sizes, lost, ended = sizes + seen, lost + missed, ended + 1
                print(
                    f"{time.monotonic() - began:.0f} s: session {ended} of {sessions}, "
                    f"{sizes[-1]:.0f} MB, {lost} lost",
                    file=sys.stderr,
                )
        finally:  # what there is counts, also where the day ends early
            if served.process.poll() is None and sizes:
                tell(
                    start,
                    settled(served),
                    sizes,
                    each,
                    f"{ended} of {sessions} sessions, {lost} lost",
                )


def settled(served: Any) -> dict[str, float]:
    """What the server holds once everybody has left."""
    time.sleep(CLOSED_S + 3)
    return {
        "memory, MB": round(resident(served.process.pid)),
        **left(served.process.pid),
        **held(served.url),
    }


def tell(
    start: dict[str, float], end: dict[str, float], sizes: list[float], each: int, said: str
) -> None:
    print(f"{len(sizes)} explanations in {said}\n")
    print("| | at the start | at the end |\n|---|---|---|")
    for name, count in end.items():
        print(f"| {name} | {start[name]} | {count} |")
    print(f"\nmemory grows by {slope(sizes, each):+.0f} MB per 1,000 explanations (allowed: 20)")


if __name__ == "__main__":
    main()
