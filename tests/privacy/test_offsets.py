from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.privacy.offsets import Edit, apply_edits

REPLACEMENTS = st.text("0123456789.@", max_size=4)


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    """A source and non-overlapping edits of it, in any order."""
    source = draw(st.text("ab cd,é界", max_size=40))
    cuts = sorted(draw(st.lists(st.integers(0, len(source)), max_size=10)))
    edits = [Edit(start, end, draw(REPLACEMENTS)) for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
    return source, draw(st.permutations(edits))


def reference(source: str, edits: list[Edit]) -> tuple[str, list[tuple[int, int]]]:
    """The plain way: the normalised text and, for each of its characters, the source characters it stands for."""
    text, origins, position = "", [], 0
    for start, end, replacement in sorted(edits):
        origins += [(index, index + 1) for index in range(position, start)]
        origins += [(start, end)] * len(replacement)
        text += source[position:start] + replacement
        position = end
    origins += [(index, index + 1) for index in range(position, len(source))]
    return text + source[position:], origins


@given(edited())
def test_every_span_maps_as_in_the_plain_reference(case: tuple[str, list[Edit]]) -> None:
    source, edits = case
    text, origins = reference(source, edits)
    normalized = apply_edits(source, edits)
    assert normalized.text == text
    for start in range(len(text)):
        for end in range(start + 1, len(text) + 1):
            assert normalized.source_span(start, end) == (origins[start][0], origins[end - 1][1])


@given(edited())
def test_the_map_is_monotonic_and_only_edits_are_left_out(case: tuple[str, list[Edit]]) -> None:
    source, edits = case
    normalized = apply_edits(source, edits)
    spans = [normalized.source_span(index, index + 1) for index in range(len(normalized.text))]
    assert spans == sorted(spans)
    covered = {index for span in spans for index in range(*span)}
    dropped = {index for edit in edits if not edit.text for index in range(edit.start, edit.end)}
    assert covered | dropped == set(range(len(source)))


@given(st.text(max_size=30))
def test_no_edits_change_nothing(source: str) -> None:
    normalized = apply_edits(source, ())
    assert normalized.text == source
    assert all(normalized.source_span(index, index + 1) == (index, index + 1) for index in range(len(source)))


@pytest.mark.parametrize(("start", "end"), [(0, 0), (2, 1), (-1, 1), (0, 4)])
def test_an_empty_or_outside_span_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="span"):
        apply_edits("abc", ()).source_span(start, end)


def test_overlapping_edits_are_refused() -> None:
    with pytest.raises(ValueError, match="overlaps"):
        apply_edits("abcdef", [Edit(0, 3, "x"), Edit(2, 4, "y")])
