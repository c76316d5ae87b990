from __future__ import annotations

import pytest

from engine.errors import ConfigurationError, UnknownNameError
from engine.privacy import ENTITIES, resolve_entities
from engine.privacy.entities import DEFINITIONS


def test_there_are_36_entities_each_with_a_definition() -> None:
    assert len(set(ENTITIES)) == 36
    assert all(DEFINITIONS[entity] for entity in ENTITIES)
    assert all(entity == entity.lower() and " " not in entity for entity in ENTITIES)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("all",), frozenset(ENTITIES)),
        (("none",), frozenset()),
        ((), frozenset()),
        (("drug", "url", "drug"), frozenset({"drug", "url"})),
    ],
)
def test_resolve(names: tuple[str, ...], expected: frozenset[str]) -> None:
    assert resolve_entities(names) == expected


@pytest.mark.parametrize(
    ("wrong", "nearest"), [("emial_address", "email_address"), ("phone_numbers", "phone_number"), ("al", "all")]
)
def test_an_unknown_name_is_answered_with_the_nearest(wrong: str, nearest: str) -> None:
    with pytest.raises(UnknownNameError, match=f"did you mean '{nearest}'"):
        resolve_entities(("drug", wrong))


@pytest.mark.parametrize("mixed", [("all", "drug"), ("drug", "none"), ("all", "none")])
def test_all_and_none_stand_alone(mixed: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError, match="alone"):
        resolve_entities(mixed)
