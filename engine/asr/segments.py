"""From what was heard in a window to segments in call time."""

from __future__ import annotations

from engine.asr.recognizer import Recognition
from engine.types import Segment, Window, Word


def segment(window: Window, heard: Recognition) -> list[Segment]:
    """Segments of one window in call time: one with all its words, or one per timestamped piece; none for silence."""
    if heard.words:
        words = tuple(_in_call(window, word) for word in heard.words)
        text = " ".join(word.text for word in words)
        return [_segment(window, heard, words[0].start_s, words[-1].end_s, text, words)]
    return [
        _segment(window, heard, window.call_time(start_s), window.call_time(end_s), text, ())
        for start_s, end_s, text in heard.pieces
    ]


def _in_call(window: Window, word: Word) -> Word:
    """A word belongs to the piece in which its middle lies; its edges must not reach over the gap to the next."""
    begin_s, piece = window.piece_at((word.start_s + word.end_s) / 2)
    start_s = piece.start_s + max(word.start_s - begin_s, 0.0)
    end_s = min(piece.start_s + word.end_s - begin_s, piece.end_s)
    return Word(word.text, round(start_s, 3), round(end_s, 3), round(word.probability, 4))


def _segment(
    window: Window, heard: Recognition, start_s: float, end_s: float, text: str, words: tuple[Word, ...]
) -> Segment:
    return Segment(
        channel=window.channel,
        start_s=start_s,
        end_s=end_s,
        text=text,
        words=words,
        language=heard.language,
        average_log_probability=heard.average_log_probability,
        no_speech_probability=heard.no_speech_probability,
        compression_ratio=heard.compression_ratio,
        temperature=heard.temperature,
    )
