"""Train the embedded raw-waveform network on ESC-10 and on synthesised sounds.

    python -m training.esc10_raw --data ESC10_FOLDER

Folds 1 to 3 are for training, fold 4 for choosing and reporting; fold 5 is not looked at. The
folder holds one folder per class, with clips whose names begin with the number of their fold.
"""

import argparse
import copy
import math
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from models import sounds
from models.architectures.sound import RATE, WINDOW, Clip, MicroACDNet
from models.frontends import SoundFrontend
from training import clips
from wam_core.signals.audio import resample

# A stretched window reads this many samples per sample, at most; and its inverse at least.
_STRETCH = 1.25
_REACH = math.ceil(WINDOW * _STRETCH) + 1


class Clips:
    """Waveforms of any length between half windows of silence, and their classes."""

    def __init__(self, waveforms: Sequence[Tensor], label: Sequence[int]) -> None:
        self.waveforms = waveforms  # each (samples,)
        self.label = torch.tensor(label)
        self.length = torch.tensor([len(w) for w in waveforms])
        # After it as well as before: the longest window may begin at the last sample but half.
        room = int(self.length.max()) + WINDOW // 2 + _REACH
        self.padded = torch.zeros(len(waveforms), room)
        for row, waveform in zip(self.padded, waveforms, strict=True):
            row[WINDOW // 2 : WINDOW // 2 + len(waveform)] = waveform


def gathered(waveforms: Iterable[tuple[Tensor, int]]) -> Clips:
    """Waveforms at :data:`RATE`."""
    rows, targets = zip(*((x.flatten(), index) for x, index in waveforms), strict=True)
    return Clips(rows, targets)


def synthesised(labels: Sequence[str], seeds: range) -> Clips:
    """A sound for each seed and each class that can be synthesised."""
    return gathered(
        (torch.from_numpy(resample(x[0].numpy(), sounds.RATE, RATE)), index)
        for x, index in clips.synthesised(labels, seeds)
    )


class Augment:
    """Random windows, stretched; gain, polarity, white noise; two at once, or one after the other."""

    def __init__(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)

    def uniform(self, count: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        """A column of independent draws."""
        return low + (high - low) * torch.rand(count, 1, generator=self.generator)

    def draw(self, source: Clips, count: int) -> tuple[Tensor, Tensor]:
        """Windows (count, samples) of random clips, higher or lower by a major third at most."""
        which = torch.randint(len(source.label), (count,), generator=self.generator)
        # Speed changes pitch and tempo alike.
        speed = _STRETCH ** self.uniform(count, -1, 1)
        last = source.length[which, None] + 2 * (WINDOW // 2) - WINDOW * speed
        position = self.uniform(count) * last.clamp_min(0) + speed * torch.arange(WINDOW)
        left = position.long()
        rows = source.padded[which]
        between = rows.gather(1, left).lerp(rows.gather(1, left + 1), position - left)
        return between, source.label[which]

    def __call__(self, x: Tensor, label: Tensor, classes: int) -> tuple[Tensor, Tensor]:
        """Windows (b, 1, samples) and soft labels (b, classes)."""
        count = len(x)
        sign = self.uniform(count).sub(0.5).sign()
        x = x * sign * 10 ** (self.uniform(count, -20, 6) / 20)
        wanted = nn.functional.one_hot(label, classes).float()
        order = torch.randperm(count, generator=self.generator)
        other, level = x[order], _level(x)
        ratio = (level / level[order]).clamp(1e-2, 1e2)
        kind, share = self.uniform(count), self.uniform(count)
        # Between-class mixing (Tokozume et al. 2018): heard in the proportion of the labels.
        weight = 1 / (1 + ratio * (1 - share) / share.clamp_min(1e-3))
        both = (weight * x + (1 - weight) * other) / (weight**2 + (1 - weight) ** 2).sqrt()
        turn = torch.where(torch.arange(WINDOW) < share * WINDOW, x, other * ratio)
        mixing = kind < 0.7
        mixed = torch.where(kind < 0.5, both, torch.where(mixing, turn, x))
        share = torch.where(mixing, share, 1.0)
        noise = torch.randn(count, WINDOW, generator=self.generator)
        amount = torch.where(self.uniform(count) < 0.4, 10 ** self.uniform(count, -2.2, 0.0), 0.0)
        mixed = mixed + amount * _level(mixed) * noise
        wanted = share * wanted + (1 - share) * wanted[order]
        # Digital silence speaks for no class, so that windows of it do not outvote a short sound.
        silent = self.uniform(count) < 0.04
        return (
            torch.where(silent, 0.0, mixed).unsqueeze(1),
            torch.where(silent, 1 / classes, wanted),
        )


def _level(x: Tensor) -> Tensor:
    """The root mean square of each window (b, 1), above that of digital silence."""
    return x.square().mean(1, keepdim=True).sqrt().clamp_min(1e-5)


@torch.no_grad()
def accuracy(net: nn.Module, held: Clips) -> float:
    """The share of whole clips that are named rightly."""
    clip = Clip(net).eval()
    found = [int(clip(waveform.view(1, 1, -1)).argmax()) for waveform in held.waveforms]
    return float((torch.tensor(found) == held.label).float().mean())


def train(data: Path, out: Path, steps: int, batch: int, seed: int, variants: int) -> None:
    """Train, report as it goes, and save the running mean of the weights."""
    torch.manual_seed(seed)
    labels = sorted(folder.name for folder in data.iterdir() if folder.is_dir())
    frontend = SoundFrontend(RATE, round(RATE * sounds.SECONDS), trim=True, pad=False)
    real = gathered(clips.recorded(data, labels, {"1", "2", "3"}, frontend))
    held = gathered(clips.recorded(data, labels, {"4"}, frontend))
    made = synthesised(labels, range(clips.FIRST_SEED, clips.FIRST_SEED + variants))
    unheard = synthesised(labels, range(8))
    print(
        f"{len(real.label)} real, {len(made.label)} synthesised, {len(held.label)} held out",
        flush=True,
    )
    augment = Augment(seed)
    net = MicroACDNet(len(labels)).to(memory_format=torch.channels_last)
    averaged = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=4e-3, weight_decay=2e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, 4e-3, total_steps=steps, pct_start=0.15
    )
    began, total = time.monotonic(), 0.0
    every = 500
    for step in range(1, steps + 1):
        net.train()
        # Two thirds real, one third synthesised, whatever their numbers.
        drawn = [augment.draw(real, 2 * batch // 3), augment.draw(made, batch - 2 * batch // 3)]
        windows, label = (torch.cat(parts) for parts in zip(*drawn, strict=True))
        windows, wanted = augment(windows, label, len(labels))
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(windows)
        loss = nn.functional.cross_entropy(logits.float(), wanted)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        total += loss.item()
        _average(averaged, net, keep=min(0.998, step / (step + 20)))
        if step % every == 0 or step == steps:
            print(
                f"step {step:5d}  loss {total / every:.3f}  fold 4: {accuracy(averaged, held):.3f}  "
                f"unheard synthesised: {accuracy(averaged, unheard):.3f}  "
                f"{time.monotonic() - began:.0f} s",
                flush=True,
            )
            total = 0.0
            # A channels_last tensor cannot be saved.
            state = {key: value.contiguous() for key, value in averaged.state_dict().items()}
            save_file(state, out, metadata={"labels": ",".join(labels)})
    right = accuracy(averaged, held)
    error = math.sqrt(right * (1 - right) / len(held.label))
    print(f"fold 4: {right:.3f} ± {error:.3f} (standard error)")


@torch.no_grad()
def _average(averaged: nn.Module, net: nn.Module, keep: float) -> None:
    """Move the running mean of the weights towards them."""
    for mean, now in zip(averaged.state_dict().values(), net.state_dict().values(), strict=True):
        if mean.is_floating_point():
            mean.lerp_(now, 1 - keep)
        else:
            mean.copy_(now)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("models/weights/esc10_raw.safetensors"))
    parser.add_argument("--steps", type=int, default=3500)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--variants", type=int, default=clips.VARIANTS)
    given = parser.parse_args()
    train(given.data, given.out, given.steps, given.batch, given.seed, given.variants)
