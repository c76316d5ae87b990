"""The model that finds what patterns cannot: the bundled tagger, or one of the user's own, loaded from this machine.

`[privacy] model` is "bundled", "none", or names a directory (of this project's tagger, of Hugging Face token
classification, of GLiNER, of spaCy) or an installed spaCy package. Nothing is ever downloaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, Protocol

from engine.errors import ModelError
from engine.models import BUNDLED_PRIVACY, find_model
from engine.privacy import outside_models
from engine.privacy.recognizers.lexicon import is_common, words
from engine.privacy.tagger import CONFIG, WEIGHTS, Tagger

BUNDLED, NONE = "bundled", "none"

_LEAST = 0.5
"""The tagger's sureness from which on it counts at all."""

_LOWEST_SCORE, _HIGHEST_SCORE = 0.42, 0.74
"""Scores at that sureness and at 1: below a pattern whose cue stands beside the find, above one without a cue."""

_SURER: Mapping[str, float] = {
    "event": 0.7,
    "medical_condition": 0.6,
    "medical_process": 0.6,
    "occupation": 0.6,
    "organization": 0.6,
    "political_affiliation": 0.6,
    "blood_type": 2.0,
}
"""Entities that need more than that, since everyday words name them too; blood types are better left to patterns."""

_NEVER_EVERYDAY_WORDS = frozenset(
    "person_name location organization drug event language nationality religion political_affiliation".split()
)
"""Entities that patterns, which know the cues, tell better where their name is made of everyday words."""

_CAPITALIZED = frozenset(("person_name", "location", "organization"))
_WRITTEN = re.compile(r"[^\W\d_A-Z],? [A-Z][a-z]")
"""A capital inside a sentence: letter case can be believed."""

_UNCAPITALIZED, _OF_EVERYDAY_WORDS, _GIVEN_NAME = 0.95, 0.9, 0.9
"""How sure it takes for a name in lower case there, for "olive oil" as an organization, and for a given name that is an
everyday word ("Mark", "Sue")."""

_CONNECTOR = r"(?:and|or|et|ou|y|o|und|oder)"
_EDGE = re.compile(rf"\A(?:[^\w(&]+|{_CONNECTOR}\s+)+|(?:[^\w).!&]+|\s+{_CONNECTOR})+\Z", re.IGNORECASE)
"""What no entity begins or ends with."""

_POSTCODE_DIGITS = (5, 6)
"""Digits alone may be a place, but then any pattern that knows them is right."""

_LAST_LATIN = 0x24F
_OTHER_SCORE = 0.7
"""Of models that do not say how sure they are."""


class ModelFind(NamedTuple):
    """Characters `start`..`end` of turn `turn` are an `entity`, on the scale of the recognizers' scores."""

    turn: int
    entity: str
    start: int
    end: int
    score: float


class EntityModel(Protocol):
    """Finds entities in the turns of a call; read-only, so threads may share it."""

    name: str

    def knows(self, language: str) -> bool:
        """Whether the model was made for a language (ISO 639-1)."""

    def find(self, turns: Sequence[str], language: str) -> Iterator[ModelFind]:
        """What the turns hold, in any order; only for a language that it knows."""


def load_model(name: str) -> EntityModel | None:
    """The model that a configuration names, None for "none".

    Raises UnknownNameError for a name that is nothing on this machine, ModelError for a directory that is broken.
    """
    if name == NONE:
        return None
    if name != BUNDLED and name.isidentifier() and not Path(name).exists() and find_spec(name) is not None:
        return OutsideModel(name, outside_models.spacy_tags(name))
    path = find_model(BUNDLED_PRIVACY if name == BUNDLED else name)
    if (path / WEIGHTS).is_file() and (path / CONFIG).is_file():
        return BundledModel(path)
    return OutsideModel(path.name, _outside(path))


def _outside(path: Path) -> outside_models.Tag:
    """The reader of a directory in one of the other layouts, told by the file that only this layout has."""
    for file, load in outside_models.LAYOUTS.items():
        if (path / file).is_file():
            return load(str(path))
    raise ModelError(
        f"privacy model {path} cannot be read: it holds none of the files that tell a layout",
        expected=" or ".join((WEIGHTS, *outside_models.LAYOUTS)),
        remedy='copy the model again, or set [privacy] model = "bundled"',
    )


