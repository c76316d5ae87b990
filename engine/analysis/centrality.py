"""The sentences that say most: closeness to the centroid of the call in TF-IDF space."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from engine.analysis.conversation import Conversation, Sentence
from engine.analysis.keyness import content_stems

SUMMARY_CHARS = 200
FULL_LENGTH = 6
"""Content words from which on a sentence is not held back for being short."""
REDUNDANT = 0.6
QUESTION_WEIGHT = 0.6
TALK_WEIGHT = 0.3
"""For greetings and the like, and for giving one's name and numbers."""
IDENTIFYING_CUES = frozenset({"verify", "polite"})
"""A sentence with a marker and no other cue tells who somebody is, and nothing of their matter."""

Vector = dict[str, float]


def summarize(conversation: Conversation, lead: Sequence[Sentence]) -> str:
    """Two to four sentences with who says them: `lead`, then the most central ones that add something."""
    vectors = _vectors(conversation)
    content = sum(1 for vector in vectors if len(vector) >= 2)
    wanted = 2 if content < 4 else 3 if content < 20 else 4
    chosen = _chosen(conversation, vectors, lead, wanted)
    return _told([conversation.sentences[position] for position in chosen], conversation)


def _chosen(conversation: Conversation, vectors: Sequence[Vector], lead: Sequence[Sentence], wanted: int) -> list[int]:
    """Positions of the sentences to quote, in the order of the call."""
    positions = {id(sentence): position for position, sentence in enumerate(conversation.sentences)}
    chosen = list(dict.fromkeys(positions[id(sentence)] for sentence in lead))
    centroid: Vector = defaultdict(float)
    for vector in vectors:
        for stem, weight in vector.items():
            centroid[stem] += weight
    scores = [
        _dot(vector, centroid) * _weight(sentence, vector)
        for sentence, vector in zip(conversation.sentences, vectors, strict=True)
    ]
    for position in sorted(range(len(scores)), key=lambda each: (-scores[each], each)):
        if len(chosen) >= wanted or (scores[position] == 0.0 and chosen):
            break
        if all(_dot(vectors[position], vectors[other]) < REDUNDANT for other in chosen):
            chosen.append(position)
    return sorted(chosen)


def _vectors(conversation: Conversation) -> list[Vector]:
    """A TF-IDF vector of length one for each sentence, empty where nothing carries meaning."""
    stems = [content_stems(sentence, conversation.lexicon) for sentence in conversation.sentences]
    spread = Counter(stem for each in stems for stem in set(each))
    rarity = {stem: math.log((len(stems) + 1) / (count + 0.5)) for stem, count in spread.items()}
    return [_unit({stem: count * rarity[stem] for stem, count in Counter(each).items()}) for each in stems]


def _weight(sentence: Sentence, vector: Vector) -> float:
    weight = min(len(vector) / FULL_LENGTH, 1.0)
    if sentence.is_question:
        weight *= QUESTION_WEIGHT
    identifies = sentence.cues.keys() <= IDENTIFYING_CUES and any(
        token.stem.startswith("[") for token in sentence.tokens
    )
    return weight * TALK_WEIGHT if identifies or "formula" in sentence.cues else weight


def _unit(vector: Vector) -> Vector:
    norm = math.sqrt(sum(weight * weight for weight in vector.values()))
    return {stem: weight / norm for stem, weight in vector.items()}


def _dot(vector: Vector, other: Vector) -> float:
    return sum(weight * other.get(stem, 0.0) for stem, weight in vector.items())


def _told(sentences: Sequence[Sentence], conversation: Conversation) -> str:
    """Each run of one speaker under who speaks: "Customer: … Agent: …"."""
    told: list[str] = []
    teller = ""
    for sentence in sentences:
        label = conversation.lexicon.labels.get(sentence.role, sentence.speaker)
        quote = sentence.quote(SUMMARY_CHARS)
        told.append(quote if label == teller else f"{label}: {quote}")
        teller = label
    return " ".join(told)
