"""A chart's words and its table."""

import plotly.graph_objects as go
from streamlit.testing.v1 import AppTest

from app.figures import figure_files


def test_bars_and_lines_are_rows_and_pictures_are_not() -> None:
    figure = go.Figure(
        [
            go.Bar(x=[40.123456, 60.0], y=["L1<br>2 px", "L2"], orientation="h", name="share"),
            go.Scatter(x=[1, 2], y=[0.5, 0.25], hovertemplate="one<br>%{x}"),
            go.Heatmap(z=[[1, 2], [3, 4]]),
        ]
    )
    assert figure_files.table_rows(figure) == [
        {"series": "share", "x": 40.12, "y": "L1 2 px"},
        {"series": "share", "x": 60.0, "y": "L2"},
        {"series": "one", "x": 1.0, "y": 0.5},
        {"series": "one", "x": 2.0, "y": 0.25},
    ]
    assert figure_files.table_rows(go.Figure(go.Heatmap(z=[[1]]))) == []
    assert figure_files.table_rows(go.Figure(go.Scatter(x=list(range(5000)), y=[0] * 5000))) == []
    figure.update_xaxes(title="share, %")
    assert figure_files.column_titles(figure) == {"x": "share, %"}


def _page() -> None:
    import plotly.graph_objects as go

    from app.components.page import chart

    chart(go.Figure(go.Bar(x=[1, 2], y=[3, 4], name="a")), "bars", "Two bars: 3 and 4")
    chart(go.Figure(go.Heatmap(z=[[1, 2]])), "map", "A map")


def test_the_table_is_made_when_it_is_opened() -> None:
    app = AppTest.from_function(_page, default_timeout=60).run()
    assert not app.exception and not app.dataframe
    app.session_state["bars-table"] = True
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    (table,) = app.dataframe
    assert table.value["y"].tolist() == [3.0, 4.0]
