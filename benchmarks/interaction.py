"""What moving a control costs the server, and how soon a page is there.

    python -m benchmarks.interaction [--repeats 6] [--only image] [--starts 3]

A server is started and visited over a websocket. On one explanation of each kind (a picture of
224², a sound of 5 s, a volume of 64³) every control of the views is changed several times, on the
tabs that it changes. The table has, of each change from the message to the end of what is drawn,
medians of the time that passed and of the time that the server's process spent on processors (on a
shared machine the latter counts), the largest of the latter, what came later by itself, and the
most bytes: all that came over the websocket, new pictures, and the largest of the new sounds, as one
is heard at a time.

The first page is timed from the start of ``wam serve`` to its first words and to the first mosaic;
started once before, so that files and compiled Python are at hand.
"""

import argparse
import ctypes
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from benchmarks import cubed
from benchmarks.visitor import Visitor
from tests.browser.serving import started

LIMIT_S, LIMIT_BYTES, FIRST_PAGE_S = 0.150, 1_000_000, 3.0
PATIENCE = 240.0
_QUIET_S = 0.4  # for what a run leaves behind, such as the search for garbage


@dataclass(frozen=True)
class Control:
    """A control, and the words that it is set to in turn.

    Attributes:
        name: for people.
        kind, label: of its element, as :meth:`Visitor.change` has them.
        words: what is chosen; a switch takes any.
    """

    name: str
    kind: str
    label: str
    words: tuple[str, ...]


def shares(label: str) -> Control:
    """A slider of how much is kept."""
    words = tuple(f"{q} %" for q in ("5", "1", "20", "0.5", "50", "2", "30", "75"))
    return Control("q", "slider", label, words)


SIGN = Control("magnitude or signed", "button_group", "Show", ("signed", "magnitude"))
COLOURS = Control("colour scale", "button_group", "Colours", ("own", "common"))
COARSE = Control("levels: coarse", "button", "Coarse", ("",))
FINE = Control("levels: fine", "button", "Fine", ("",))
ALL = Control("levels: all", "button", "All", ("",))
LEVELS = (COARSE, FINE, ALL)
KEEP = Control("way to keep", "button_group", "Keep", ("Supported", "Hard", "As released", "Soft"))
REMOVE = Control("remove instead", "checkbox", "Remove", ("",))
AXIS = Control("seen along", "button_group", "Seen along", ())
BANDS = Control("a band", "button_group", "Bands", ())
"""Without words of its own: those of the element are taken in turn."""

VIEWS: dict[str, dict[str, tuple[Control, ...]]] = {
    "image": {
        "Bands": (SIGN, COLOURS),
        "Levels": (SIGN,),
        "Reconstruct": (shares("Strongest"), BANDS, *LEVELS, REMOVE),
    },
    "sound": {
        "Overview": (BANDS, *LEVELS, SIGN, COLOURS, shares("Share kept"), KEEP),
        "Scales": (BANDS,),
        "Reconstruct": (BANDS, shares("Share kept"), KEEP),
    },
    "volume": {
        "Overview": (BANDS, *LEVELS, SIGN, COLOURS),
        "3-D": (BANDS, *LEVELS, SIGN, COLOURS),
        "Scales × orientations": (SIGN, COLOURS, AXIS),
        "Reconstruct": (shares("Strongest"), BANDS, *LEVELS, REMOVE),
    },
}
QUERY = {
    "image": {"modality": "Image"},
    "sound": {"modality": "Sound"},
    "volume": {"modality": "Volume", "volume-model": cubed.TITLE},
}


class Clock:
    """The time that a process has spent on processors, all its threads together."""

    def __init__(self, pid: int) -> None:
        self._id = ctypes.c_int()
        libc = ctypes.CDLL(None, use_errno=True)
        if error := libc.clock_getcpuclockid(pid, ctypes.byref(self._id)):
            raise OSError(error, os.strerror(error), pid)

    def seconds(self) -> float:
        """So far."""
        return time.clock_gettime(self._id.value)


@dataclass(frozen=True)
class Moved:
    """What one change of a control took: seconds, and bytes.

    Attributes:
        wall, cpu: until the page was drawn.
        after: of the processor, for what came later by itself, without anybody waiting for it.
        socket, media: bytes.
    """

    wall: float
    cpu: float
    after: float
    socket: int
    media: int

    @property
    def payload(self) -> int:
        return self.socket + self.media


def move(visitor: Visitor, clock: Clock, control: Control, word: str) -> Moved:
    """Change a control once, and take in all that comes."""
    while visitor.listen(_QUIET_S):
        pass
    had, bytes_before, runs = visitor.media(), visitor.received, visitor.finished
    cpu, wall = clock.seconds(), time.monotonic()
    visitor.change(control.kind, control.label, word)
    visitor.until(lambda v: v.finished > runs, PATIENCE)
    wall, drawn = time.monotonic() - wall, clock.seconds()
    visitor.until(lambda v: v.settled(), PATIENCE)
    after, cpu = clock.seconds() - drawn, drawn - cpu
    socket = visitor.received - bytes_before
    pictures, heard = 0, dict[str, int]()
    for address, player in visitor.media().items():
        if address in had:
            continue
        if player:
            heard[player] = max(heard.get(player, 0), visitor.fetch(address))
        else:
            pictures += visitor.fetch(address)
    return Moved(wall, cpu, after, socket, pictures + sum(heard.values()))


