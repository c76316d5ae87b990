"""The three verbs in which the batcher and its backends meet, and what crosses between them."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.config_types import AsrConfig
from engine.devices import torch_has_cuda
from engine.errors import InvalidSamplesError
from engine.telephone import TELEPHONE_RATE
from engine.types import SAMPLE_RATE, Word

Outcome = Literal["text", "silence", "repetition"]


@dataclass(frozen=True, slots=True, eq=False)
class WindowTask:
    """One window of some call. `samples`: int16 at a `sample_rate` of 16,000 or 8,000, or float32 in [-1, 1) at 16,000,
    shape (samples,), at most the model's window length.

    `language` None asks which language it is; no text comes back then. `prompt`: text before the window, and words to
    listen for. `deadline_s`: by time.monotonic; windows of live calls have one and go before files. `cancelled`: once
    set, the window ends with an error as soon as the device comes round to it.
    """

    samples: NDArray[np.int16] | NDArray[np.float32]
    language: str | None
    prompt: str = ""
    deadline_s: float = math.inf
    cancelled: threading.Event = field(default_factory=threading.Event)
    sample_rate: int = SAMPLE_RATE

    def __post_init__(self) -> None:
        is_telephone = self.sample_rate == TELEPHONE_RATE and self.samples.dtype == np.int16
        if self.sample_rate != SAMPLE_RATE and not is_telephone:
            raise InvalidSamplesError(
                "unusable window",
                received=f"{self.samples.dtype} at {self.sample_rate} Hz",
                expected=f"samples at {SAMPLE_RATE} Hz, or int16 at {TELEPHONE_RATE} Hz",
                remedy="resample it first",
            )

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.sample_rate


@dataclass(frozen=True, slots=True)
class Recognition:
    """What was heard in one window; times count from the start of the window.

    `languages`: probability by code, only where the task asked for the language. `outcome` says why there is no text
    ("silence") or less than decoded ("repetition"). `pieces`: (start_s, end_s, text) by the model's own timestamps,
    only where word times are off. `error` is set, and everything else empty, where the window could not be decoded.
    """

    language: str = ""
    languages: Mapping[str, float] | None = None
    text: str = ""
    words: tuple[Word, ...] = ()
    pieces: tuple[tuple[float, float, str], ...] = ()
    average_log_probability: float = 0.0
    no_speech_probability: float = 0.0
    compression_ratio: float = 0.0
    temperature: float = 0.0
    outcome: Outcome = "text"
    error: Exception | None = None


class Recognizer(Protocol):
    """A speech model on a device. Driven by one thread: submit → step → deliver."""

    @property
    def name(self) -> str:
        """What the result records, e.g. "whisper-nano (ctranslate2, int8, cpu)"."""
        ...

    @property
    def window_s(self) -> float:
        """The longest window it takes."""
        ...

    @property
    def languages(self) -> frozenset[str]:
        """Codes it can transcribe; a single one where the model knows no other."""
        ...

    @property
    def capacity(self) -> int:
        """How many more windows it can hold now."""
        ...

    def submit(self, tasks: Sequence[WindowTask]) -> None:
        """Take windows; never more than `capacity`."""
        ...

    def step(self) -> list[tuple[WindowTask, Recognition]]:
        """Run one batch (or one scheduling round) and return the windows that finished."""
        ...

    def close(self) -> None: ...


def load_recognizer(config: AsrConfig, model: Path) -> Recognizer:
    """The backend named in `config` with the model directory `model`; raises ModelError, ConfigurationError."""
    on_card = config.backend == "auto" and config.device != "cpu" and torch_has_cuda()
    if config.backend == "torch" or on_card:
        from engine.asr.whisper import load_torch_recognizer

        return load_torch_recognizer(config, model)
    from engine.asr.ct2 import Ct2Recognizer

    return Ct2Recognizer(config, model)
