"""A visitor's own network in the browser: from the file to a result, with its check-up."""

import io

import pytest
import timm
import torch
from streamlit.testing.v1 import AppTest

from tests.app.links import opened
from tests.app.pages import MAIN, mine, texts, until_quiet
from wam_core import WaveletAttribution

pytestmark = pytest.mark.slow


def saved(**options) -> bytes:
    torch.manual_seed(0)
    module = timm.create_model("test_resnet", **options)
    file = io.BytesIO()
    torch.save({"state_dict": {f"model.{k}": v for k, v in module.state_dict().items()}}, file)
    return file.getvalue()


@pytest.fixture
def app() -> AppTest:
    page = AppTest.from_file(str(MAIN), default_timeout=120)
    return until_quiet(opened(page, {"method": "Gradient"}))


def result(app: AppTest) -> WaveletAttribution:
    return mine(app).explained["image"].result


def give(app: AppTest, data: bytes, names: bytes | None = None, name: str = "mine.ckpt") -> None:
    app.text_input(key="architecture").set_value("test_resnet")
    app.file_uploader(key="own-weights").set_value((name, data, ""))
    if names is not None:
        app.file_uploader(key="own-labels").set_value(("names.csv", names, "text/csv"))
    app.run()
    until_quiet(app)
    assert not app.exception, [e.value for e in app.exception]


def test_one_logit_is_explained_as_two_classes_and_contrasted(app: AppTest) -> None:
    give(app, saved(num_classes=1), b"0,healthy\n1,ill\n")
    found = result(app)
    assert found.output == "logit" and found.logits.shape == (1, 2)
    z = float(found.logits[0, 1])
    wanted = torch.tensor([z]).sigmoid()
    torch.testing.assert_close(found.probabilities[0, 1:], wanted)
    assert found.target.label == ("ill" if z > 0 else "healthy")
    said = texts(app).replace("\\", "")
    assert "The weights look untrained" in said and "Outputs: one logit, two classes" in said
    assert "the prefix model. of its tensors was removed" in said
    app.toggle(key="contrast").set_value(True).run()
    until_quiet(app)
    assert not app.exception, [e.value for e in app.exception]
    contrast = result(app)
    assert contrast.target.against is not None
    assert float(contrast.scores[0]) == pytest.approx(abs(z))


def test_labels_of_which_several_may_be_true_are_chosen(app: AppTest) -> None:
    give(app, saved(num_classes=3))
    app.selectbox(key="own-output").set_value("sigmoid").run()
    until_quiet(app)
    assert not app.exception, [e.value for e in app.exception]
    found = result(app)
    assert found.output == "sigmoid"
    torch.testing.assert_close(found.probabilities, found.logits.sigmoid())


def test_a_file_that_is_no_network_leaves_the_result(app: AppTest) -> None:
    before = result(app)
    give(app, b"\x89HDF\r\n\x1a\n" + bytes(100), name="mine.pt")
    assert "mine.pt is an HDF5 file" in texts(app).replace("\\", "")
    assert result(app) is before
