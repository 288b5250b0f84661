"""A second network is asked about what people would see or hear, as it would be given the file."""

import pytest
import torch
from torch.testing import assert_close

import models
from models import samples
from wam_core import Classifier
from wam_core.errors import ModelError
from wam_core.evaluation.curves import transfer_score


@pytest.mark.parametrize("name", ["clock_tick", "helicopter", "rain"])
@pytest.mark.parametrize("order", [("esc10", "esc10_raw"), ("esc10_raw", "esc10")])
def test_a_sound_is_brought_to_the_rate_and_length_of_the_second(order, name):
    first, second = map(models.load, order)
    signal = samples.load(name)
    judged = transfer_score(second, first)(first.prepare(signal))
    if order[1] == "esc10_raw":  # what the other way round loses is above 10 kHz
        assert_close(judged, second.predict(second.prepare(signal)), atol=2e-3, rtol=0)
    assert judged.shape == (1, 10)
    assert_close(judged.sum(), torch.tensor(1.0))


def test_every_sound_of_a_batch_is_judged_by_itself():
    first, second = models.load("esc10"), models.load("esc10_raw")
    x = torch.cat([first.prepare(samples.load(name)) for name in ("clock_tick", "rain")])
    both = transfer_score(second, first)(x)
    alone = torch.cat([transfer_score(second, first)(one[None]) for one in x])
    assert_close(both, alone, atol=1e-5, rtol=0)
    given = [second.prepare(samples.load(name)) for name in ("clock_tick", "rain")]
    assert both.argmax(1).tolist() == [int(second.predict(one).argmax()) for one in given]


def test_a_network_judges_itself_as_ever():
    net = models.load("efficientnet_lite0")
    x = net.prepare(samples.load("chelsea"))
    assert_close(transfer_score(net, net)(x), net.predict(x), atol=1e-5, rtol=1e-4)


def test_other_axes_or_other_classes_are_refused():
    one, two = torch.nn.Flatten(), torch.nn.Flatten()
    flat = Classifier(one, ndim=1, name="flat")
    with pytest.raises(ModelError, match="deep takes 2 axes and flat 1"):
        transfer_score(Classifier(two, ndim=2, name="deep"), flat)
    with pytest.raises(ModelError, match="do not know the same classes"):
        transfer_score(Classifier(two, ndim=1, labels=["a"], name="other"), flat)
