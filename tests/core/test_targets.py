"""Which score is explained, and what is said when it does not exist."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from wam_core.classifier import Classifier
from wam_core.errors import InputError, SettingsError
from wam_core.targets import Contrast, LogProbability, pick, resolve

LOGITS = torch.tensor([[0.0, 2.0, 1.0], [5.0, -1.0, 3.0]])


def labelled(labels=("tabby, tabby cat", "dog", "crane")):
    return Classifier(nn.Linear(3, 3), ndim=1, labels=labels, name="zoo")


def test_none_is_each_sample_s_own_prediction():
    targets = resolve(None, labelled(), LOGITS)
    assert [(t.index, t.label) for t in targets] == [(1, "dog"), (0, "tabby, tabby cat")]
    assert_close(pick(targets, LOGITS), torch.tensor([2.0, 5.0]))


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (2, 2),
        ("dog", 1),
        ("DOG", 1),
        ("tabby cat", 0),
        ("tabby, tabby cat", 0),
        ("crane", 2),
    ],
)
def test_a_class_by_number_or_name(wanted, index):
    targets = resolve(wanted, labelled(), LOGITS)
    assert [t.index for t in targets] == [index, index]
    assert_close(pick(targets, LOGITS), LOGITS[:, index])
    assert_close(targets[0].pick(LOGITS), LOGITS[:, index])


def test_a_contrast_is_a_difference_of_logits():
    targets = resolve(Contrast("dog", 2), labelled(), LOGITS)
    assert_close(pick(targets, LOGITS), torch.tensor([1.0, -4.0]))
    assert str(targets[0]) == "dog − crane"


def test_scores_with_more_axes_in_front():
    stacked = torch.stack([LOGITS, LOGITS + 1, LOGITS * 2])
    targets = resolve(None, labelled(), LOGITS)
    assert_close(pick(targets, stacked), torch.tensor([[2.0, 5.0], [3.0, 6.0], [4.0, 10.0]]))


def test_without_labels_classes_have_numbers():
    plain = Classifier(nn.Linear(3, 3), ndim=1)
    assert str(resolve(2, plain, LOGITS)[0]) == "2"


@pytest.mark.parametrize(
    ("wanted", "error", "message"),
    [
        (3, SettingsError, "class 3 does not exist: zoo has classes 0 … 2"),
        (-1, SettingsError, "class -1 does not exist"),
        ("cow", InputError, "no class named 'cow'"),
        (Contrast(1, 9), SettingsError, "class 9 does not exist"),
        (Contrast("dog", 1), SettingsError, "dog was given twice"),
    ],
)
def test_errors_name_the_value(wanted, error, message):
    with pytest.raises(error, match=message):
        resolve(wanted, labelled(), LOGITS)


def test_an_ambiguous_name_is_refused_with_the_choices():
    with pytest.raises(InputError, match=r"'crane' names 2 classes of zoo: .* 0, 2"):
        resolve("crane", labelled(("crane", "dog", "crane")), LOGITS)


@pytest.mark.parametrize(
    ("wanted", "quantity", "value"),
    [
        (1, "logit", 2.0),
        (LogProbability(1), "log p", LOGITS[0].log_softmax(0)[1].item()),
        (Contrast(1, 2), "difference of logits", 1.0),
    ],
)
def test_a_score_says_what_it_is(wanted, quantity, value):
    (target, _) = resolve(wanted, labelled(), LOGITS)
    assert target.quantity == quantity
    assert target.pick(LOGITS[0]).item() == pytest.approx(value)
