"""Personal data in the turns of a conversation: Presidio's analyzer over our recognizers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from engine.privacy.echoes import Echoes
from engine.privacy.hits import Hit, resolve
from engine.privacy.lists import WordLists
from engine.privacy.model import EntityModel
from engine.privacy.offsets import apply_edits
from engine.privacy.passages import Turn, parts, passages, plain_breaks, stretches
from engine.privacy.recognizers import recognizers, registries
from engine.privacy.recognizers.base import ANY, WHY
from engine.privacy.spoken import LANGUAGES, normalize

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, RecognizerResult

_NAMES = frozenset({"person_name", "location", "organization", "event"})
"""What the written form may hide: "Five Guys", "Charlie" between two words of a spelling alphabet."""

MODEL = "model"
"""Why a hit of the model was found."""

_CONTEXT_TURNS = 12
"""Of the stretch before, so many turns are context of the next one; some only acknowledge."""

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
            found[turn] += (hit.moved(start) for hit in hits) if start else hits
            hits.clear()
        return found

    def _find(self, turns: Sequence[str], code: str) -> list[list[Hit]]:
        """Stretch by stretch, so that what is kept of a text while it is searched stays small; what was found anywhere
        is known everywhere."""

        @lru_cache(maxsize=1)
        def written(stretch: range) -> list[Turn]:
            context = range(max(stretch.start - _CONTEXT_TURNS, 0), stretch.stop)
            return [Turn(index, normalize(plain_breaks(turns[index]), code)) for index in context]

        hits: list[list[Hit]] = [[] for _ in turns]
        for stretch in stretches(turns):
            self._first(turns, written(stretch), stretch, code, hits)
        echoes = Echoes()
        echoes.learn(hit for found in hits for hit in found)
        for stretch in stretches(turns) if echoes else ():
            for turn in written(stretch)[-len(stretch) :]:
                hits[turn.index] = self._with(echoes.heard_in(turn), turns[turn.index], hits[turn.index])
        return hits

    def _first(
        self, turns: Sequence[str], written: Sequence[Turn], stretch: range, code: str, hits: list[list[Hit]]
    ) -> None:
        """Put into `hits` what is found in a stretch of the turns; `written`: these, after the turns before them."""
        found = [
            *self._search(self._written, code, written, stretch.start),
            *self._search(self._spoken, code, _raw(written), stretch.start),
            *self._modelled(code, written[-len(stretch) :]),
        ]
        for index, hit in found:
            hits[index].append(hit)
        for index in {*stretch, *(index for index, _ in found)}:
            whole = joined(turns[index], hits[index]) if self._model else hits[index]
            hits[index] = resolve(turns[index], self._lists.hits(turns[index], whole))

    def _with(self, more: Iterable[Hit], turn: str, standing: list[Hit]) -> list[Hit]:
        """The hits of a turn that stand when others are added to those that do."""
        found = self._lists.hits(turn, [*standing, *more])
        return standing if found == standing else resolve(turn, found)

    def _modelled(self, language: str, turns: Sequence[Turn]) -> Iterator[tuple[int, Hit]]:
        """What the model finds in the turns, as (turn index, hit)."""
        if self._model is None or not self._model.knows(language):
            return
        texts = [turn.text.text for turn in turns]
        for number, entity, start, end, score in self._model.find(texts, language):
            if entity in self._entities and score >= self._thresholds.get(entity, self._threshold):
                source = turns[number].text.source_span(start, end)
                value = texts[number][start:end]
                yield turns[number].index, Hit(entity, *source, score, value, self._model.name, MODEL)

    def _search(
        self, analyzers: Mapping[str, AnalyzerEngine], language: str, turns: Sequence[Turn], first: int
    ) -> Iterator[tuple[int, Hit]]:
        """The finds in the turns from turn `first` on, as (turn index, hit); languages without recognizers of their own
        take those of ANY."""
        known = language if language in analyzers else ANY
        for passage in passages(turns, language, first) if known in analyzers else ():
            for found in analyzers[known].analyze(passage.text, known, score_threshold=self._least):
                if found.score >= self._thresholds.get(found.entity_type, self._threshold):
                    yield from passage.hits(found.entity_type, found.start, found.end, found.score, *_origin(found))


def joined(turn: str, hits: list[Hit]) -> list[Hit]:
    """The hits of one turn, with a hit of the model and hits of the same entity that overlap it as one: of an address
    or a full name the patterns often know a part only."""
    if len(hits) < 2:
        return hits
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
    changed = {place for place, turn in enumerate(written) if turn.text.text != turn.text.source}
    again = [written[place] for place in sorted(changed | {place - 1 for place in changed if place})]
    return [Turn(turn.index, apply_edits(turn.text.source, ())) for turn in again]


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
