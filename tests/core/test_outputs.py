"""What outputs mean: scores and probabilities by hand, and attributions by autograd."""

import pytest
import torch
from torch import nn

from wam_core import Classifier, Contrast, Gradient, IntegratedGradients, explain_module
from wam_core.adapters.like_captum import WaveletGradients as LikeCaptum
from wam_core.attribution import WaveletAttribution
from wam_core.errors import InputError, ModelError, SettingsError
from wam_core.outputs import guess
from wam_core.targets import LogProbability

SHAPES = [(16,), (8, 8), (4, 4, 4)]


def linear(size, outputs, *after):
    torch.manual_seed(len(size))
    count = 2 * torch.Size(size).numel()
    return nn.Sequential(nn.Flatten(), nn.Linear(count, outputs), *after).double()


def inputs(size, batch=2):
    torch.manual_seed(7)
    return torch.randn(batch, 2, *size, dtype=torch.float64)


def by_hand(f, x):
    """The gradient of f at x, from autograd, and the sum of x · gradient."""
    x = x.clone().requires_grad_()
    f(x).sum().backward()
    return x.grad


def gradient(module, x, target=None, **options):
    return explain_module(module, x, target, path=Gradient(), **options)


@pytest.mark.parametrize("size", SHAPES)
@pytest.mark.parametrize("last", [nn.Identity(), nn.Flatten(0)], ids=["column", "row"])
def test_one_logit_is_two_classes(size, last):
    module, x = linear(size, 1, last), inputs(size)
    z = module(x).detach().reshape(-1)
    result = explain_module(module, x, labels=["healthy", "ill"])
    assert result.output == "logit"
    torch.testing.assert_close(result.probabilities, torch.stack((1 - z.sigmoid(), z.sigmoid()), 1))
    assert [t.label for t in result.targets] == [("healthy", "ill")[int(v > 0)] for v in z]
    torch.testing.assert_close(result.scores, z.abs())
    ill = explain_module(module, x, "ill", labels=["healthy", "ill"])
    total = sum(v.flatten(1).sum(1) for _, v in ill.attribution.bands())
    torch.testing.assert_close(total, z - module(torch.zeros_like(x)).detach().reshape(-1))
    contrast = explain_module(module, x, Contrast("ill", "healthy"), labels=["healthy", "ill"])
    torch.testing.assert_close(contrast.scores, z)
    log = explain_module(module, x, LogProbability("ill"), labels=["healthy", "ill"])
    torch.testing.assert_close(log.scores, z.sigmoid().log())


def test_the_label_of_one_logit_may_be_the_second_alone():
    module, x = linear((8, 8), 1), inputs((8, 8))
    result = explain_module(module, x, "ill", labels=["ill"])
    assert result.target.label == "ill" and result.target.index == 1
    with pytest.raises(ModelError, match="2 classes and 3 labels"):
        explain_module(module, x, labels=["a", "b", "c"])
    with pytest.raises(ModelError, match="3 classes and 2 labels"):
        explain_module(linear((8, 8), 3), x, labels=["a", "b"])


@pytest.mark.parametrize("size", SHAPES)
def test_probabilities_are_not_softened_again(size):
    module, x = linear(size, 3, nn.Softmax(1)), inputs(size)
    result = explain_module(module, x)
    assert result.output == "probabilities" and result.target.quantity == "probability"
    torch.testing.assert_close(result.probabilities, module(x).detach())
    torch.testing.assert_close(result.scores, module(x).detach().max(1).values)


def test_one_probability_is_two_classes():
    module, x = linear((8, 8), 1, nn.Sigmoid()), inputs((8, 8))
    p = module(x).detach()
    result = explain_module(module, x)
    assert result.output == "probabilities"
    torch.testing.assert_close(result.probabilities, torch.cat((1 - p, p), 1))


def test_labels_of_which_several_may_be_true():
    module, x = linear((8, 8), 4), inputs((8, 8))
    result = explain_module(module, x, output="sigmoid")
    torch.testing.assert_close(result.probabilities, module(x).detach().sigmoid())
    log = explain_module(module, x, LogProbability(2), output="sigmoid")
    torch.testing.assert_close(log.scores, module(x).detach().sigmoid().log()[:, 2])
    inside = explain_module(nn.Sequential(module, nn.Sigmoid()), x)
    assert inside.output == "probabilities"
    torch.testing.assert_close(inside.probabilities, module(x).detach().sigmoid())


@pytest.mark.parametrize(
    ("outputs", "after", "target", "f"),
    [
        (3, (), 1, lambda module, x: module(x)[:, 1]),
        (3, (nn.Softmax(1),), 1, lambda module, x: module(x)[:, 1]),
        (1, (), 1, lambda module, x: module(x)),
        (1, (), 0, lambda module, x: -module(x)),
        (1, (nn.Sigmoid(),), 0, lambda module, x: 1 - module(x)),
    ],
)
def test_gradients_are_those_of_autograd(outputs, after, target, f):
    module, x = linear((8, 8), outputs, *after), inputs((8, 8))
    result = gradient(module, x, target)
    wanted = result.transform.analyse(by_hand(lambda x: f(module, x), x))
    for band, values in result.attribution.bands():
        torch.testing.assert_close(values, dict(wanted.bands())[band])


def test_results_keep_what_outputs_are(tmp_path):
    module, x = linear((8, 8), 1), inputs((8, 8))
    result = gradient(module, x)
    result.save(tmp_path / "a.npz")
    loaded = WaveletAttribution.load(tmp_path / "a.npz")
    assert loaded.output == "logit"
    torch.testing.assert_close(loaded.probabilities, result.probabilities)


