"""The method as an ``explain_func`` of Quantus."""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from wam_core.adapters.like_captum import WaveletGradients
from wam_core.transforms import Transform


def explain_func(
    model: nn.Module,
    inputs: npt.NDArray[Any],
    targets: npt.NDArray[Any],
    *,
    transform: Transform | None = None,
    device: str | torch.device | None = None,
    n_steps: int | None = 50,
    nt_samples: int = 0,
    stdevs: float = 1.0,
    internal_batch_size: int | None = None,
    seed: int = 42,
) -> npt.NDArray[Any]:
    """Explain a batch as Quantus's metrics ask for it; settings go in ``explain_func_kwargs``.

    Args:
        model: a module, (batch, channel, *space) → logits; given back in its own mode and place.
        inputs: (batch, channel, *space).
        targets: a class per input.
        transform: haar with three levels where None, or as many as the inputs have room for.
        device: where to; Quantus passes on its own. Where the model is, where None.
        n_steps, nt_samples, stdevs, internal_batch_size, seed: as
            :meth:`WaveletGradients.attribute`.

    Returns:
        Signed attributions of the shape of the inputs, as :meth:`WaveletGradients.attribute`.

    Raises:
        SettingsError, InputError, NumericalError, MemoryShortageError: as there.
    """
    like = next(model.parameters(), torch.empty(0))
    place = like.device if device is None else torch.device(device)
    x = torch.as_tensor(np.asarray(inputs)).to(place, like.dtype)
    try:
        found = WaveletGradients(model.to(place), transform).attribute(
            x, torch.as_tensor(np.asarray(targets)), n_steps=n_steps, nt_samples=nt_samples,
            stdevs=stdevs, internal_batch_size=internal_batch_size, seed=seed,
        )  # fmt: skip
    finally:
        model.to(like.device)
    attributions: npt.NDArray[Any] = found.cpu().numpy()
    return attributions
