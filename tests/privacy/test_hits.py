from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.privacy.hits import Hit, markers_in, resolve

TEXT = "mail john.doe@example.com or [PERSON_NAME_2], born 3/4/1985."


def hit(entity: str, said: str, score: float) -> Hit:
    start = TEXT.index(said)
    return Hit(entity, start, start + len(said), score, said)


def kept(*hits: Hit) -> list[tuple[str, str]]:
    return [(one.entity, TEXT[one.start : one.end]) for one in resolve(TEXT, hits)]


def test_the_surer_hit_wins_and_what_it_leaves_of_the_other_stays() -> None:
    hits = hit("url", "doe@example.com or", 0.6), hit("email_address", "john.doe@example.com", 0.95)
    assert kept(*hits) == [("email_address", "john.doe@example.com"), ("url", "or")]


def test_a_longer_hit_is_not_beaten_by_a_hair() -> None:
    hits = hit("person_name", "john", 0.93), hit("email_address", "john.doe@example.com", 0.91)
    assert kept(*hits) == [("email_address", "john.doe@example.com")]


def test_a_number_sequence_is_what_nothing_else_claims() -> None:
    hits = hit("number_sequence", "3/4/1985", 0.9), hit("date_of_birth", "3/4/1985", 0.41)
    assert kept(*hits) == [("date_of_birth", "3/4/1985")]


def test_markers_that_stand_in_the_text_are_not_touched() -> None:
    hits = hit("organization", "[PERSON_NAME_2], born", 0.9), hit("number_sequence", "2", 0.9)
    assert kept(*hits) == [("organization", "born")]
    assert [marker[:2] for marker in markers_in(TEXT)] == [("person_name", 2)]


def test_edges_of_space_and_punctuation_are_trimmed_and_nothing_else_is_no_hit() -> None:
    hits = hit("date", " 3/4/1985.", 0.9), hit("person_name", ", ", 0.9)
    assert kept(*hits) == [("date", "3/4/1985")]


SPANS = st.tuples(st.integers(0, len(TEXT) - 1), st.integers(1, 15), st.floats(0.1, 1.0))
NAMES = st.sampled_from(["url", "date", "number_sequence", "person_name"])


@given(st.lists(st.tuples(NAMES, SPANS), max_size=12))
def test_one_span_a_place_and_nothing_found_is_lost(found: list[tuple[str, tuple[int, int, float]]]) -> None:
    hits = [
        Hit(entity, start, min(start + length, len(TEXT)), score, "value") for entity, (start, length, score) in found
    ]
    standing = resolve(TEXT, hits)
    marker = range(TEXT.index("["), TEXT.index("]") + 1)
    covered = [index for one in standing for index in range(one.start, one.end)]
    assert len(covered) == len(set(covered))
    assert not set(covered) & set(marker)
    wanted = {index for one in hits for index in range(one.start, one.end) if TEXT[index].isalnum()} - set(marker)
    assert wanted <= set(covered)
