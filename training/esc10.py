"""Train the embedded sound network on ESC-10 and on synthesised sounds.

    python -m training.esc10 --data ESC10_FOLDER

Folds 1 to 3 are for training, fold 4 for choosing and reporting; fold 5 is not looked at. The
folder holds one folder per class, with clips whose names begin with the number of their fold.
"""

import argparse
import copy
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from models import sounds
from models.architectures.sound import MelVGG
from models.frontends import SoundFrontend
from models.mel import LogMel
from training import clips

LENGTH = int(sounds.RATE * sounds.SECONDS)


@dataclass
class Clips:
    """Power mel spectrograms and their classes."""

    power: Tensor  # (clips, 1, mels, frames)
    label: Tensor  # (clips,)


def gathered(waveforms: Iterable[tuple[Tensor, int]], mel: LogMel) -> Clips:
    """The power mel spectrograms of waveforms."""
    powers, targets = zip(*((mel.power(x), index) for x, index in waveforms), strict=True)
    return Clips(torch.cat(powers), torch.tensor(targets))


class Augment:
    """Shift, gain, white noise, mixing in power, halves of two clips, and masked stripes."""

    def __init__(self, mel: LogMel, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)
        self.floor = mel.floor
        noise = torch.randn(1, 1, LENGTH, generator=self.generator)
        self.white = mel.power(noise)[0, 0]  # (mels, frames) of noise with unit power

    def _uniform(self, low: float, high: float) -> float:
        return low + (high - low) * float(torch.rand((), generator=self.generator))

    def _below(self, count: int) -> int:
        return int(torch.randint(count, (), generator=self.generator))

    def __call__(self, power: Tensor, label: Tensor, classes: int) -> tuple[Tensor, Tensor]:
        """Decibels (b, 1, mels, frames) and soft labels (b, classes) for a batch."""
        frames = power.shape[-1]
        out = torch.stack(
            [clip.roll(self._below(frames), -1) * 10 ** self._uniform(-2.5, 0.8) for clip in power]
        )
        wanted = nn.functional.one_hot(label, classes).float()
        order = torch.randperm(len(out), generator=self.generator)
        mixed, mixed_wanted = out.clone(), wanted.clone()
        for i, j in enumerate(order.tolist()):
            draw = self._uniform(0, 1)
            if draw < 0.35:  # both at once, weighted by a share of their levels
                share = self._uniform(0, 1) ** 0.5
                level = (out[i].mean() / out[j].mean().clamp_min(1e-12)).clamp(1e-3, 1e3)
                mixed[i] = share * out[i] + (1 - share) * out[j] * level
                mixed_wanted[i] = share * wanted[i] + (1 - share) * wanted[j]
            elif draw < 0.55:  # one after the other
                cut = self._below(frames // 2) + frames // 4
                level = (out[i].mean() / out[j].mean().clamp_min(1e-12)).clamp(1e-3, 1e3)
                mixed[i, ..., cut:] = (out[j] * level)[..., cut:]
                share = cut / frames
                mixed_wanted[i] = share * wanted[i] + (1 - share) * wanted[j]
            if self._uniform(0, 1) < 0.4:
                ratio = 10 ** self._uniform(-4.5, 0.2)  # of the noise's power to the clip's
                scale = mixed[i].mean() / self.white.mean() * ratio
                mixed[i] += scale * self.white.roll(self._below(frames), -1)
        decibels = 10 * mixed.clamp_min(self.floor).log10()
        for clip in decibels:
            fill = clip.mean()
            for axis, widest in ((-2, 24), (-1, 60)):
                for _ in range(2):
                    width = self._below(widest)
                    start = self._below(clip.shape[axis] - width)
                    clip.narrow(axis, start, width).fill_(fill)
        return decibels, mixed_wanted


@torch.no_grad()
def measure(net: nn.Module, held: Clips, floor: float) -> tuple[float, float]:
    """Accuracy and cross-entropy."""
    net.eval()
    decibels = 10 * held.power.clamp_min(floor).log10()
    logits = torch.cat([net(chunk) for chunk in decibels.split(16)])
    right = float((logits.argmax(1) == held.label).float().mean())
    return right, float(nn.functional.cross_entropy(logits, held.label))


def train(data: Path, out: Path, epochs: int, batch: int, seed: int, variants: int) -> None:
    """Write the averaged weights of the epoch that fold 4 likes best."""
    torch.manual_seed(seed)
    labels = sorted(folder.name for folder in data.iterdir() if folder.is_dir())
    mel = LogMel(sounds.RATE).eval()
    with torch.no_grad():
        frontend = SoundFrontend(sounds.RATE, LENGTH)
        real = gathered(clips.recorded(data, labels, {"1", "2", "3"}, frontend), mel)
        held = gathered(clips.recorded(data, labels, {"4"}, frontend), mel)
        seeds = range(clips.FIRST_SEED, clips.FIRST_SEED + variants)
        made = gathered(clips.synthesised(labels, seeds), mel)
    print(f"{len(real.label)} real, {len(made.label)} synthesised, {len(held.label)} held out")
    augment = Augment(mel, seed)
    net = MelVGG(len(labels)).to(memory_format=torch.channels_last)
    averaged = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=2e-2)
    per_epoch = 2 * len(real.label) // batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, 2e-3, total_steps=epochs * per_epoch, pct_start=0.15
    )
    began = time.monotonic()
    step = 0
    best = (0.0, -math.inf)
    for epoch in range(epochs):
        net.train()
        total = 0.0
        for _ in range(per_epoch):
            # Two thirds real, one third synthesised, whatever their numbers.
            first = torch.randint(len(real.label), (2 * batch // 3,), generator=augment.generator)
            second = torch.randint(
                len(made.label), (batch - len(first),), generator=augment.generator
            )
            power = torch.cat((real.power[first], made.power[second]))
            label = torch.cat((real.label[first], made.label[second]))
            decibels, wanted = augment(power, label, len(labels))
            with torch.autocast("cpu", torch.bfloat16):
                logits = net(decibels.to(memory_format=torch.channels_last))
            loss = nn.functional.cross_entropy(logits.float(), wanted, label_smoothing=0.05)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
            step += 1
            keep = min(0.995, step / (step + 20))
            with torch.no_grad():
                for mean, now in zip(
                    averaged.state_dict().values(), net.state_dict().values(), strict=True
                ):
                    if mean.is_floating_point():
                        mean.lerp_(now, 1 - keep)
                    else:
                        mean.copy_(now)
        right, loss_held = measure(averaged, held, mel.floor)
        if (right, -loss_held) > best:
            best = (right, -loss_held)
            state = {key: value.contiguous() for key, value in averaged.state_dict().items()}
            save_file(state, out, metadata={"labels": ",".join(labels)})
        print(
            f"epoch {epoch + 1:3d}  loss {total / per_epoch:.3f}  fold 4: {right:.3f} "
            f"({loss_held:.3f})  {time.monotonic() - began:.0f} s",
            flush=True,
        )
    error = math.sqrt(best[0] * (1 - best[0]) / len(held.label))
    print(f"fold 4: {best[0]:.3f} ± {error:.3f} (standard error), chosen on the same fold")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("models/weights/esc10.safetensors"))
    parser.add_argument("--epochs", type=int, default=80)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--variants", type=int, default=clips.VARIANTS)
    given = parser.parse_args()
    train(given.data, given.out, given.epochs, given.batch, given.seed, given.variants)