def words_of(visitor: Visitor, control: Control) -> tuple[str, ...]:
    """What a control is set to in turn."""
    if control.words:
        return control.words
    return tuple(option.content for option in visitor.find(control.kind, control.label).options)


def tried(
    visitor: Visitor, clock: Clock, controls: tuple[Control, ...], repeats: int
) -> Iterator[tuple[str, list[Moved]]]:
    """Every control of a view, several times; those of the levels in turn with one another."""
    levels = [control for control in controls if control in LEVELS]
    for control in controls:
        if control in levels:
            if control is levels[0]:
                seen = [
                    move(visitor, clock, one, "")
                    for turn in range(repeats)
                    for one in (levels[turn % len(levels)],)
                ]
                yield "levels shown", seen
            continue
        words = words_of(visitor, control)
        yield (
            control.name,
            [move(visitor, clock, control, words[turn % len(words)]) for turn in range(repeats)],
        )


@contextmanager
def opened(url: str, kind: str, tab: str) -> Iterator[Visitor]:
    """A visitor who sees an explanation on a tab."""
    prefix = "" if kind == "image" else f"{kind}-"
    with Visitor(url, urlencode(QUERY[kind] | {f"{prefix}tab": tab})) as visitor:
        visitor.rerun()
        visitor.until(lambda v: v.settled() and v.shown(), PATIENCE)
        yield visitor


def controls(kinds: list[str], repeats: int) -> int:
    """Print the table; how many rows are above a limit."""
    above = 0
    print(
        "| kind, tab | control | CPU, ms | largest | wall, ms | later, CPU, ms | most payload, kB "
        "| of it media | |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    with started(cubed.__name__, "serve", port_option="--port", host="127.0.0.1") as (url, server):
        clock = Clock(server.pid)
        for kind in kinds:
            for tab, offered in VIEWS[kind].items():
                with opened(url, kind, tab) as visitor:
                    for name, seen in tried(visitor, clock, offered, repeats):
                        cpu = statistics.median(one.cpu for one in seen)
                        payload = max(one.payload for one in seen)
                        over = cpu > LIMIT_S or payload > LIMIT_BYTES
                        above += over
                        print(
                            f"| {kind}, {tab} | {name} | {1000 * cpu:.0f} "
                            f"| {1000 * max(one.cpu for one in seen):.0f} "
                            f"| {1000 * statistics.median(one.wall for one in seen):.0f} "
                            f"| {1000 * statistics.median(one.after for one in seen):.0f} "
                            f"| {payload / 1000:.0f} "
                            f"| {max(one.media for one in seen) / 1000:.0f} "
                            f"| {'ABOVE' if over else 'ok'} |",
                            flush=True,
                        )
    return above


@dataclass(frozen=True)
class Start:
    """Seconds since the command, by the clock and of the process, to the first words and mosaic."""

    words: float
    words_cpu: float
    mosaic: float
    mosaic_cpu: float


def start() -> Start:
    """Start ``wam serve`` and visit it as soon as it answers."""
    began = time.monotonic()
    with started("app.cli", "serve", port_option="--port", host="127.0.0.1") as (url, server):
        clock = Clock(server.pid)
        with Visitor(url) as visitor:
            visitor.rerun()
            visitor.until(lambda v: v.texts(), PATIENCE)
            words, words_cpu = time.monotonic() - began, clock.seconds()
            visitor.until(lambda v: v.settled() and v.shown(), PATIENCE)
            return Start(words, words_cpu, time.monotonic() - began, clock.seconds())


def first_page(starts: int) -> int:
    """Print how soon the first page is there; whether that is above the limit."""
    start()  # so that files and compiled Python are at hand
    seen = [start() for _ in range(starts)]
    middle = {
        name: statistics.median(getattr(one, name) for one in seen)
        for name in Start.__dataclass_fields__
    }
    over = middle["words_cpu"] > FIRST_PAGE_S
    print("| | CPU, s | wall, s | limit | |\n|---|---|---|---|---|")
    print(
        f"| first words | {middle['words_cpu']:.1f} | {middle['words']:.1f} | {FIRST_PAGE_S:.0f} "
        f"| {'ABOVE' if over else 'ok'} |"
    )
    print(f"| first mosaic | {middle['mosaic_cpu']:.1f} | {middle['mosaic']:.1f} | | |")
    return int(over)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=6, help="changes of each control")
    parser.add_argument("--only", nargs="+", choices=list(VIEWS), default=list(VIEWS))
    parser.add_argument("--starts", type=int, default=3, help="of the server; 0: not timed")
    given = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    print(f"{cores} cores, load {os.getloadavg()[0]:.1f}; limits {LIMIT_S * 1000:.0f} ms of the "
          f"processor and {LIMIT_BYTES / 1000:.0f} kB\n")  # fmt: skip
    above = controls(given.only, given.repeats)
    if given.starts:
        print()
        above += first_page(given.starts)
    raise SystemExit(1 if above else 0)


if __name__ == "__main__":
    main()
