"""Pictures and sounds → compact files: WebP, animated WebP, MP4 and FLAC."""

import io
from collections.abc import Sequence
from fractions import Fraction

import av
import numpy as np
import numpy.typing as npt
import soundfile
from PIL import Image

from wam_core.errors import InputError

Pixels = npt.NDArray[np.uint8]
Pcm = npt.NDArray[np.int16]

_QUICK = 2  # Pillow's effort: 6 takes 40 s for an animation
_SOUND_RATE = 48_000  # of an MP4; every player takes it
_QUIET = 18  # x264's constant rate factor: no loss to be seen


def decode_webp(data: bytes) -> Pixels:
    """The pixels of a WebP file that this program made, (rows, columns, 4)."""
    with Image.open(io.BytesIO(data), formats=["WEBP"]) as picture:
        return np.asarray(picture.convert("RGBA"))


def fitted(pixels: Pixels, longest: int) -> Pixels:
    """A picture whose longer side has at most so many pixels; smaller ones stay as they are."""
    rows, columns = pixels.shape[:2]
    scale = longest / max(rows, columns)
    if scale >= 1:
        return pixels
    size = max(1, round(columns * scale)), max(1, round(rows * scale))
    picture = Image.fromarray(_checked(pixels)).resize(size, Image.Resampling.LANCZOS)
    return np.asarray(picture)


def encode_animation(
    frames: Sequence[Pixels], milliseconds: Sequence[int], quality: int = 85
) -> bytes:
    """An animated WebP that repeats.

    Args:
        frames: (rows, columns, 3) each, of one size.
        milliseconds: for which each of them is shown.
        quality: 0 … 100, lossy.

    Raises:
        InputError: no frames, frames of several sizes, or another number of durations.
    """
    first, *others = map(Image.fromarray, _alike(frames, len(milliseconds)))
    out = io.BytesIO()
    first.save(
        out, "WEBP", save_all=True, append_images=others, duration=list(milliseconds), loop=0,
        quality=quality, method=_QUICK,
    )  # fmt: skip
    return out.getvalue()


def encode_video(
    frames: Sequence[Pixels],
    repeats: Sequence[int],
    per_second: int,
    sound: Pcm | None = None,
    rate: int = 0,
) -> bytes:
    """An MP4 file: H.264, with AAC where there is a sound.

    Args:
        frames: (rows, columns, 3) each, of one size; an odd side loses its last pixel.
        repeats: for how many frames of the video each of them stays.
        per_second: frames of the video a second.
        sound: (samples,), mono.
        rate: its samples a second.

    Raises:
        InputError: no frames, frames of several sizes, or another number of repeats.
    """
    pictures = _alike(frames, len(repeats))
    rows, columns = (side // 2 * 2 for side in pictures[0].shape[:2])
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as file:
        video = file.add_stream("h264", rate=per_second, options={"crf": str(_QUIET)})
        video.width, video.height, video.pix_fmt = columns, rows, "yuv420p"
        audio = None if sound is None else file.add_stream("aac", rate=_SOUND_RATE, layout="mono")
        at = 0
        for pixels, count in zip(pictures, repeats, strict=True):
            for _ in range(count):
                frame = av.VideoFrame.from_ndarray(pixels[:rows, :columns], format="rgb24")
                frame.pts, frame.time_base = at, Fraction(1, per_second)
                at += 1
                file.mux(video.encode(frame))
        file.mux(video.encode(None))
        if sound is not None and audio is not None:
            frame_audio = av.AudioFrame.from_ndarray(sound[None], format="s16", layout="mono")
            frame_audio.sample_rate, frame_audio.pts, frame_audio.time_base = (
                rate,
                0,
                Fraction(1, rate),
            )
            resampler = av.AudioResampler("fltp", "mono", _SOUND_RATE)
            for part in (*resampler.resample(frame_audio), *resampler.resample(None)):
                file.mux(audio.encode(part))
            file.mux(audio.encode(None))
    return out.getvalue()


def encode_flac(sound: Pcm, rate: int) -> bytes:
    """A FLAC file of a mono sound, (samples,), bit for bit."""
    out = io.BytesIO()
    soundfile.write(out, sound, rate, format="FLAC", subtype="PCM_16")
    return out.getvalue()


def decode_flac(data: bytes) -> Pcm:
    """The samples of a mono FLAC file that this program made, (samples,)."""
    sound: Pcm = soundfile.read(io.BytesIO(data), dtype="int16")[0]
    return sound


def _alike(frames: Sequence[Pixels], count: int) -> list[Pixels]:
    """RGB frames, checked to be of one size and as many as is said of them."""
    if not frames or len(frames) != count or len({frame.shape for frame in frames}) != 1:
        raise InputError(
            f"{len(frames)} frames of {len({frame.shape for frame in frames})} sizes and {count} "
            "durations were given; at least one frame, all of one size, and as many durations are "
            "expected"
        )
    return [_checked(frame[..., :3]) for frame in frames]


def _checked(pixels: Pixels) -> Pixels:
    if pixels.dtype != np.uint8 or pixels.shape[2:] not in ((3,), (4,)):
        raise InputError(
            f"pixels of type {pixels.dtype} and shape {pixels.shape} were given; uint8 of "
            "(rows, columns, 3 or 4) is expected"
        )
    return np.ascontiguousarray(pixels)
