"""Recordings made on the spot: tones, clicks and noise in whatever container a test names."""

import io
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

Signal = NDArray[np.float32]
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
BIT_RATES = {"libopencore_amrnb": 12_200, "wmav2": 64_000}
"""Where PyAV's default does not fit the encoder."""


def make_tones(duration_s: float, sample_rate: int, frequencies: Sequence[float]) -> Signal:
    """One sine a channel at a third of full scale; 0 Hz is a silent channel. Shape (samples, channels)."""
    t = np.arange(round(duration_s * sample_rate))[:, None] / sample_rate
    return (np.sin(2 * np.pi * t * np.asarray(frequencies)) / 3).astype(np.float32)


def make_wav(samples: NDArray[Any], sample_rate: int, subtype: str = "PCM_16", format: str = "WAV") -> bytes:
    target = io.BytesIO()
    soundfile.write(target, samples, sample_rate, format=format, subtype=subtype)
    return target.getvalue()


def make_file(
    samples: Signal,
    sample_rate: int,
    codec: str,
    container: str,
    *,
    options: dict[str, str] | None = None,
    bit_rate: int | None = None,
    starts_s: Sequence[tuple[float, float, float]] | None = None,
) -> bytes:
    """Encode with PyAV; `starts_s` lists (at, from, to): the piece of the signal that is put at a time of the file."""
    layout = LAYOUTS[samples.shape[1]]
    with tempfile.NamedTemporaryFile() as target, av.open(target.name, "w", container, options) as muxer:
        stream = muxer.add_stream(codec, rate=sample_rate, layout=layout)
        if chosen := bit_rate or BIT_RATES.get(codec):
            stream.bit_rate = chosen
        for at_s, first_s, last_s in starts_s or [(0.0, 0.0, len(samples) / sample_rate)]:
            piece = samples[round(first_s * sample_rate) : round(last_s * sample_rate)]
            for start in range(0, len(piece), sample_rate // 10):
                block = np.ascontiguousarray((piece[start : start + sample_rate // 10] * 32767).astype(np.int16))
                frame = AudioFrame.from_ndarray(block.reshape(1, -1), "s16", layout)
                frame.sample_rate, frame.pts = sample_rate, round(at_s * sample_rate) + start
                muxer.mux(stream.encode(frame))
        muxer.mux(stream.encode(None))
        muxer.close()
        return Path(target.name).read_bytes()


@pytest.fixture
def tones() -> Callable[..., Signal]:
    return make_tones


@pytest.fixture
def wav() -> Callable[..., bytes]:
    return make_wav


@pytest.fixture
def recording() -> Callable[..., bytes]:
    return make_file


@pytest.fixture
def video() -> Callable[..., bytes]:
    """An MP4 with two seconds of picture, and sound from `at_s` on where samples are given."""

    def make(samples: Signal | None = None, sample_rate: int = 16_000, at_s: float = 0.0) -> bytes:
        target = io.BytesIO()
        with av.open(target, "w", format="mp4") as muxer:
            picture = muxer.add_stream("mpeg4", rate=5)
            picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
            sound = muxer.add_stream("aac", rate=sample_rate, layout="mono") if samples is not None else None
            for index in range(10):
                image = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 20 * index, np.uint8), "rgb24")
                image.pts = index
                muxer.mux(picture.encode(image))
            muxer.mux(picture.encode(None))
            if sound is not None and samples is not None:
                frame = AudioFrame.from_ndarray((samples.T * 32767).astype(np.int16), "s16", "mono")
                frame.sample_rate, frame.pts = sample_rate, round(at_s * sample_rate)
                muxer.mux(sound.encode(frame))
                muxer.mux(sound.encode(None))
        return target.getvalue()

    return make
