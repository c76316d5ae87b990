"""The temperature ladder: what becomes of a window after each attempt to decode it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.asr.quality import judge
from engine.asr.recognizer import Recognition, WindowTask
from engine.config_types import AsrConfig


@dataclass(frozen=True, slots=True)
class Attempt:
    """A window on one rung of the ladder, with the most probable text of the rungs below.

    `alone`: decode it in a batch of its own, because the batch it was in failed.
    """

    task: WindowTask
    rung: int = 0
    best: Recognition | None = None
    alone: bool = False


def settle(attempt: Attempt, found: Recognition, config: AsrConfig) -> Recognition | Attempt:
    """The final recognition of a window, or the attempt that comes next.

    A language answer and an error are final. So is what passes the gates; silence loses its text; anything else is
    tried at the next temperature, and after the last one the most probable text is taken.
    """
    if found.languages is not None or found.error is not None:
        return found
    verdict = judge(found.average_log_probability, found.no_speech_probability, found.compression_ratio, config)
    if verdict == "silence":
        return replace(found, text="", words=(), pieces=(), outcome="silence")
    best = max((found, *([attempt.best] if attempt.best else [])), key=lambda text: text.average_log_probability)
    if verdict == "accept" or attempt.rung + 1 >= len(config.temperatures):
        return found if verdict == "accept" else best
    return replace(attempt, rung=attempt.rung + 1, best=best)
