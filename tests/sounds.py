"""Sound files of every accepted format, written by soundfile and FFmpeg."""

import io

import av
import numpy as np
import soundfile

# name → soundfile's format and subtype, and how far what comes back is from what went in: the root
# mean square of the difference in parts of that of the sound
LIBSNDFILE = {
    "WAV 8": ("WAV", "PCM_U8", 0.03),
    "WAV 16": ("WAV", "PCM_16", 1e-4),
    "WAV 24": ("WAV", "PCM_24", 1e-6),
    "WAV 32": ("WAV", "PCM_32", 1e-7),
    "WAV float": ("WAV", "FLOAT", 0),
    "WAV double": ("WAV", "DOUBLE", 0),
    "WAV extensible": ("WAVEX", "PCM_24", 1e-6),
    "AIFF 8": ("AIFF", "PCM_S8", 0.03),
    "AIFF 16": ("AIFF", "PCM_16", 1e-4),
    "AIFF 24": ("AIFF", "PCM_24", 1e-6),
    "AIFF float": ("AIFF", "FLOAT", 0),
    "FLAC": ("FLAC", "PCM_16", 1e-4),
    "OGG Vorbis": ("OGG", "VORBIS", 0.05),
    "OGG Opus": ("OGG", "OPUS", 0.05),
    "MP3": ("MP3", "MPEG_LAYER_III", 0.05),
}
# name → FFmpeg's writer and codec, and the same
FFMPEG = {
    "M4A": ("ipod", "aac", 0.05),
    "M4A lossless": ("ipod", "alac", 1e-4),
    "AAC": ("adts", "aac", 0.05),
    "WebM": ("webm", "libopus", 0.05),
    "Matroska": ("matroska", "flac", 1e-4),
}
FORMATS = (*LIBSNDFILE, *FFMPEG)


def tones(rate, seconds=0.5, channels=2):
    """(channel, sample): one soft sine per channel, 400 Hz, 500 Hz, …, with soft ends."""
    time = np.arange(round(rate * seconds)) / rate
    pitch = 400 + 100 * np.arange(channels)[:, None]
    return (0.5 * np.sin(2 * np.pi * pitch * time) * np.hanning(len(time))).astype(np.float32)


def written(name, values, rate):
    """The bytes of a file of one of FORMATS."""
    if name in FFMPEG:
        return _by_ffmpeg(*FFMPEG[name][:2], values, rate)
    form, subtype, _ = LIBSNDFILE[name]
    return by_soundfile(form, subtype, values, rate)


def by_soundfile(form, subtype, values, rate, **options):
    out = io.BytesIO()
    soundfile.write(out, values.T, rate, format=form, subtype=subtype, **options)
    return out.getvalue()


def tolerance(name):
    return {**LIBSNDFILE, **FFMPEG}[name][2]


def _by_ffmpeg(form, codec, values, rate):
    layout = {1: "mono", 2: "stereo"}[len(values)]
    out = io.BytesIO()
    with av.open(out, "w", format=form) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(values), "fltp", layout)
        frame.sample_rate, frame.pts = rate, 0
        context = stream.codec_context
        context.open()
        cutter = av.AudioResampler(context.format, layout, rate, context.frame_size or None)
        for piece in (*cutter.resample(frame), *cutter.resample(None)):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return out.getvalue()
