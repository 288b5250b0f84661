"""The front end against timm's own preprocessing."""

import json

import numpy as np
import pytest
import timm
import torch

from models import samples
from models.frontends import ImageFrontend
from wam_core.errors import InputError, ModelError
from wam_core.signals import Signal
from wam_core.signals.image import to_pil

HALF = (0.5, 0.5, 0.5)


def plain(**options):
    return ImageFrontend(**{"size": (224, 224), "mean": HALF, "std": HALF, **options})


@pytest.mark.parametrize(
    "architecture",
    ["tf_efficientnet_lite0", "convnext_tiny", "deit_small_patch16_224", "levit_128"],
)
def test_preparing_is_bit_identical_to_timm(architecture):
    config = timm.data.resolve_data_config(
        pretrained_cfg=timm.models.get_pretrained_cfg(architecture).to_dict()
    )
    frontend = ImageFrontend(
        config["input_size"][1:],
        config["mean"],
        config["std"],
        config["interpolation"],
        config["crop_pct"],
        config["crop_mode"],
    )
    signal = samples.load("chelsea")
    expected = timm.data.create_transform(**config)(to_pil(signal)).unsqueeze(0)
    torch.testing.assert_close(frontend.prepare(signal), expected, rtol=0, atol=0)


@pytest.mark.parametrize("crop_mode", ["center", "squash", "border"])
@pytest.mark.parametrize("size", [(1, 1), (9, 500), (500, 9), (224, 224)])
def test_any_shape_becomes_the_size(crop_mode, size):
    signal = Signal.from_values(np.zeros((3, *size), np.uint8), "image", "p")
    frontend = plain(size=(64, 96), crop_mode=crop_mode)
    assert frontend.prepare(signal).shape == (1, 3, 64, 96)


def test_show_and_hide_are_inverse_and_unclipped():
    frontend = plain(mean=(0.4, 0.5, 0.6), std=(0.1, 0.2, 0.3))
    x = torch.randn(2, 3, 4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 9
    torch.testing.assert_close(frontend.normalize(frontend.denormalize(x)), x)
    assert frontend.denormalize(x).max() > 1
    black = frontend.normalize(torch.zeros(1, 3, 1, 1, dtype=torch.float64))
    torch.testing.assert_close(black.ravel(), torch.tensor([-4.0, -2.5, -2.0], dtype=torch.float64))


def test_white_is_shown_as_one():
    signal = Signal.from_values(np.full((3, 40, 50), 255, np.uint8), "image", "white")
    frontend = plain(mean=(0.4, 0.5, 0.6), std=(0.1, 0.2, 0.3))
    shown = frontend.denormalize(frontend.prepare(signal))
    torch.testing.assert_close(shown, torch.ones(1, 3, 224, 224))


def test_one_channel():
    signal = samples.load("coffee")
    x = plain(mean=(0.5,), std=(0.5,)).prepare(signal)
    assert x.shape == (1, 1, 224, 224)
    colour = plain().prepare(signal)
    weights = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    assert (x - (colour * weights).sum(1, keepdim=True)).abs().max() < 0.04


def test_what_is_refused():
    with pytest.raises(InputError, match="an image is expected"):
        plain().prepare(Signal.from_values(np.zeros((1, 9)), "sound", "hum"))
    strip = Signal.from_values(np.zeros((3, 1, 20_000), np.uint8), "image", "strip")
    with pytest.raises(InputError, match=r"strip is 20,000 × 1 pixels.*5,120,000 × 256"):
        plain().prepare(strip)
    with pytest.raises(InputError, match="256 × 0"):
        plain(crop_mode="border").prepare(strip)


def test_describe_and_settings():
    chelsea = samples.load("chelsea")
    words = "451 × 300 resized (bicubic) and centre-cropped to 224 × 224"
    assert plain().describe(chelsea) == words
    squashed = plain(crop_mode="squash", crop_pct=1.0, interpolation="bilinear")
    assert squashed.describe(chelsea) == "451 × 300 resized (bilinear) to 224 × 224"
    settings = plain().settings()
    assert json.loads(json.dumps(settings)) == settings and settings["kind"] == "image"
    assert plain().settings() != plain(crop_pct=0.9).settings()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"size": (0, 224)}, "height and a width"),
        ({"size": (10**6, 10**6)}, "height and a width"),
        ({"mean": (0.5,) * 4, "std": (0.5,) * 4}, "4 channels"),
        ({"std": (0.5, 0.0, 0.5)}, "above 0"),
        ({"mean": (float("nan"),) * 3}, "finite"),
        ({"crop_pct": 0.0}, "crop_pct is 0"),
    ],
)
def test_a_preprocessing_that_cannot_be(options, words):
    with pytest.raises(ModelError, match=words):
        plain(**options)
