"""Filters are built once for all tests of the room: importing Presidio takes seconds."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from engine.config_types import PrivacyConfig
from engine.privacy import PrivacyFilter, load_privacy_filter


@cache
def _filter(entities: tuple[str, ...], model: str = "bundled") -> PrivacyFilter:
    return load_privacy_filter(PrivacyConfig(entities=entities, model=model))


@pytest.fixture(scope="session")
def privacy_filter() -> PrivacyFilter:
    """The filter for all entities."""
    return _filter(("all",))


@pytest.fixture(scope="session")
def found() -> Callable[..., list[tuple[str, str]]]:
    """`found(text, *entities)`: what those entities' recognizers alone find in a text, as (entity, characters)."""

    def find(text: str, *entities: str, language: str = "en") -> list[tuple[str, str]]:
        spans = _filter(entities, "none").redact_text(text, language).spans
        return [(span.entity, text[span.start : span.end]) for span in spans]

    return find
