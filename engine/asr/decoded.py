"""What every backend does alike with a window: how far it is padded, how much it may write, what a text becomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.asr.features import FRAMES_PER_SECOND
from engine.asr.quality import compression_ratio, loop_free
from engine.asr.recognizer import Recognition, WindowTask
from engine.asr.timestamps import timestamped_pieces
from engine.asr.tokenizer import Tokenizer
from engine.config_types import AsrConfig
from engine.errors import ConfigurationError, TranscriptionError
from engine.types import Word

MAX_TOKENS = 448  # Whisper's decoder positions
_TOKENS_PER_SECOND = 25  # more than anybody speaks in any vocabulary: ends a decoder loop early
_TAIL_S = 0.3  # silence behind the last word of a short window


@dataclass(frozen=True, slots=True)
class Decoded:
    """One decoded window: text tokens without the end of text, words where word times are on, and how sure it is."""

    tokens: Sequence[int]
    words: tuple[Word, ...]
    average_log_probability: float
    no_speech_probability: float
    temperature: float


def recognition(decoded: Decoded, tokenizer: Tokenizer, duration_s: float, word_times: bool) -> Recognition:
    """The recognition of a decoded window of `duration_s`, decoder loops cut to one round."""
    text = tokenizer.text(decoded.tokens)
    kept = loop_free([word.text for word in decoded.words])
    return Recognition(
        language=tokenizer.language,
        text=text,
        words=tuple(decoded.words[i] for i in kept),
        pieces=() if word_times else timestamped_pieces(tokenizer, decoded.tokens, duration_s),
        average_log_probability=decoded.average_log_probability,
        no_speech_probability=decoded.no_speech_probability,
        compression_ratio=compression_ratio(text),
        temperature=decoded.temperature,
        outcome="repetition" if len(kept) < len(decoded.words) else "text",
    )


def cancelled() -> Recognition:
    """What becomes of a window whose call was cancelled."""
    return Recognition(error=TranscriptionError("the call was cancelled", remedy="process it again"))


def frame_buckets(config: AsrConfig, window_s: int) -> tuple[int, ...]:
    """Padded lengths in frames, ascending; only the model's own window unless the configuration gives shorter ones."""
    buckets = sorted({round(seconds * FRAMES_PER_SECOND) for seconds in config.window_buckets_s})
    if buckets and (buckets[0] <= 0 or buckets[-1] > window_s * FRAMES_PER_SECOND):
        raise ConfigurationError(
            "configuration key asr.window_buckets_s",
            received=list(config.window_buckets_s),
            expected=f"lengths above 0 s and up to the model's window of {window_s} s",
        )
    return tuple(buckets) or (window_s * FRAMES_PER_SECOND,)


def padded_frames(task: WindowTask, buckets: Sequence[int]) -> int:
    """The smallest bucket that holds the window and some silence behind it."""
    needed = (task.duration_s + _TAIL_S) * FRAMES_PER_SECOND
    return next((bucket for bucket in buckets if bucket >= needed), buckets[-1])


def token_limit(prompt: int, frames: int) -> int:
    """Tokens at most, with the prompt's, for a window padded to `frames`."""
    return min(prompt + 8 + frames * _TOKENS_PER_SECOND // FRAMES_PER_SECOND, MAX_TOKENS)
