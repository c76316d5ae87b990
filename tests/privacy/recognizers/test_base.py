from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.privacy.recognizers import FAMILIES, recognizers, registries
from engine.privacy.recognizers.base import ANY, Find, Rule, finder_recognizer, phrases, recognizer


def finds(text: str, *rules: Rule, **options: object) -> list[tuple[str, float]]:
    made = recognizer("password", *rules, **options)  # type: ignore[arg-type]
    return [(text[result.start : result.end], result.score) for result in made.analyze(text, ["password"], None)]


def test_the_find_is_the_group_value_else_the_whole_match() -> None:
    assert finds("pin 4421", Rule(r"pin (?P<value>\d+)", 0.7)) == [("4421", 0.7)]
    assert finds("PIN 4421", Rule(r"pin \d+", 0.7)) == [("PIN 4421", 0.7)]
    assert finds("PIN 4421", Rule(r"pin \d+", 0.7, cased=True)) == []


def test_a_check_drops_or_keeps_and_a_rate_scores() -> None:
    rule = Rule(r"\d+", 0.7)
    assert finds("12 345", rule, check=lambda value: len(value) > 2) == [("345", 0.7)]
    assert finds("12 345678", rule, rate=lambda value: len(value) / 10) == [("345678", 0.6)]


def test_a_candidate_without_a_cue_is_none() -> None:
    rule = Rule(r"\d{4}", 0.2)
    assert finds("4421", rule, context=("pin",)) == []
    assert [value for value, score in finds("pin 4421", rule, context=("pin",)) if score > 0.7] == ["4421"]


@given(st.lists(st.sampled_from(["pin 4421", "nothing", "4421", "is it", ""]), max_size=12))
def test_rules_see_every_line_that_they_need_with_its_neighbors(lines: list[str]) -> None:
    text = "\n".join(lines)
    rules = Rule(r"pin (?P<value>\d+)", 0.7), Rule(r"it\n(?P<value>\d+)", 0.6), Rule(r"(?P<value>\d+)\nis", 0.5)
    assert sorted(finds(text, *rules, needs=r"\d")) == sorted(finds(text, *rules))


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
    made = recognizers()
    found = registries(made)
    neutral = {item.id for item in made if item.supported_language == ANY}
    assert {"en", "de", "fr", "ja"} <= found.keys()
    for language, registry in found.items():
        assert {item.supported_language for item in registry.recognizers} == {language}
        assert len({item.id for item in registry.recognizers} & neutral) == len(neutral)


def test_only_what_is_asked_for_is_registered() -> None:
    found = registries(recognizers(), {"email_address"})
    assert found.keys() == {ANY}
    assert registries(recognizers(), set()) == {}


def test_families_are_in_order_and_once() -> None:
    assert list(FAMILIES) == sorted(set(FAMILIES))
