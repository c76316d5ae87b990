"""Hits to replacements ("[PERSON_NAME_1]") in text and words, the same value under the same one within a call."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from engine.privacy.hits import Hit, folded, markers_in
from engine.types import RedactedUtterance, Redaction, Utterance, Word


class Cut(NamedTuple):
    """Characters `start`..`end` of the original text that give way to `marker`; `recognizer` and `why` as in Hit."""

    entity: str
    start: int
    end: int
    score: float
    marker: str
    recognizer: str = ""
    why: str = ""


class Replacements(Protocol):
    """What gives values their replacements within one call."""

    def marker(self, entity: str, value: str) -> str:
        """The replacement of a value; the same for the same value."""
        ...


class Markers:
    """The numbers given out within one call; those of markers that stand in its text already are not given again."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._last: dict[str, int] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        for text in texts:
            for entity, number, _, _ in markers_in(text):
                self._last[entity] = max(number, self._last.get(entity, 0))

    def marker(self, entity: str, value: str) -> str:
        """The marker of a value; letter case, spaces and punctuation make no difference to it."""
        key = entity, folded(value)
        if key not in self._numbers:
            self._last[entity] = self._last.get(entity, 0) + 1
            self._numbers[key] = self._last[entity]
        return f"[{entity.upper()}_{self._numbers[key]}]"


def cuts(text: str, hits: Iterable[Hit], markers: Replacements) -> list[Cut]:
    """The hits (in order) with their replacements; what is removed takes a space beside it along."""
    made: list[Cut] = []
    for hit in hits:
        marker = markers.marker(hit.entity, hit.value)
        end_before = made[-1].end if made else 0
        start, end = (hit.start, hit.end) if marker else _with_space(text, hit.start, hit.end, end_before)
        made.append(Cut(hit.entity, start, end, hit.score, marker, hit.recognizer, hit.why))
    return made


def _with_space(text: str, start: int, end: int, least: int) -> tuple[int, int]:
    """start..end with the space before it, where what follows is no word; at the start of the text, the one after."""
    followed = text[end : end + 1]
    if start > least and text[start - 1] == " " and not followed[:1].isalnum():
        return start - 1, end
    return (start, end + 1) if start == 0 and followed == " " else (start, end)


def replaced(text: str, made: Sequence[Cut]) -> tuple[str, list[int]]:
    """The text with its cuts (in order) replaced, and where each marker starts in it."""
    parts: list[str] = []
    starts: list[int] = []
    position = length = 0
    for cut in made:
        kept = text[position : cut.start]
        starts.append(length + len(kept))
        parts += kept, cut.marker
        length += len(kept) + len(cut.marker)
        position = cut.end
    return "".join(parts) + text[position:], starts


def spoken_text(utterance: Utterance) -> str:
    """The text to search: the utterance's own, or its words where the two do not agree."""
    agree = _places(utterance.text, utterance.words) is not None
    return utterance.text if agree else " ".join(word.text for word in utterance.words)


def redact_utterance(
    utterance: Utterance, text: str, hits: Sequence[Hit], markers: Replacements
) -> tuple[RedactedUtterance, list[Redaction]]:
    """The utterance without its hits, which count in `text` (as of `spoken_text`). Words are redacted whole."""
    return cut_utterance(utterance, text, utterance_cuts(utterance, text, hits, markers))


def utterance_cuts(utterance: Utterance, text: str, hits: Sequence[Hit], markers: Replacements) -> list[Cut]:
    """What is cut out of the utterance for its hits: whole words."""
    return cuts(text, _over_whole_words(text, hits, _places(text, utterance.words) or []), markers)


