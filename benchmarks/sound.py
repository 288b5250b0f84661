"""Does an attribution of sound fall where the sound is, beyond what the sound alone explains?

    python -m benchmarks.sound --data ESC10_FOLDER

Every figure stands beside its controls: |z| (no network), a random ranking, and the same network
with random weights. γ_IG contains z, so even an untrained network "cleans" noise.
"""

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import models
from benchmarks.volumes import completeness_gap
from models import samples, sounds
from wam_core import Classifier, DiscreteWaveletTransform, IntegratedGradients, explain
from wam_core.bands import Bands
from wam_core.evaluation.mixtures import with_noise
from wam_core.evaluation.randomisation import randomised
from wam_core.masks import Soft, Supported
from wam_core.signals import read
from wam_core.views import Keep, Selection

HAAR = DiscreteWaveletTransform("haar", 8, ndim=1)
PATH = IntegratedGradients(16, grading=4)
SMOOTHED = 0.02 * sounds.RATE  # 20 ms


@dataclass(frozen=True, eq=False)
class Clip:
    label: str
    name: str
    x: Tensor


def real_clips(net: Classifier, folder: Path) -> list[Clip]:
    """Fold 4, which the network was not trained on."""
    return [
        Clip(
            file.parent.name.replace("_", " "),
            file.name,
            net.prepare(read(file.read_bytes(), file.name)),
        )
        for file in sorted(folder.glob("*/4-*.ogg"))
    ]


def synthesised_clips(net: Classifier) -> list[Clip]:
    return [
        Clip(label.replace("_", " "), f"{label} (synthesised)", net.prepare(samples.load(label)))
        for label in sounds.SYNTHESISERS
    ]


def by_half(
    attribution: Bands, transform: DiscreteWaveletTransform, size: int
) -> tuple[float, float]:
    """Σγ of the coefficients centred in the first and in the second half."""
    first = second = 0.0
    layout = transform.layout([size])
    for band, values in attribution.bands():
        row = values[0].sum(0).double()
        place = layout[band].centres() + 0.5
        first += float(row[place < size / 2].sum())
        second += float(row[place >= size / 2].sum())
    return first, second


def composites(clips: list[Clip], count: int, seed: int) -> Iterator[tuple[Clip, Clip, Tensor]]:
    """The loudest 2.5 s of a clip, then that of a clip of another class, equally loud."""

    def loudest_half(x: Tensor) -> Tensor:
        half = x.shape[-1] // 2
        energy = torch.cat((torch.zeros(1), x[0, 0].square().cumsum(0)))
        start = int((energy[half:] - energy[:-half]).argmax())
        part = x[..., start : start + half]
        return 0.1 * part / part.square().mean().sqrt()

    draw = np.random.default_rng(seed)
    made = 0
    while made < count:
        one, other = (clips[i] for i in draw.integers(0, len(clips), 2))
        if one.label != other.label:
            yield one, other, torch.cat((loudest_half(one.x), loudest_half(other.x)), dim=-1)
            made += 1


def composite_shares(net: Classifier, clips: list[Clip], count: int = 30) -> tuple[float, float]:
    """How often each logit's γ_IG is larger in its own half: both logits, and one by one."""
    both = each = 0
    for one, other, x in composites(clips, count, seed=0):
        right = []
        for label, own in ((one.label, 0), (other.label, 1)):
            result = explain(net, x, label, transform=HAAR, path=PATH)
            halves = by_half(result.attribution, HAAR, x.shape[-1])
            right.append(halves[own] > halves[1 - own])
        both, each = both + all(right), each + sum(right)
    return both / count, each / (2 * count)


def tick_share(net: Classifier, seed: int) -> tuple[float, float, float]:
    """Of a clock's |γ_IG|, of its |z|, and of the time: the share within the ticks."""
    sound = sounds.synthesise("clock_tick", seed)
    inside = torch.zeros(len(sound.samples), dtype=torch.bool)
    for event in sound.events:
        inside[int(event.start * sounds.RATE) : int(event.stop * sounds.RATE)] = True
    x = torch.from_numpy(sound.samples.astype(np.float32)).view(1, 1, -1)
    result = explain(net, x, "clock tick", transform=HAAR, path=PATH)

    def share(z: Bands) -> float:
        within = total = 0.0
        for band, values in z.bands():
            row = values[0, 0].abs().double()
            place = result.layout[band].centres() + 0.5
            within += float(row[inside[place.long().clamp(0, len(inside) - 1)]].sum())
            total += float(row.sum())
        return within / total

    return share(result.attribution), share(result.coefficients), float(inside.float().mean())


