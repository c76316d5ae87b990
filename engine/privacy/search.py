"""Personal data in the turns of a conversation: Presidio's analyzer over our recognizers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from engine.privacy.echoes import with_echoes
from engine.privacy.hits import Hit, resolve
from engine.privacy.offsets import apply_edits
from engine.privacy.passages import Turn, passages, plain_breaks
from engine.privacy.recognizers import recognizers, registries
from engine.privacy.recognizers.base import ANY
from engine.privacy.spoken import LANGUAGES, normalize

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry, RecognizerResult

_NAMES = frozenset({"person_name", "location", "organization", "event"})
"""What the written form may hide: "Five Guys", "Charlie" between two words of a spelling alphabet."""


class Search:
    """Finds `entities` that are at least `threshold` sure. Built once; read-only, so threads may share it."""

    def __init__(self, entities: frozenset[str], threshold: float) -> None:
        self._threshold = threshold
        made = recognizers()
        self._written = _analyzers(registries(made, entities))
        spoken = registries([item for item in made if item.supported_language in {*LANGUAGES, ANY}], entities & _NAMES)
        self._spoken = _analyzers(spoken)

    def find(self, turns: Sequence[str], language: str) -> list[list[Hit]]:
        """The hits of every turn, one span a place, in order. A turn counts as context of the ones after it."""
        code = _code(language)
        written = [Turn(index, normalize(plain_breaks(turn), code)) for index, turn in enumerate(turns)]
        hits: list[list[Hit]] = [[] for _ in turns]
        for index, hit in (
            *self._search(self._written, code, written),
            *self._search(self._spoken, code, _raw(written)),
        ):
            hits[index].append(hit)
        standing = [resolve(turn, found) for turn, found in zip(turns, hits, strict=True)]
        return [resolve(turn, found) for turn, found in zip(turns, with_echoes(written, standing), strict=True)]

    def _search(
        self, analyzers: Mapping[str, AnalyzerEngine], language: str, turns: Sequence[Turn]
    ) -> Iterator[tuple[int, Hit]]:
        """The finds in the turns as (turn index, hit); languages without recognizers of their own take those of ANY."""
        known = language if language in analyzers else ANY
        for passage in passages(turns) if known in analyzers else ():
            for found in analyzers[known].analyze(passage.text, known, score_threshold=self._threshold):
                yield from passage.hits(found.entity_type, found.start, found.end, found.score)


def _code(language: str) -> str:
    """The bare ISO 639-1 code: "en-US" is "en"."""
    return language.lower().replace("_", "-").split("-")[0]


def _raw(written: Sequence[Turn]) -> list[Turn]:
    """The turns that were spoken otherwise than they are written, with the turn before each, as they were spoken."""
    changed = {turn.index for turn in written if turn.text.text != turn.text.source}
    again = sorted(changed | {index - 1 for index in changed if index})
    return [Turn(index, apply_edits(written[index].text.source, ())) for index in again]


class _Settled:
    """Presidio's context enhancer (by shape) where recognizers have weighed their context themselves."""

    def enhance_using_context(self, raw_results: list[RecognizerResult], **_: object) -> list[RecognizerResult]:
        return raw_results


def _analyzers(found: Mapping[str, RecognizerRegistry]) -> dict[str, AnalyzerEngine]:
    """Presidio's analyzer for the registry of each language, without a language model."""
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NoOpNlpEngine

    if not found:
        return {}
    nlp_engine = NoOpNlpEngine([{"lang_code": language, "model_name": ""} for language in found])
    nlp_engine.load()
    return {
        language: AnalyzerEngine(
            registry=registry,
            nlp_engine=nlp_engine,
            supported_languages=[language],
            context_aware_enhancer=_Settled(),
        )
        for language, registry in found.items()
    }
