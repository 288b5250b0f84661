"""Attribution falls where the sound is, beyond what the sound and the architecture explain.

The full measurement is ``python -m benchmarks.sound``; here is a part of it with its bounds.
"""

import statistics

import pytest
import torch

from benchmarks.sound import (
    HAAR,
    PATH,
    Clip,
    cleaned,
    composite_shares,
    synthesised_clips,
    tick_share,
)
from wam_core import IntegratedGradients, explain
from wam_core.evaluation.randomisation import randomised

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # a loaded machine is no failure


@pytest.fixture(scope="module")
def clips(esc10, fold4):
    return [Clip(label, name, esc10.prepare(signal)) for label, name, signal in fold4]


@pytest.fixture(scope="module")
def control(esc10, clips):
    batches = [torch.cat([clip.x for clip in clips[start::8]]) for start in range(2)]
    return randomised(esc10, batches, seed=0)


def test_each_logits_attribution_lies_in_its_own_half(esc10, control, clips):
    both, each = composite_shares(esc10, clips, count=12)
    assert both >= 0.9 and each >= 0.9
    by_chance, _ = composite_shares(control, clips, count=12)
    assert by_chance <= 0.4


def test_a_clocks_attribution_lies_within_its_ticks(esc10):
    shares = [tick_share(esc10, seed) for seed in range(4)]
    assert statistics.median(share for share, _, _ in shares) >= 0.75
    assert all(share >= 3 * time for share, _, time in shares)


def test_the_kept_part_of_a_noisy_sound_is_cleaner_than_the_sound(esc10, control, clips):
    chosen = synthesised_clips(esc10) + clips[::20]
    rows = [row for clip in chosen if (row := cleaned(esc10, control, clip)) is not None]
    assert len(rows) >= 6
    hard = [row["hard 10 %"] for row in rows]
    assert min(row.trained for row in hard) > 0
    assert statistics.median(row.trained for row in hard) >= 4
    for other in ("magnitude", "untrained", "random"):
        gain = [row.trained - getattr(row, other) for row in hard]
        assert statistics.median(gain) > 0, other
    soft = [row["supported 10 %"] for row in rows]
    assert statistics.median(row.trained for row in soft) >= 9
    assert statistics.mean(row.class_kept for row in soft) >= 0.85


def test_graded_points_reach_completeness_where_plain_ones_do_not(esc10):
    for clip in synthesised_clips(esc10):
        x, label = clip.x, clip.label
        graded = explain(esc10, x, label, transform=HAAR, path=IntegratedGradients(40, grading=4))
        assert float(graded.completeness_gap) <= 0.05
        difference = float(graded.scores - graded.origin_scores)
        assert float(graded.representation.sum()) == pytest.approx(difference, rel=0.05)
    assert PATH.grading > 1
    plain = [
        float(
            explain(
                esc10, clip.x, clip.label, transform=HAAR, path=IntegratedGradients(25)
            ).completeness_gap
        )
        for clip in synthesised_clips(esc10)[::5]
    ]
    assert max(plain) > 0.2