def cut_utterance(utterance: Utterance, text: str, made: Sequence[Cut]) -> tuple[RedactedUtterance, list[Redaction]]:
    """The utterance with its cuts replaced, and a redaction for each."""
    places = _places(text, utterance.words) or []
    redacted, starts = replaced(text, made)
    groups = [_touched(cut.start, cut.end, places) for cut in made]
    redactions = [
        _redaction(cut, utterance.index, start, _times(utterance, group))
        for cut, start, group in zip(made, starts, groups, strict=True)
    ]
    words = _redacted_words(text, utterance.words, places, list(zip(made, groups, strict=True)))
    u = utterance
    return RedactedUtterance(u.index, u.speaker, u.role, u.start_s, u.end_s, redacted, words), redactions


def _redaction(cut: Cut, utterance: int, start: int, times: tuple[float | None, float | None]) -> Redaction:
    end = start + len(cut.marker)
    return Redaction(cut.entity, cut.marker, utterance, start, end, *times, cut.score, cut.recognizer, cut.why)


def _places(text: str, words: Sequence[Word]) -> list[tuple[int, int]] | None:
    """Where each word stands in the text; None where the words are not exactly the text."""
    places = []
    position = 0
    for word in words:
        start = text.find(word.text, position)
        if start < 0 or text[position:start].strip():
            return None
        position = start + len(word.text)
        places.append((start, position))
    return None if words and text[position:].strip() else places


def _over_whole_words(text: str, hits: Sequence[Hit], places: Sequence[tuple[int, int]]) -> list[Hit]:
    """The hits widened to the words that they touch, less the punctuation at a word's edges; merged where they meet."""
    widened: list[Hit] = []
    free = 0
    for hit in hits:
        touched = _touched(hit.start, hit.end, places)
        cores = [core for core in (_core(text, *places[index]) for index in touched) if _overlap(core, hit)]
        start, end = min([hit.start, *(core[0] for core in cores)]), max([hit.end, *(core[1] for core in cores)])
        if widened and (start < widened[-1].end or touched.start < free):
            before = widened.pop()
            start, end, hit = before.start, max(end, before.end), max(before, hit, key=lambda either: either.score)
        widened.append(hit._replace(start=start, end=end))
        free = max(free, touched.stop)
    return widened


def _overlap(place: tuple[int, int], hit: Hit) -> bool:
    return place[0] < hit.end and place[1] > hit.start


def _core(text: str, start: int, end: int) -> tuple[int, int]:
    """A word without the punctuation at its edges."""
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and not text[end - 1].isalnum():
        end -= 1
    return start, end


def _touched(start: int, end: int, places: Sequence[tuple[int, int]]) -> range:
    """The indexes of the words that start..end touches; words do not overlap."""
    first = bisect_right(places, start, key=lambda place: place[1])
    return range(first, bisect_left(places, end, lo=first, key=lambda place: place[0]))


def _times(utterance: Utterance, group: range) -> tuple[float | None, float | None]:
    """When the words of a cut are heard; without word times, the whole utterance, so that audio is silenced too far
    rather than too little."""
    if not group:
        return utterance.start_s, utterance.end_s
    return utterance.words[group[0]].start_s, utterance.words[group[-1]].end_s


def _redacted_words(
    text: str, words: Sequence[Word], places: Sequence[tuple[int, int]], made: Sequence[tuple[Cut, range]]
) -> tuple[Word, ...]:
    """The words, each cut's run of words as one that holds its marker."""
    runs = {group[0]: (cut, group) for cut, group in made if group}
    redacted: list[Word] = []
    index = 0
    while index < len(words):
        if index not in runs:
            redacted.append(words[index])
            index += 1
            continue
        cut, group = runs[index]
        spoken = words[index : group[-1] + 1]
        shown = text[places[index][0] : cut.start] + cut.marker + text[cut.end : places[group[-1]][1]]
        if shown:
            redacted.append(_run(shown, spoken))
        index = group[-1] + 1
    return tuple(redacted)


def _run(shown: str, spoken: Sequence[Word]) -> Word:
    """Several words as one, which may be whoever's any of them may be."""
    others = dict.fromkeys(other for word in spoken for other in word.others)
    probability = min(word.probability for word in spoken)
    return Word(shown, spoken[0].start_s, spoken[-1].end_s, probability, tuple(others))
