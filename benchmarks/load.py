"""N visitors at once on one server: how long each waits, who is served, and whether results are right.

    python -m benchmarks.load [--quick] [--jobs 10] [--visitors 1 2 4 8]

Every visitor is a session that speaks the dashboard's protocol over a websocket; in the round of
four, --browsers adds four real ones. Visitors take turns with pictures, sounds and volumes. The
time of a job is from the press of the button to the page with the result, in single-user medians
of its kind of input; a result is wrong where its figures differ from those that were made alone.
"""

import argparse
import os
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field

from websockets.exceptions import ConnectionClosed

from benchmarks.visitor import Visitor
from tests.browser.serving import BROWSER, DRAWS_3D, dashboard

KINDS = ("image", "sound", "volume")
PATIENCE = 240.0
LOST = (TimeoutError, LookupError, OSError, ConnectionClosed)


@dataclass
class Seen:
    """What one visitor saw."""

    kind: str
    seconds: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    lost: int = 0
    ended: float = 0.0


def ask(visitor: Visitor) -> float:
    """Change the number of steps; the seconds until there is a sign that it was heard.

    That is a bar of progress, or the result itself where it came before any bar was drawn.
    """
    began, before = time.monotonic(), visitor.runs
    visitor.slide("Steps", 10 + visitor.runs % 15)  # another number each time
    visitor.rerun()
    visitor.until(
        lambda v: v.all("progress") or (v.runs > before and v.settled() and v.shown()), PATIENCE
    )
    return time.monotonic() - began


def result(visitor: Visitor) -> None:
    """Wait until the page is drawn with its figures."""
    visitor.until(lambda v: v.settled() and v.shown(), PATIENCE)


def work(url: str, kind: str, jobs: int, gate: threading.Barrier, until: float | None) -> Seen:
    """Press the button again and again, until the jobs are done or the time is over."""
    seen = Seen(kind)
    with Visitor(url, f"modality={kind}") as visitor:
        visitor.rerun()
        result(visitor)
        gate.wait(PATIENCE)
        end = None if until is None else time.monotonic() + until
        while time.monotonic() < end if end else len(seen.seconds) + seen.lost < jobs:
            began = time.monotonic()
            try:
                seen.first.append(ask(visitor))
                result(visitor)
            except LOST:
                seen.lost += 1
                if not visitor.connected:
                    seen.lost += 0 if end else jobs - len(seen.seconds) - seen.lost
                    break
                continue
            seen.seconds.append(time.monotonic() - began)
            seen.figures.append(visitor.shown())
    seen.ended = time.monotonic()
    return seen


def round_of(url: str, kinds: list[str], jobs: int, until: float | None = None) -> list[Seen]:
    """So many visitors at the same time."""
    gate = threading.Barrier(len(kinds))
    with ThreadPoolExecutor(len(kinds)) as pool:
        seen = [pool.submit(work, url, kind, jobs, gate, until) for kind in kinds]
        return [one.result() for one in seen]  # a visitor who fails is told, not left out


def browse(url: str, stack: ExitStack) -> None:
    """Four real browsers that look at the first result while others work."""
    from playwright.sync_api import sync_playwright

    playwright = stack.enter_context(sync_playwright())
    for _ in range(4):
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=BROWSER + DRAWS_3D
        )
        stack.callback(browser.close)
        page = browser.new_page()
        page.goto(url)
        page.get_by_text("Importance by scale").first.wait_for(timeout=120_000)


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))] if ordered else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="3 jobs a visitor, up to 4 visitors")
    parser.add_argument("--jobs", type=int, default=10)
    parser.add_argument("--visitors", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--browsers", action="store_true", help="4 real ones in the round of 4")
    given = parser.parse_args()
    jobs = 3 if given.quick else given.jobs
    rounds = [n for n in given.visitors if n <= 4] if given.quick else given.visitors
    with dashboard() as url:
        alone = {kind: round_of(url, [kind], jobs)[0] for kind in KINDS}
        median = {kind: statistics.median(seen.seconds) for kind, seen in alone.items()}
        right = {kind: set(seen.figures) for kind, seen in alone.items()}
        assert all(len(figures) == 1 for figures in right.values()), "alone, results differ already"
        told = ", ".join(f"{kind} {median[kind]:.2f} s" for kind in KINDS)
        print(f"alone: {told}; {len(os.sched_getaffinity(0))} cores\n")
        print(
            "| visitors | p50 | p95 | allowed | first feedback p95 | most/least served | wrong | lost |"
        )
        print("|---|---|---|---|---|---|---|---|")
        for number in rounds:
            with ExitStack() as stack:
                if number == 4 and given.browsers:
                    browse(url, stack)
                kinds = [KINDS[n % len(KINDS)] for n in range(number)]
                seen = round_of(url, kinds, jobs)
            relative = [s / median[one.kind] for one in seen for s in one.seconds]
            first = [s for one in seen for s in one.first]
            wrong = sum(f not in right[one.kind] for one in seen for f in one.figures)
            # how much longer one visitor waited for a job than another, each in their own medians
            waited = [
                statistics.mean(one.seconds) / median[one.kind] for one in seen if one.seconds
            ]
            fairness = max(waited) / min(waited) if waited else float("nan")
            print(
                f"| {number} | {quantile(relative, 0.5):.2f} | {quantile(relative, 0.95):.2f} "
                f"| {number + 1} | {quantile(first, 0.95):.2f} s | {fairness:.2f} | {wrong} "
                f"| {sum(one.lost for one in seen)} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
