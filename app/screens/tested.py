"""What was measured of an explanation's faithfulness, for its report; nothing is measured here."""

from functools import partial

from app.components.curve_pair import told
from app.components.jobs import found
from app.figures import evaluation_charts, findings
from app.report.parts import Chart, Part, Table, Words
from app.screens import faithfulness
from app.session import Explained, unmarked

_DIRECTIONS = {"insertion": "the strongest alone", "deletion": "all but the strongest"}


def tested(explained: Explained) -> list[Part]:
    """Curves, readouts and randomisation, as far as the visitor asked for them."""
    made: list[Part] = []
    grid, measured = faithfulness.trials(explained)
    if measured is not None:
        made.append(Words([unmarked(one) for one in faithfulness.sentences(explained, measured)]))
        for direction, what in _DIRECTIONS.items():
            lines = faithfulness.lines(explained, measured, direction)
            made.append(
                Chart(
                    f"{direction.capitalize()}: {what}",
                    partial(
                        faithfulness.figure, explained, measured,
                        direction=direction, drawn=lines, logarithmic=True,
                    ),
                    told(direction, "coefficients", lines),
                    f"p of {explained.result.target.label}; {grid.steps} even and {grid.points} "
                    "logarithmic steps.",
                    wide=False,
                )
            )  # fmt: skip
        made.append(Table("All orders in numbers", faithfulness.numbers(explained, measured)))
    for way in ("cascading", "independent"):
        if (stages := found("forgetting", f"{explained.key} {way}")) is not None:
            independent = way == "independent"
            said = unmarked(findings.randomisation_finding(stages, independent=independent))
            made.append(
                Chart(
                    "Randomisation",
                    partial(
                        evaluation_charts.randomisation_figure, stages, independent=independent
                    ),
                    said,
                    said,
                )
            )
    return made
