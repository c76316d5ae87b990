"""One exception tree. Every message names the value received, what was expected and the remedy.

CallEngineError
├── ConfigurationError          bad option, key, name, profile: before any work (exit code 2)
│   └── UnknownNameError        a name that is not on a list, with the nearest one that is
├── ModelError                  a model directory that is missing, incomplete or corrupt
├── InputError                  this call cannot be read; the others go on
│   ├── NotAudioError           no decodable audio in it (text, empty, no audio track)
│   ├── AudioLimitError         decoded seconds, bytes, rate or channels over the cap
│   ├── InvalidSamplesError     NaN, infinite or wrongly shaped samples
│   └── SourceChangedError      the file changed while it was read
├── StageError                  a stage failed on this call
│   ├── TranscriptionError
│   ├── DiarizationError
│   ├── PrivacyError            nothing reaches hop 7 after it
│   └── AnalysisError
│       └── LlmUnavailableError the server cannot be reached
└── StorageError                a result could not be written (disk full, permissions)
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class CallEngineError(Exception):
    """Base of all; the message is built from its four parts, none of which may hold text of a call.

    `stage` is filled in by the engine with the hop in which the error came up.
    """

    stage: str | None = None

    def __init__(
        self, problem: str, *, received: object = None, expected: str | None = None, remedy: str | None = None
    ) -> None:
        parts = [problem]
        if received is not None:
            parts.append(f"received {received}")
        if expected:
            parts.append(f"expected {expected}")
        if remedy:
            parts.append(remedy)
        super().__init__("; ".join(parts))


class ConfigurationError(CallEngineError):
    pass


class UnknownNameError(ConfigurationError):
    """A name that is not on a list: `UnknownNameError("entity", "emial", known)`."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.0)
        remedy = f"did you mean {nearest[0]!r}?" if nearest else None
        super().__init__(f"unknown {kind}", received=repr(name), expected=f"one of {', '.join(names)}", remedy=remedy)


class ModelError(CallEngineError):
    pass


class InputError(CallEngineError):
    pass


class NotAudioError(InputError):
    pass


class AudioLimitError(InputError):
    pass


class InvalidSamplesError(InputError):
    pass


class SourceChangedError(InputError):
    pass


class StageError(CallEngineError):
    pass


class TranscriptionError(StageError):
    pass


class DiarizationError(StageError):
    pass


class PrivacyError(StageError):
    pass


class AnalysisError(StageError):
    pass


class LlmUnavailableError(AnalysisError):
    pass


class StorageError(CallEngineError):
    pass
