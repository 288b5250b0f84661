"""What a study says of methods against their controls, in plain words from its numbers."""

from collections.abc import Mapping, Sequence

from wam_core.evaluation.interval import Interval
from wam_core.evaluation.methods import METHODS
from wam_core.evaluation.summary import Line

_FEWEST = 5


def told(lines: Sequence[Line], title: str, names: Mapping[str, str]) -> str:
    """Which methods gain over the control of their own domain, which do not, and which lose.

    Args:
        lines: of one metric in one reading.
        title: of that.
        names: of methods.
    """
    count = max((line.interval.n for line in lines), default=0)
    if count < 2:  # an interval over one input has no width
        return "One input has no interval: what a method gains is known over several."
    groups: dict[str, list[str]] = {"more": [], "alike": [], "less": []}
    for line in lines:
        if line.gain is not None and line.gain.n and METHODS[line.method].asks:
            groups[_verdict(line.gain)].append(f"**{names[line.method]}** ({_number(line.gain)})")
    endings = {
        "more": "over their own controls: they say more than sizes do",
        "alike": "clearly over their own controls: **they have explained nothing** that sizes do not",
        "less": "short of their own controls: **they have explained nothing**",
    }
    verbs = {"more": "gain", "alike": "do not gain", "less": "fall"}
    one = {"their": "its", "they say": "it says", "they have": "it has", "controls": "control"}
    one |= {"do not gain": "does not gain", "gain": "gains", "fall": "falls"}
    said = []
    for verdict, members in groups.items():
        if not members:
            continue
        verb, ending = verbs[verdict], endings[verdict]
        if len(members) == 1:
            verb = one[verb]
            for plural in ("their", "they say", "they have", "controls"):
                ending = ending.replace(plural, one[plural])
        said.append(f"{_joined(members)} {verb} {ending}.")
    if not said:
        return ""
    inputs = f"{count} input{'s' if count != 1 else ''}"
    few = " Too few for a conclusion." if count < _FEWEST else ""
    return f"By **{title}** over {inputs}: {' '.join(said)}{few}".replace("|", "\\|")


def _verdict(gain: Interval) -> str:
    return "more" if gain.low > 0 else "less" if gain.high < 0 else "alike"


def _number(gain: Interval) -> str:
    return f"{gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]".replace("-", "−")


def _joined(members: Sequence[str]) -> str:
    """“a”, “a and b”, “a, b and c”."""
    *before, last = members
    return f"{', '.join(before)} and {last}" if before else last
