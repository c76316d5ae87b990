"""Presidio, imported without the model libraries that it would pull in: spaCy, and torch wherever that is installed.

Presidio imports spaCy for its own language models, which are not used here: its recognizers and its analyzer work on
the text alone. spaCy takes longer to import than everything else of the privacy stage (and imports torch where it can).
"""

from __future__ import annotations

import importlib
import sys
from functools import cache
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")

_ABSENT = (
    "torch",
    "transformers",
    "spacy_huggingface_pipelines",
    "stanza",
    "spacy_stanza",
    "gliner",
    "langextract",
    "azure",
)
"""Optional to Presidio: it goes without them."""

_NAMED_ONLY = (
    "spacy",
    "spacy.cli",
    "spacy.language",
    "spacy.pipeline",
    "spacy.tokens",
    "spacy.util",
    "spacy.vocab",
    "thinc",
    "thinc.api",
)
"""Required, but only by name: in annotations, as base classes, and for the empty document of a text without a model."""


class _Nameless(type):
    """Classes that have every public name."""

    def __getattr__(cls, name: str) -> _Nameless:
        if name.startswith("__"):
            raise AttributeError(name)
        return cls


class _Unused(metaclass=_Nameless):
    """What stands for a class, or for a decorator, of a library that is named only."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __call__(self, decorated: T) -> T:
        return decorated


class _NamesOnly(ModuleType):
    """A module that has every public name."""

    def __getattr__(self, name: str) -> type[_Unused]:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Unused


@cache
def load_presidio() -> None:
    """Import Presidio for those who import from it later. The libraries that it goes without can be imported after."""
    stands_in: dict[str, ModuleType | None] = {
        **dict.fromkeys(_ABSENT),
        **{name: _NamesOnly(name) for name in _NAMED_ONLY},
    }
    new = {name: module for name, module in stands_in.items() if name not in sys.modules}
    sys.modules.update(new)  # type: ignore[arg-type]  # None is importlib's sign for "not installed"
    try:
        importlib.import_module("presidio_analyzer")
    finally:
        for name in new:
            sys.modules.pop(name, None)
