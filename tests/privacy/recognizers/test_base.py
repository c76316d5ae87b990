from __future__ import annotations

from engine.privacy.recognizers import FAMILIES, registries
from engine.privacy.recognizers.base import ANY, Find, Rule, finder_recognizer, phrases, recognizer


def finds(text: str, *rules: Rule, **options: object) -> list[tuple[str, float]]:
    made = recognizer("password", *rules, **options)  # type: ignore[arg-type]
    return [(text[result.start : result.end], result.score) for result in made.analyze(text, ["password"], None)]


def test_the_find_is_the_group_value_else_the_whole_match() -> None:
    assert finds("pin 4421", Rule(r"pin (?P<value>\d+)", 0.7)) == [("4421", 0.7)]
    assert finds("PIN 4421", Rule(r"pin \d+", 0.7)) == [("PIN 4421", 0.7)]
    assert finds("PIN 4421", Rule(r"pin \d+", 0.7, cased=True)) == []


def test_a_check_drops_keeps_or_scores() -> None:
    rule = Rule(r"\d+", 0.7)
    assert finds("12 345", rule, check=lambda value: len(value) > 2) == [("345", 0.7)]
    assert finds("12 345", rule, check=lambda value: len(value) / 10) == [("12", 0.2), ("345", 0.3)]


def test_needs_is_looked_for_first() -> None:
    assert finds("4421", Rule(r"\d+", 0.7), needs="pin") == []
    assert finds("pin 4421", Rule(r"\d+", 0.7), needs="pin") == [("4421", 0.7)]


def test_a_function_may_find() -> None:
    made = finder_recognizer("person_name", lambda text: [Find(0, len(text), 0.6)], context=("name",))
    assert [(result.start, result.end, result.score) for result in made.analyze("Jo", [], None)] == [(0, 2, 0.6)]
    assert made.context == ["name"]


def test_phrases_are_parted_by_commas_and_lines() -> None:
    assert phrases("a, b c,\n  d\n") == ("a", "b c", "d")


def test_every_language_has_the_neutral_recognizers_and_only_its_own() -> None:
    found = registries()
    neutral = {item.id for item in found[ANY].recognizers}
    assert {"en", "de", "fr", "ja"} <= found.keys()
    for language, registry in found.items():
        assert {item.supported_language for item in registry.recognizers} == {language}
        assert len({item.id for item in registry.recognizers} & neutral) == len(neutral)


def test_families_are_in_order_and_once() -> None:
    assert list(FAMILIES) == sorted(set(FAMILIES))
