"""Personal data in the turns of a conversation: Presidio's analyzer over our recognizers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from engine.privacy.echoes import with_echoes
from engine.privacy.hits import Hit, resolve
from engine.privacy.lists import WordLists
from engine.privacy.model import EntityModel
from engine.privacy.offsets import apply_edits
from engine.privacy.passages import Turn, parts, passages, plain_breaks
from engine.privacy.recognizers import recognizers, registries
from engine.privacy.recognizers.base import ANY, WHY
from engine.privacy.spoken import LANGUAGES, normalize

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, RecognizerResult

_NAMES = frozenset({"person_name", "location", "organization", "event"})
"""What the written form may hide: "Five Guys", "Charlie" between two words of a spelling alphabet."""


_READING_CHARACTERS = 500_000

MODEL = "model"
"""Why a hit of the model was found."""

NO_THRESHOLDS: Mapping[str, float] = MappingProxyType({})
NO_LISTS = WordLists(None, MappingProxyType({}))


class Search:
    """Finds `entities` that are at least `threshold` sure. Built once; read-only, so threads may share it.

    `thresholds`: other ones by entity. `custom`: recognizers of the user's own. `lists`: phrases that are always, or
    never, personal data. `model`: finds what patterns cannot, beside them.
    """

    def __init__(
        self,
        entities: frozenset[str],
        threshold: float,
        thresholds: Mapping[str, float] = NO_THRESHOLDS,
        custom: Sequence[EntityRecognizer] = (),
        lists: WordLists = NO_LISTS,
        model: EntityModel | None = None,
    ) -> None:
        self._entities, self._model = entities, model
        self._threshold, self._thresholds, self._lists = threshold, thresholds, lists
        self._least = min([threshold, *thresholds.values()])
        made = [*recognizers(), *custom]
        self._written = _analyzers(registries(made, entities))
        spoken = registries([item for item in made if item.supported_language in {*LANGUAGES, ANY}], entities & _NAMES)
        self._spoken = _analyzers(spoken)

    def find(self, turns: Sequence[str], language: str) -> list[list[Hit]]:
        """The hits of every turn, one span a place, in order. A turn counts as context of the ones after it."""
        found: list[list[Hit]] = [[] for _ in turns]
        cut = list(parts(turns))
        for (turn, start, _), hits in zip(cut, self._find([part.text for part in cut], _code(language)), strict=True):
            found[turn] += (hit._replace(start=start + hit.start, end=start + hit.end) for hit in hits)
        return found

    def _find(self, turns: Sequence[str], code: str) -> list[list[Hit]]:
        written = [Turn(index, normalize(plain_breaks(turn), code)) for index, turn in enumerate(turns)]
        hits: list[list[Hit]] = [[] for _ in turns]
        for index, hit in (
            *self._search(self._written, code, written),
            *self._search(self._spoken, code, _raw(written)),
            *self._modelled(code, written),
        ):
            hits[index].append(hit)
        standing = self._standing(turns, list(map(joined, turns, hits)) if self._model else hits)
        return self._standing(turns, with_echoes(written, standing))

    def _modelled(self, language: str, turns: Sequence[Turn]) -> Iterator[tuple[int, Hit]]:
        """What the model finds in the turns, as (turn index, hit)."""
        if self._model is None or not self._model.knows(language):
            return
        for first, texts in _readings(turns):
            for turn, entity, start, end, score in self._model.find(texts, language):
                if entity in self._entities and score >= self._thresholds.get(entity, self._threshold):
                    source = turns[first + turn].text.source_span(start, end)
                    value = texts[turn][start:end]
                    yield first + turn, Hit(entity, *source, score, value, self._model.name, MODEL)

    def _standing(self, turns: Sequence[str], hits: Sequence[Sequence[Hit]]) -> list[list[Hit]]:
        found = (self._lists.hits(turn, found) for turn, found in zip(turns, hits, strict=True))
        return [resolve(turn, kept) if kept else [] for turn, kept in zip(turns, found, strict=True)]

    def _search(
        self, analyzers: Mapping[str, AnalyzerEngine], language: str, turns: Sequence[Turn]
    ) -> Iterator[tuple[int, Hit]]:
        """The finds in the turns as (turn index, hit); languages without recognizers of their own take those of ANY."""
        known = language if language in analyzers else ANY
        for passage in passages(turns, language) if known in analyzers else ():
            for found in analyzers[known].analyze(passage.text, known, score_threshold=self._least):
                if found.score >= self._thresholds.get(found.entity_type, self._threshold):
                    yield from passage.hits(found.entity_type, found.start, found.end, found.score, *_origin(found))


def _readings(turns: Sequence[Turn]) -> Iterator[tuple[int, list[str]]]:
    """What the model reads at once, and the index of its first turn: longer than any call, short of filling memory."""
    first, length = 0, 0
    for index, turn in enumerate(turns):
        if length > _READING_CHARACTERS:
            yield first, [each.text.text for each in turns[first:index]]
            first, length = index, 0
        length += len(turn.text.text)
    yield first, [each.text.text for each in turns[first:]]


def joined(turn: str, hits: Sequence[Hit]) -> list[Hit]:
    """The hits of one turn, with a hit of the model and hits of the same entity that overlap it as one: of an address
    or a full name the patterns often know a part only."""
    found: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.entity, hit.start)):
        last = found[-1] if found else None
        if last and last.entity == hit.entity and hit.start < last.end and MODEL in (last.why, hit.why):
            start, end = last.start, max(last.end, hit.end)
            value = next((one.value for one in (last, hit) if (one.start, one.end) == (start, end)), turn[start:end])
            surer = max(last, hit, key=lambda one: one.score)
            found[-1] = surer._replace(start=start, end=end, value=value, why=MODEL)
        else:
            found.append(hit)
    return found


def _origin(found: RecognizerResult) -> tuple[str, str]:
    """The recognizer of a find and what made it find."""
    metadata = found.recognition_metadata or {}
    return metadata.get(found.RECOGNIZER_NAME_KEY, ""), metadata.get(WHY, "")


def _code(language: str) -> str:
    """The bare ISO 639-1 code: "en-US" is "en"."""
    return language.lower().replace("_", "-").split("-")[0]


def _raw(written: Sequence[Turn]) -> list[Turn]:
    """The turns that were spoken otherwise than they are written, with the turn before each, as they were spoken."""
    changed = {turn.index for turn in written if turn.text.text != turn.text.source}
    again = sorted(changed | {index - 1 for index in changed if index})
    return [Turn(index, apply_edits(written[index].text.source, ())) for index in again]


def _analyzers(found: Mapping[str, RecognizerRegistry]) -> dict[str, AnalyzerEngine]:
    """Presidio's analyzer for the registry of each language, without a language model."""
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NoOpNlpEngine

    class SettledAnalyzer(AnalyzerEngine):  # type: ignore[misc]
        """Presidio's analyzer where recognizers have weighed their context themselves.

        Its own way asks every recognizer of every result, which took longer than to find them.
        """

        def _enhance_using_context(
            self,
            text: str,  # noqa: ARG002
            raw_results: list[RecognizerResult],
            *_: object,
        ) -> list[RecognizerResult]:
            return raw_results

    if not found:
        return {}
    nlp_engine = NoOpNlpEngine([{"lang_code": language, "model_name": ""} for language in found])
    nlp_engine.load()
    return {
        language: SettledAnalyzer(registry=registry, nlp_engine=nlp_engine, supported_languages=[language])
        for language, registry in found.items()
    }