class BundledModel:
    """This project's own tagger."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._tagger = Tagger(path)

    def knows(self, language: str) -> bool:
        return language in self._tagger.languages

    def find(self, turns: Sequence[str], language: str) -> Iterator[ModelFind]:
        for turn, entity, start, end, probability in self._tagger.tag(turns, language, _LEAST):
            start, end = within(turns[turn], start, end)
            value = turns[turn][start:end]
            least = least_sure(entity, value, turns[turn])
            if probability >= least and may_be(entity, value, language, probability):
                yield ModelFind(turn, entity, start, end, _score(value, probability))


def within(text: str, start: int, end: int) -> tuple[int, int]:
    """start..end without what connects it to its neighbours: "and Holm" is "Holm"."""
    value = text[start:end]
    for edge in reversed(list(_EDGE.finditer(value))):
        if edge.start():
            value = value[: edge.start()]
        else:
            start, value = start + edge.end(), value[edge.end() :]
    return start, start + len(value)


def _score(value: str, probability: float) -> float:
    rise = (_HIGHEST_SCORE - _LOWEST_SCORE) / (1.0 - _LEAST)
    return _LOWEST_SCORE + rise * (probability - _LEAST) if _letters(value) else _LOWEST_SCORE


def least_sure(entity: str, value: str, turn: str) -> float:
    """How sure the tagger must be of a value: more of a name without a capital in written text, and of an organization
    in lower case that is made of everyday words."""
    if entity in _CAPITALIZED and value.islower():
        if _WRITTEN.search(turn):
            return _UNCAPITALIZED
        if entity == "organization" and _is_talk(value):
            return _OF_EVERYDAY_WORDS
    return _SURER.get(entity, _LEAST)


def _is_talk(value: str) -> bool:
    """Whether a value is everyday words, the last of which closes no organization's name."""
    parts = value.split()
    closing = words("organization_suffixes", "plain_organization_suffixes", "legal_forms")
    return parts[-1] not in closing and all(map(is_common, parts))


def may_be(entity: str, value: str, language: str, probability: float) -> bool:
    """Whether a value is in a script that the model learned, and more than a number or a word that says nothing."""
    letters = _letters(value)
    if not letters:
        return entity == "person_age" or (entity == "location" and len(value) in _POSTCODE_DIGITS)
    if ord(max(letters)) > _LAST_LATIN or (len(letters) == 1 and not re.search(r"\d", value)):
        return False
    if language != "en":
        return True
    if entity == "occupation":
        return not _is_everyday(entity, value) or value.lower().rstrip("s") in words("occupations", "plain_occupations")
    given = entity == "person_name" and probability >= _GIVEN_NAME and value.istitle()
    if given and value.lower() in words("given_names"):
        return True
    return entity not in _NEVER_EVERYDAY_WORDS or not _is_everyday(entity, value)


def _is_everyday(entity: str, value: str) -> bool:
    """Whether a value is one everyday word, or several without a capital, which may still be a company."""
    parts = value.split()
    plain = len(parts) == 1 or (value.islower() and entity not in ("organization", "occupation"))
    return plain and all(part.isalpha() and is_common(part.lower()) for part in parts)


def _letters(value: str) -> str:
    return "".join(filter(str.isalpha, value))


class OutsideModel:
    """A model of another project; it is asked in every language, since most do not say which they know."""

    def __init__(self, name: str, tags: outside_models.Tag) -> None:
        self.name = name
        self._tags = tags

    def knows(self, language: str) -> bool:  # noqa: ARG002
        return True

    def find(self, turns: Sequence[str], language: str) -> Iterator[ModelFind]:  # noqa: ARG002
        for turn, found in enumerate(self._tags(turns)):
            for label, start, end, score in found:
                entity = outside_models.entity(label)
                if entity and start < end:
                    yield ModelFind(turn, entity, start, end, _OTHER_SCORE if score is None else score)
