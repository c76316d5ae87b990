"""Precision, recall and F1 per entity on calls made of held-out templates and values, with the tagger as it ships."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from engine.privacy.tagger import Tagger
from engine.privacy.word_features import TURN_BREAK
from scripts.train_privacy_model.corpus import LABELS, Sample

Span = tuple[str, int, int]


def evaluate(
    tagger: Tagger, samples: Iterable[Sample], least: float = 0.5
) -> dict[str, tuple[float, float, float, int]]:
    """Precision, recall, F1 and number of wanted spans for each entity and "all"; spans must agree in both ends."""
    right, wanted, found = Counter[str](), Counter[str](), Counter[str]()
    for sample in samples:
        text, reference = _laid_out(sample)
        hypothesis = {(tag.entity, tag.start, tag.end) for tag in tagger.tag([text], sample.language, least)}
        for counts, spans in ((right, reference & hypothesis), (wanted, reference), (found, hypothesis)):
            counts.update(entity for entity, _, _ in spans)
            counts["all"] += len(spans)
    return {entity: _figures(right[entity], found[entity], wanted[entity]) for entity in sorted(wanted)}


def _figures(right: int, found: int, wanted: int) -> tuple[float, float, float, int]:
    precision, recall = right / max(found, 1), right / max(wanted, 1)
    return precision, recall, 2 * right / max(found + wanted, 1), wanted


def _laid_out(sample: Sample) -> tuple[str, set[Span]]:
    """The tokens with blanks between, and the labelled spans in that text; a span ends with its turn."""
    text = ""
    spans: list[Span] = []
    for token, label in zip(sample.tokens, sample.labels, strict=True):
        start = len(text)
        text += token + ("" if token == TURN_BREAK else " ")
        part, _, entity = LABELS[label].partition("-")
        if not entity or token == TURN_BREAK:
            continue
        joins = part == "I" and spans and text[spans[-1][2] : start] == " "
        first = spans.pop()[1] if joins else start
        spans.append((entity, first, start + len(token)))
    return text, set(spans)
