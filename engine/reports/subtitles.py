"""SRT and WebVTT: short cues cut at words, pauses and sentence ends, each with its speaker."""

from __future__ import annotations

import html
import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from engine.reports.labels import one_line, speaker_names
from engine.reports.tokens import Token, tokenize
from engine.result_types import CallResult, ResultUtterance
from engine.types import Redaction

LINE_WIDTH = 42
"""Columns a line and two lines a cue: the usual television guideline; an ideograph takes two columns."""
MAX_CUE_MS = 6000
MIN_CUE_MS = 1000
MAX_PAUSE_S = 1.5

_PARTS = re.compile(r"\s*\S+\s*")
_SENTENCE_END = re.compile(r"[.!?…。！？।][\"'”’»)]*\s*$")
_WORD_JOINER = "\u2060"


@dataclass(frozen=True, slots=True)
class _Piece:
    """The smallest thing that a cue is made of: a word with the space after it. `width` counts columns."""

    text: str
    width: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class _Cue:
    speaker: str
    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


def render_srt(result: CallResult) -> str:
    """SubRip with the speaker before the text; empty for a chat, which has no times. Redacted text only."""
    cues = _cues(result, prefix="{}: ")
    blocks = (
        f"{number}\n{_timestamp(cue.start_ms, ',')} --> {_timestamp(cue.end_ms, ',')}\n{_srt_text(cue)}\n"
        for number, cue in enumerate(cues, start=1)
    )
    return "\n".join(blocks)


def render_vtt(result: CallResult) -> str:
    """WebVTT with the speaker as a voice tag; no cues for a chat, which has no times. Redacted text only."""
    names = speaker_names(result)
    blocks = (
        f"{_timestamp(cue.start_ms, '.')} --> {_timestamp(cue.end_ms, '.')}\n"
        f"<v {html.escape(names[cue.speaker], quote=False)}>{html.escape(chr(10).join(cue.lines), quote=False)}\n"
        for cue in _cues(result, prefix="")
    )
    return "\n".join(["WEBVTT\n", *blocks])


def _srt_text(cue: _Cue) -> str:
    """SubRip has no escapes: an invisible joiner keeps `<b>`, `{\\an8}` and `-->` from being read as markup."""
    return re.sub(r"([<{])|(?=>)", lambda found: f"{found[0]}{_WORD_JOINER}", "\n".join(cue.lines))


def _timestamp(milliseconds: int, point: str) -> str:
    seconds, fraction = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{point}{fraction:03d}"


def _cues(result: CallResult, prefix: str) -> list[_Cue]:
    names = speaker_names(result)
    redactions: dict[int, list[Redaction]] = defaultdict(list)
    for redaction in result.redactions:
        redactions[redaction.utterance].append(redaction)
    cues = (
        _cue(utterance.speaker, pieces, prefix.format(names[utterance.speaker]))
        for utterance in result.utterances
        for pieces in _pack(_pieces(utterance, redactions[utterance.index]), prefix.format(names[utterance.speaker]))
    )
    return _without_collisions(cues)


# --- words to pieces --------------------------------------------------------------------------------------------------


def _pieces(utterance: ResultUtterance, redactions: Iterable[Redaction]) -> Iterator[_Piece]:
    """The text in pieces of at most a line, in time order; without word times the utterance's are shared out."""
    last_s = 0.0
    for text, start_s, end_s in _timed_stretches(tokenize(utterance, redactions), utterance):
        start_s = max(start_s, last_s)
        last_s = max(end_s, start_s)
        yield from _share_out(text, start_s, last_s)


def _timed_stretches(tokens: Sequence[Token], utterance: ResultUtterance) -> Iterator[tuple[str, float, float]]:
    """Each timed word with the untimed text after it (before the first: with it)."""
    firsts = [(number, token.word) for number, token in enumerate(tokens) if token.word]
    if not firsts:
        if utterance.start_s is not None and utterance.end_s is not None:
            yield utterance.text, utterance.start_s, utterance.end_s
        return
    borders = [0, *(number for number, _ in firsts[1:]), len(tokens)]
    for (_, word), (begin, end) in zip(firsts, itertools.pairwise(borders), strict=True):
        yield "".join(token.text for token in tokens[begin:end]), word.start_s, word.end_s


