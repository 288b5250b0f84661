"""Waveform → log-mel spectrogram, differentiable: it lies inside the graph of a sound network."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class LogMel(nn.Module):
    """The power mel spectrogram in dB: librosa's ``melspectrogram`` and ``power_to_db``.

    The floor is applied to the power before the logarithm, so that silence has a value and a
    gradient (zero); there is no ceiling and no reference to the clip's own maximum, as that would
    make a bin depend on its neighbours. dB are relative to a power of 1.

    Args:
        rate: samples per second.
        n_fft: the length of the Hann window and of the Fourier transform, in samples.
        hop: the step between frames, in samples.
        mels: the number of mel bands (Slaney's scale and normalisation), 0 Hz … rate/2.
        floor: the least power that is told from silence; 1e-10 is −100 dB.

    >>> LogMel(44_100)(torch.zeros(1, 1, 44_100)).shape
    torch.Size([1, 1, 128, 87])
    """

    filters: Tensor
    window: Tensor

    def __init__(
        self, rate: int, n_fft: int = 1024, hop: int = 512, mels: int = 128, floor: float = 1e-10
    ) -> None:
        super().__init__()
        import librosa  # a second of importing, which only who uses a sound network is to pay

        self.rate, self.n_fft, self.hop, self.mels, self.floor = rate, n_fft, hop, mels, floor
        filters = librosa.filters.mel(sr=rate, n_fft=n_fft, n_mels=mels)
        # Derived from the arguments, so they are no part of the weights.
        self.register_buffer("filters", torch.from_numpy(filters), persistent=False)
        self.register_buffer("window", torch.hann_window(n_fft), persistent=False)

    def forward(self, x: Float[Tensor, "b 1 n"]) -> Float[Tensor, "b 1 mels frames"]:
        """dB, low frequencies first; 1 + n // hop frames, the k-th centred at sample k · hop."""
        return 10 * self.power(x).clamp_min(self.floor).log10()

    def power(self, x: Float[Tensor, "b 1 n"]) -> Float[Tensor, "b 1 mels frames"]:
        """The mel power before the logarithm."""
        spectrum = torch.stft(
            x.squeeze(1), self.n_fft, self.hop, window=self.window.to(x.dtype),
            center=True, pad_mode="constant", return_complex=True,
        )  # fmt: skip
        # |X|² without the absolute value, whose gradient is not defined at 0.
        power = spectrum.real.square() + spectrum.imag.square()
        return (self.filters.to(x.dtype) @ power).unsqueeze(1)

    @property
    def frequencies(self) -> tuple[float, ...]:
        """The centre of each mel band, in Hz."""
        import librosa

        centres = librosa.mel_frequencies(self.mels + 2, fmin=0, fmax=self.rate / 2)[1:-1]
        return tuple(float(centre) for centre in centres)

    def extra_repr(self) -> str:
        """Everything that is no weight: it belongs to the fingerprint."""
        return (
            f"rate={self.rate}, n_fft={self.n_fft}, hop={self.hop}, mels={self.mels}, "
            f"floor={self.floor}"
        )