def test_logits_in_the_range_of_probabilities_are_not_taken_for_them():
    module, x = linear((8, 8), 1), inputs((8, 8))
    with torch.no_grad():
        module[1].bias.fill_(0.5)
    classifier = Classifier(module, ndim=2)
    assert classifier.output == "softmax" and classifier.chosen_output == "auto"
    zero = classifier.scores(x * 0)
    torch.testing.assert_close(zero, torch.tensor([[-0.5, 0.5]] * 2, dtype=torch.float64))
    assert classifier.output == "logit"


def test_what_cannot_be_meant_is_refused():
    x = inputs((8, 8))
    with pytest.raises(SettingsError, match="'logit', which is one number; .* returns 3"):
        explain_module(linear((8, 8), 3), x, output="logit")
    with pytest.raises(SettingsError, match="'softmax', and .* returns one number"):
        explain_module(linear((8, 8), 1), x, output="softmax")


class Answers(nn.Module):
    def __init__(self, wrap):
        super().__init__()
        self.inner, self.wrap = linear((8, 8), 3), wrap

    def forward(self, x):
        return self.wrap(self.inner(x))


class Output:
    def __init__(self, logits):
        self.logits = logits


@pytest.mark.parametrize(
    ("wrap", "select"),
    [
        (lambda z: {"logits": z, "loss": None}, None),
        (Output, None),
        (lambda z: (z,), None),
        (lambda z: (z * 2, z), 1),
        (lambda z: {"a": z, "b": z * 2}, "a"),
        (lambda z: [[z]], lambda answer: answer[0][0]),
    ],
)
def test_logits_are_found_in_what_is_returned(wrap, select):
    module, x = Answers(wrap), inputs((8, 8))
    result = gradient(module, x, 1, select=select)
    torch.testing.assert_close(result.logits, module.inner(x).detach())


def test_what_holds_several_tensors_asks_which():
    module, x = Answers(lambda z: (z, z)), inputs((8, 8))
    with pytest.raises(ModelError, match=r"a tuple of \(2, 3\), \(2, 3\); say with select="):
        gradient(module, x)
    with pytest.raises(ModelError, match="no part 'logits'"):
        gradient(module, x, select="logits")


def test_a_target_for_each_input():
    module, x = linear((8, 8), 3), inputs((8, 8), 3)
    z = module(x).detach()
    result = gradient(module, x, [2, 1, None])
    torch.testing.assert_close(result.scores, torch.stack((z[0, 2], z[1, 1], z[2].max())))
    result = gradient(module, x, torch.tensor([0, 1, 2]))
    torch.testing.assert_close(result.scores, z.diag())
    with pytest.raises(SettingsError, match="2 targets were given for 3 inputs"):
        gradient(module, x, [0, 1])


def test_captum_counts_columns():
    module, x = linear((8, 8), 1), inputs((8, 8))
    found = LikeCaptum(module).attribute(x, target=0, n_steps=8)
    totals = found.flatten(1).sum(1)
    wanted = module(x).detach()[:, 0] - module(torch.zeros_like(x)).detach()[:, 0]
    torch.testing.assert_close(totals, wanted)


@pytest.mark.parametrize(
    ("shape", "spatial", "channels", "size"),
    [
        ((2, 16), (1,), 1, (16,)),
        ((2, 8, 16), (1, 2), 1, (8, 16)),
        ((2, 4, 3, 8, 8), (1, 3, 4), 3, (4, 8, 8)),
        ((2, 8, 8, 3), (1, 2), 3, (8, 8)),
        ((2, 2, 3, 16), (3,), 6, (16,)),
    ],
)
def test_axes_in_another_order(shape, spatial, channels, size):
    torch.manual_seed(3)
    module = nn.Sequential(nn.Flatten(), nn.Linear(torch.Size(shape[1:]).numel(), 3)).double()
    x = torch.randn(shape, dtype=torch.float64)
    result = explain_module(module, x, 1, spatial=spatial, path=IntegratedGradients(4))
    assert tuple(result.input.shape) == (2, channels, *size)
    torch.testing.assert_close(result.logits, module(x).detach())
    others = [axis for axis in range(1, len(shape)) if axis not in spatial]
    wanted = (x * by_hand(lambda x: module(x)[:, 1], x)).permute(0, *others, *spatial)
    total = sum(values.flatten(1).sum(1) for _, values in result.attribution.bands())
    torch.testing.assert_close(total, wanted.flatten(1).sum(1))
    assert "transformed" in result.provenance.layout


@pytest.mark.parametrize("spatial", [(), (0,), (1, 1), (4,), (1, 2, 3, 4)])
def test_axes_that_do_not_exist(spatial):
    with pytest.raises(InputError, match="spatial is"):
        explain_module(linear((8, 8), 3), inputs((8, 8)), spatial=spatial)


def test_a_network_may_be_taken_for_another_kind():
    module, x = linear((8, 8), 3), inputs((8, 8))
    classes = Classifier(module, ndim=2)
    labels = classes.with_output("sigmoid")
    assert labels.fingerprint != classes.fingerprint and classes.with_output("auto") is classes
    assert labels.module_fingerprint == classes.module_fingerprint, "one module, passed by one lane"
    torch.testing.assert_close(labels.predict(x), module(x).detach().sigmoid())
    torch.testing.assert_close(classes.predict(x), module(x).detach().softmax(1))


def test_a_guess_takes_few_passes():
    module, x = linear((8, 8), 3), inputs((8, 8))
    asked = []

    def ask(x):
        asked.append(len(x))
        return module(x)

    assert guess(module, ask, x, module(x).detach()) == "softmax" and not asked