@dataclass(frozen=True)
class Cleaned:
    """Of one clip in noise and one way to keep: SNR in dB, and whether its class was kept."""

    trained: float
    magnitude: float
    untrained: float
    random: float
    class_kept: bool
    class_kept_by_magnitude: bool


def masks(z: Bands) -> dict[str, Keep]:
    return {
        "hard 10 %": Selection(0.1),
        "soft 10 %": Soft(0.1, SMOOTHED),
        "supported 10 %": Supported(z, 0.1, SMOOTHED),
    }


def cleaned(net: Classifier, control: Classifier, clip: Clip) -> dict[str, Cleaned] | None:
    """At 0 dB of white noise; None where the network no longer names the clip rightly."""
    mixture = with_noise(clip.x)
    wanted = net.index(clip.label)
    if int(net.predict(mixture.sum)[0].argmax()) != wanted:
        return None
    result = explain(net, mixture.sum, wanted, transform=HAAR, path=PATH)
    other = explain(control, mixture.sum, wanted, transform=HAAR, path=PATH)
    draw = torch.Generator().manual_seed(0)
    noise = result.attribution.map(lambda band: torch.randn(band.shape, generator=draw))
    out = {}
    for name, keep in masks(result.coefficients).items():
        # The magnitude is what is ranked where nothing else is known: a γ of |z|.
        magnitude = result.coefficients.map(torch.abs)
        parts = [
            mixture.kept(HAAR, keep.mask(ranking))
            for ranking in (result.attribution, magnitude, other.attribution, noise)
        ]
        first, second = (int(net.predict(part.sum)[0].argmax()) == wanted for part in parts[:2])
        ratios = [part.ratio for part in parts]
        out[name] = Cleaned(ratios[0], ratios[1], ratios[2], ratios[3], first, second)
    return out


def noise_table(
    net: Classifier, control: Classifier, clips: list[Clip], say: Callable[[str], None]
) -> dict[str, list[Cleaned]]:
    table: dict[str, list[Cleaned]] = defaultdict(list)
    for clip in clips:
        row = cleaned(net, control, clip)
        if row is None:
            say(f"  {clip.label:16s} {clip.name}: not named rightly in noise, left out")
            continue
        for name, figures in row.items():
            table[name].append(figures)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--composites", type=int, default=30)
    parser.add_argument("--real", type=int, default=20, help="real clips in the noise table")
    given = parser.parse_args()
    began = time.monotonic()
    net = models.load("esc10")
    real, made = real_clips(net, given.data), synthesised_clips(net)
    right = [int(net.predict(clip.x)[0].argmax()) == net.index(clip.label) for clip in real]
    print(f"fold 4: {sum(right)} of {len(right)} named rightly")
    batches = [torch.cat([clip.x for clip in real[start::8]]) for start in range(2)]
    controls = [randomised(net, batches, seed) for seed in range(3)]

    print("\nIntegrated Gradients: what is missing, zero baseline, six synthesised sounds")
    for steps, grading in ((25, 1.0), (25, 4.0), (60, 4.0)):
        path = IntegratedGradients(steps, grading=grading)
        gaps = [
            completeness_gap(explain(net, clip.x, clip.label, transform=HAAR, path=path))
            for clip in made
        ]
        print(f"  {steps} points, grading {grading:g}: " + " ".join(f"{gap:.1%}" for gap in gaps))

    print(f"\nTwo sounds in turn ({given.composites}): γ of each logit larger in its own half")
    for name, judged in (("trained", net), ("random weights", controls[0])):
        both, each = composite_shares(judged, real, given.composites)
        print(f"  {name:15s} both {both:.0%}, each {each:.0%}")

    print("\nClock: share within the ticks of |γ|, of |z|, of the time (median of 10)")
    shares = [tick_share(net, seed) for seed in range(10)]
    print(
        "  " + " ".join(f"{statistics.median(column):.3f}" for column in zip(*shares, strict=True))
    )

    print("\n0 dB white noise: SNR of the kept part, median (least) in dB")
    clips = made + real[:: max(1, len(real) // given.real)]
    table = noise_table(net, controls[0], clips, print)
    for name, rows in table.items():
        for control in ("trained", "magnitude", "untrained", "random"):
            figures = [getattr(row, control) for row in rows]
            print(f"  {name} {control:10s} {statistics.median(figures):5.1f} ({min(figures):.1f})")
        kept = statistics.mean(row.class_kept for row in rows)
        by_z = statistics.mean(row.class_kept_by_magnitude for row in rows)
        print(f"  {name} class kept {kept:.0%}, by |z| {by_z:.0%}, of {len(rows)} clips")
    print(f"\n{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
