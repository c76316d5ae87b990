"""Samples into a sound file, block by block."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream

AudioFormat = Literal["flac", "wav", "mp3", "opus"]


@dataclass(frozen=True, slots=True)
class _Kind:
    """A container and codec of FFmpeg. `rates`: those that the codec knows, in Hz; empty: all. `bits`: per channel and
    second, None for lossless ones. `channels`: beyond these all are mixed into one; None where that would lose some."""

    container: str
    codec: str
    rates: tuple[int, ...] = ()
    bits: int | None = None
    channels: int = 16
    mixes: bool = False


_KINDS: dict[AudioFormat, _Kind] = {
    "flac": _Kind("flac", "flac", channels=8),
    "wav": _Kind("wav", "pcm_s16le"),
    "mp3": _Kind(
        "mp3", "libmp3lame", (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000), 32_000, 2, mixes=True
    ),
    "opus": _Kind("ogg", "libopus", (8000, 12000, 16000, 24000, 48000), 32_000, 2, mixes=True),
}
_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}


class AudioWriter:
    """Writes blocks of int16, shape (channels, samples), at `rate` Hz; a context manager that finishes the file.

    Codecs with rates of their own get the next one up. WAV beyond 4 GiB becomes RF64 (EBU Tech 3306). Raises InputError
    on more channels than a lossless format holds.
    """

    def __init__(self, file: BinaryIO, format: AudioFormat, rate: int) -> None:
        import av

        self._kind, self._rate = _KINDS[format], rate
        options = {"rf64": "auto"} if format == "wav" else {}
        self._container = av.open(_Sink(file), "w", format=self._kind.container, options=options)
        self._stream: AudioStream | None = None
        self._position = 0

    def __enter__(self) -> AudioWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None and self._stream is not None:
                self._container.mux(self._stream.encode(None))
        finally:
            self._container.close()

    def write(self, block: NDArray[np.int16]) -> None:
        """Append a block; all have the channels of the first."""
        from av.audio.frame import AudioFrame

        if self._kind.mixes and len(block) > self._kind.channels:
            block = np.rint(block.mean(axis=0, keepdims=True)).astype(np.int16)
        stream = self._stream = self._stream or self._opened(len(block))
        packed = np.ascontiguousarray(block.T).reshape(1, -1)
        frame = AudioFrame.from_ndarray(packed, "s16", stream.layout.name)
        frame.sample_rate, frame.pts = self._rate, self._position
        self._position += block.shape[1]
        self._container.mux(stream.encode(frame))

    def _opened(self, channels: int) -> AudioStream:
        kind = self._kind
        if channels > kind.channels:
            raise InputError(
                f"{kind.container} holds up to {kind.channels} channels", received=channels, remedy="choose wav"
            )
        settings: dict[str, Any] = {"layout": _LAYOUTS.get(channels, f"{channels} channels")}
        if kind.bits:
            settings["bit_rate"] = kind.bits * channels * (2 if self._rate > 24_000 else 1)
        rate = min((known for known in kind.rates if known >= self._rate), default=max(kind.rates, default=self._rate))
        stream: AudioStream = self._container.add_stream(kind.codec, rate, **settings)
        return stream


class _Sink:
    """Only what FFmpeg may use of a file."""

    def __init__(self, file: BinaryIO) -> None:
        self.write, self.seek, self.tell = file.write, file.seek, file.tell
