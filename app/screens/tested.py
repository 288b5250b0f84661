"""What was measured of an explanation's faithfulness, for its report; nothing is measured here."""

from functools import partial

from app.figures import findings
from app.figures import forgetting as drawing
from app.report.parts import Chart, Part, Table, Words
from app.screens import faithfulness
from app.state import Explained, unmarked
from app.widgets.curve_pair import told
from app.widgets.errand import found

_DIRECTIONS = {"insertion": "the strongest alone", "deletion": "all but the strongest"}


def tested(shown: Explained) -> list[Part]:
    """Curves, readouts and randomisation, as far as the visitor asked for them."""
    made: list[Part] = []
    grid, measured = faithfulness.trials(shown)
    if measured is not None:
        made.append(Words([unmarked(one) for one in faithfulness.sentences(shown, measured)]))
        for direction, what in _DIRECTIONS.items():
            lines = faithfulness.lines(shown, measured, direction)
            made.append(
                Chart(
                    f"{direction.capitalize()}: {what}",
                    partial(
                        faithfulness.figure, shown, measured,
                        direction=direction, drawn=lines, logarithmic=True,
                    ),
                    told(direction, "coefficients", lines),
                    f"p of {shown.result.target.label}; {grid.steps} even and {grid.points} "
                    "logarithmic steps.",
                    wide=False,
                )
            )  # fmt: skip
        made.append(Table("All orders in numbers", faithfulness.numbers(shown, measured)))
    for way in ("cascading", "independent"):
        if (stages := found("forgetting", f"{shown.key} {way}")) is not None:
            independent = way == "independent"
            said = unmarked(findings.forgotten(stages, independent=independent))
            made.append(
                Chart(
                    "Randomisation",
                    partial(drawing.figure, stages, independent=independent),
                    said,
                    said,
                )
            )
    return made
