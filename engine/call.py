"""One call on its way through the hops: its name, its clock, its faults. Per-call state lives here and nowhere else."""

from __future__ import annotations

import hashlib
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from engine.errors import CallEngineError, StageError
from engine.result_types import SCHEMA_VERSION, CallResult, ErrorRecord, Models
from engine.telemetry import StageTimes
from engine.types import Audio, SourceInfo

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of a call before it is heard; None: as the configuration says.

    `language`: a code, "auto" or "per-window"; `hotwords`: names and terms to listen for; `initial_prompt`: text in the
    style that is wanted, as if it had been said before. `operator`: who answered, by an id rather than a name, and
    `started`: when, with a time zone; both are for the store alone, which keeps them as they are.
    """

    language: str | None = None
    hotwords: str | None = None
    initial_prompt: str | None = None
    operator: str | None = None
    started: datetime | None = None


NO_HINTS = Hints()


@dataclass(slots=True)
class Call:
    """`path`: of the source, if it has one; `shown`: the same without personal data, for everything that is written;
    `name`: stem of the output files; `sha256`: known once it is read."""

    hints: Hints = NO_HINTS
    path: Path | None = None
    shown: str | None = None
    name: str = ""
    sha256: str = ""
    resumed: bool = False
    times: StageTimes = field(default_factory=StageTimes)
    errors: list[ErrorRecord] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Stable for the same content under the same name."""
        return hashlib.sha256(f"{self.sha256} {self.name}".encode()).hexdigest()[:16]

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a hop and see that whatever comes out of it is one of our errors and says where it came from."""
        try:
            with self.times.stage(name):
                yield
        except CallEngineError as error:
            error.stage = error.stage or name
            raise
        except Exception as error:
            # The message of an unexpected error may quote the call: only its type and place are kept.
            place = traceback.extract_tb(error.__traceback__)[-1]
            fault = StageError(f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}")
            fault.stage = name
            raise fault from None

    def record(self, error: CallEngineError) -> None:
        message = str(error)
        if self.path and self.shown:
            message = message.replace(str(self.path), self.shown).replace(self.path.name, Path(self.shown).name)
        self.errors.append(ErrorRecord(error.stage or "process", type(error).__name__, message))
        logger.warning("call %s: %s in %s", self.id, type(error).__name__, error.stage)

    def damaged(self, audio: Audio) -> None:
        """Note what could not be decoded; the rest is processed."""
        if audio.damage:
            self.errors.append(ErrorRecord("decode", "InputError", audio.damage))

    def failed(self, models: Models) -> CallResult:
        """The result of a call of which nothing can be shown."""
        source = SourceInfo(self.shown, self.sha256, "", "", 0, 0, 0.0)
        return CallResult(
            SCHEMA_VERSION, self.id, source, "failed", None, (), (), (), None, None, models,
            self.times.seconds(), tuple(self.errors),
        )  # fmt: skip