def _share_out(text: str, start_s: float, end_s: float) -> Iterator[_Piece]:
    """Cut a stretch at spaces, and what is wider than a line anywhere; the time is shared by characters."""
    parts = [part for whole in _PARTS.findall(text) for part in _chop(whole)]
    total, done = sum(map(len, parts)), 0
    for part in parts:
        begin, done = done, done + len(part)
        pace = (end_s - start_s) / total
        clean = one_line(part) + " " * part[-1].isspace()
        if clean.strip():
            yield _Piece(clean, _width(clean), start_s + begin * pace, start_s + done * pace)


def _chop(part: str) -> Iterator[str]:
    while part:
        size = len(part)
        while _width(part[:size].rstrip()) > LINE_WIDTH:
            size = size // 2 if size > 2 * LINE_WIDTH else size - 1
        yield part[:size]
        part = part[size:]


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(
        2 if unicodedata.east_asian_width(character) in "WF" else 0 if unicodedata.combining(character) else 1
        for character in text
    )


# --- pieces to cues ---------------------------------------------------------------------------------------------------


def _pack(pieces: Iterable[_Piece], prefix: str) -> Iterator[list[_Piece]]:
    """Runs of pieces that fit one cue; a sentence that does not fit the run begins a new one."""
    run: list[_Piece] = []
    for sentence in _sentences(pieces):
        if run and not _fits([*run, *sentence], prefix):
            yield run
            run = []
        for piece in sentence:
            if run and not _fits([*run, piece], prefix):
                yield run
                run = []
            run.append(piece)
    if run:
        yield run


def _sentences(pieces: Iterable[_Piece]) -> Iterator[list[_Piece]]:
    sentence: list[_Piece] = []
    for piece in pieces:
        sentence.append(piece)
        if _SENTENCE_END.search(piece.text):
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _fits(run: Sequence[_Piece], prefix: str) -> bool:
    """Two lines, six seconds, and no long pause."""
    if (run[-1].end_s - run[0].start_s) * 1000 > MAX_CUE_MS:
        return False
    if any(after.start_s - before.end_s > MAX_PAUSE_S for before, after in itertools.pairwise(run)):
        return False
    _, columns = _best_cut(_with_prefix(run, prefix))
    return columns <= LINE_WIDTH


def _lines(run: Sequence[_Piece], prefix: str) -> tuple[str, ...]:
    parts = _with_prefix(run, prefix)
    cut, _ = _best_cut(parts)
    halves = ("".join(part.text for part in half).strip() for half in (parts[:cut], parts[cut:]))
    return tuple(filter(None, halves))


def _best_cut(parts: Sequence[_Piece]) -> tuple[int, int]:
    """After how many parts the second line begins, and the columns of the wider line: all in one if that fits."""
    total = sum(part.width for part in parts) - parts[-1].text.endswith(" ")
    if total <= LINE_WIDTH:
        return len(parts), total
    done = itertools.accumulate(part.width for part in parts)
    wider = (max(first - part.text.endswith(" "), total - first) for part, first in zip(parts, done, strict=True))
    columns, cut = min((columns, cut) for cut, columns in enumerate(wider, start=1))
    return cut, columns


def _with_prefix(run: Sequence[_Piece], prefix: str) -> list[_Piece]:
    return [_Piece(prefix, _width(prefix), run[0].start_s, run[0].start_s), *run]


def _cue(speaker: str, pieces: Sequence[_Piece], prefix: str) -> _Cue:
    start_ms, end_ms = round(pieces[0].start_s * 1000), round(pieces[-1].end_s * 1000)
    return _Cue(speaker, start_ms, end_ms, _lines(pieces, prefix))


def _without_collisions(cues: Iterable[_Cue]) -> list[_Cue]:
    """In time order; a speaker's cues never overlap, and a short one stays on screen a second where nobody speaks."""
    ordered = sorted(cues, key=lambda cue: cue.start_ms)
    free_ms: dict[str, int] = defaultdict(int)
    placed = []
    for cue, following in itertools.zip_longest(ordered, ordered[1:]):
        start = max(cue.start_ms, free_ms[cue.speaker])
        end = min(max(cue.end_ms, start + 1), start + MAX_CUE_MS)
        room = following.start_ms if following else start + MIN_CUE_MS
        end = max(end, min(start + MIN_CUE_MS, room))
        free_ms[cue.speaker] = end
        placed.append(_Cue(cue.speaker, start, end, cue.lines))
    return sorted(placed, key=lambda cue: cue.start_ms)
