"""Caps on what one recording may cost, enforced while it is decoded: no header is believed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.config_types import AudioConfig
from engine.errors import AudioLimitError

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

MIN_RATE = 4_000
MAX_RATE = 384_000
"""Telephone speech begins at 6 kHz (Dialogic ADPCM); 384 kHz is the highest rate that recorders offer."""
MAX_CHANNELS = 16
_SAMPLE_BYTES = 2


def check_rate(sample_rate: int) -> None:
    if not MIN_RATE <= sample_rate <= MAX_RATE:
        raise AudioLimitError(
            "sample rate out of range", received=f"{sample_rate} Hz", expected=f"{MIN_RATE} to {MAX_RATE} Hz"
        )


def check_channels(channels: int) -> None:
    if not 1 <= channels <= MAX_CHANNELS:
        raise AudioLimitError(
            "too many channels" if channels > MAX_CHANNELS else "no channels",
            received=str(channels),
            expected=f"1 to {MAX_CHANNELS} channels",
        )


class Limits:
    """Counts one recording's seconds and bytes; bytes are those of 16-bit samples, before and after resampling."""

    def __init__(self, config: AudioConfig) -> None:
        self._config = config
        self._decoded_s = 0.0
        self._source_bytes = 0
        self._output_bytes = 0

    def counted(self, frames: Iterable[AudioFrame]) -> Iterator[AudioFrame]:
        """The same frames; raises AudioLimitError at the one that crosses a cap."""
        for frame in frames:
            check_rate(frame.sample_rate)
            check_channels(frame.layout.nb_channels)
            self._decoded_s += frame.samples / frame.sample_rate
            self._source_bytes += frame.samples * frame.layout.nb_channels * _SAMPLE_BYTES
            self._check_duration()
            self._check_bytes(self._source_bytes)
            yield frame

    def count_output(self, block: NDArray[np.int16]) -> None:
        self._output_bytes += block.nbytes
        self._check_bytes(self._output_bytes)

    def _check_duration(self) -> None:
        if self._decoded_s > self._config.max_duration_s:
            raise AudioLimitError(
                "the recording is too long",
                received=f"more than {self._config.max_duration_s:g} s of audio",
                expected=f"at most {self._config.max_duration_s:g} s",
                remedy="split it, or raise audio.max_duration_s",
            )

    def _check_bytes(self, decoded: int) -> None:
        if decoded > self._config.max_decoded_bytes:
            raise AudioLimitError(
                "the recording is too large once decoded",
                received=f"more than {self._config.max_decoded_bytes} bytes of samples",
                expected=f"at most {self._config.max_decoded_bytes} bytes",
                remedy="split it, lower its sample rate, or raise audio.max_decoded_bytes",
            )
