"""Sufficient and necessary inputs: the least that keeps the answer, and the least whose loss flips it."""

import csv
import io
from functools import partial

import streamlit as st

from app import kinds, runtime
from app.components.downloads import offer_table
from app.components.jobs import found, offer
from app.figures import captions
from app.screens import readouts
from app.screens.explain import experiment_page
from app.session import Explained, plain
from wam_core.evaluation.controls import (
    CHANCE,
    ENERGY,
    ORDERS,
    POINTS,
    SHOWN,
    ComparisonProgress,
    DecisivePart,
    Entry,
    SufficientNecessary,
    sufficient_necessary,
)
from wam_core.evaluation.pipeline import PASS

_NAME = "enough"
_LEAST = 1e-3  # the smallest share that is asked


def screen() -> None:
    """The page, from top to bottom."""
    experiment_page(
        "What is enough, and what cannot be missed?",
        "Sufficient: the fewest coefficients, strongest first, that alone keep the network’s answer. "
        "Necessary: the fewest whose loss changes it. Beside the explanation, two orders that never "
        "asked the network.",
        _draw,
    )


def _draw(explained: Explained) -> None:
    net = explained.subject.net
    there: SufficientNecessary | None = found(_NAME, explained.key)
    if there is None:
        offer(
            _NAME, explained.key, "Find both", 2 * POINTS * len(ORDERS) * runtime.pass_seconds(net) / PASS,
            partial(sufficient_necessary, net, explained.result), partial(_progress_text, explained),
            uses=net.module_fingerprint, first=True,
        )  # fmt: skip
        return
    answer = captions.brief(net.label(there.answer))
    st.markdown(_sentence(explained, there, plain(answer)))
    if there.answer != explained.result.target.index:
        st.caption(
            f"The explanation is of “{plain(explained.result.target.label)}”, which is not the answer."
        )
    for title, kind, caption in (
        ("Sufficient", there.sufficient, "These alone; everything else is zero."),
        ("Necessary", there.necessary, "Everything but these."),
    ):
        st.markdown(f"**{title}** · {caption}")
        inputs = {"The whole input": explained.result.input}
        inputs |= {
            f"{_title(explained, name)}, {_share(part)}": part.input for name, part in kind.items()
        }
        lead = list(inputs)[1]
        kinds.of(explained.subject.signal).draw_parts(
            explained.subject, inputs, f"enough-{title}", columns=4, lead=lead
        )
    _table(explained, there, answer)


def _progress_text(explained: Explained, step: ComparisonProgress) -> tuple[float, str]:
    return (
        step.done / step.total,
        f"{_title(explained, step.entry.name)} · {step.done} of {step.total} shares",
    )


def _title(explained: Explained, name: str) -> str:
    return readouts.name(explained, Entry(name))


def _share(part: DecisivePart) -> str:
    if not part.decides:
        return "not even all"
    return ("≤ " if part.share <= _LEAST else "") + captions.percent(part.share).replace(
        " ", "\u00a0"
    )


def _sentence(explained: Explained, there: SufficientNecessary, answer: str) -> str:
    """Whether the explanation decides with less than its controls."""
    ours, energy, chance = (there.sufficient[name] for name in ORDERS)
    largest = readouts.largest(explained)
    text = (
        f"The strongest **{_share(ours)}** of the coefficients are enough for “{answer}”; "
        f"of the {largest} ones it takes {_share(energy)}, at random "
        f"{_share(chance)}. "
    )
    if ours.share < energy.share:
        text += "Here the explanation finds what is enough better than size does. "
    elif ours.share == energy.share:
        text += (
            "So the explanation does **no better than \\|z\\|**, which never asked the network. "
        )
    else:
        text += "So the explanation does **worse than \\|z\\|**, which never asked the network. "
    ours, energy, chance = (there.necessary[name] for name in ORDERS)
    if not ours.decides:
        return text + "Not even without all of them does the answer change."
    text += f"Without its strongest **{_share(ours)}** the answer changes"
    rivals = [
        f"{words} {_share(part)}" if part.decides else f"{words} never"
        for words, part in ((f"without the {largest}", energy), ("at random", chance))
    ]
    return f"{text}; {rivals[0]}, {rivals[1]}."


def _table(explained: Explained, there: SufficientNecessary, answer: str) -> None:
    net = explained.subject.net
    share = {SHOWN: "", ENERGY: "", CHANCE: " (seed 0)"}
    st.dataframe(
        [
            {
                "Order": _title(explained, name) + share[name],
                "Which": kind,
                "Share": _share(part),
                "p of the answer": part.probability,
                "The network says": net.label(part.best),
            }
            for kind, by in (("sufficient", there.sufficient), ("necessary", there.necessary))
            for name, part in by.items()
        ],
        hide_index=True,
        column_config={
            "p of the answer": st.column_config.NumberColumn(
                format="%.3f", help=f"Of {plain(answer)}, on what is shown above."
            )
        },
        alt="Sufficient and necessary shares of the explanation and of its controls",
        key="enough-table",
    )
    st.caption(
        f"{POINTS} shares from 0.1 % to 100 %, each about a fifth above the last; the network judges what "
        "is shown, clipped to what an input can hold. One input: means over many are on Evaluate."
    )
    offer_table(partial(_csv, there), "sufficient-necessary.csv")


def _csv(there: SufficientNecessary) -> str:
    """order, which, share, decides, probability, best; every digit."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("order", "which", "share", "decides", "probability", "best"))
    for kind, by in (("sufficient", there.sufficient), ("necessary", there.necessary)):
        for name, one in by.items():
            table.writerow(
                (name, kind, repr(one.share), one.decides, repr(one.probability), one.best)
            )
    return out.getvalue()
