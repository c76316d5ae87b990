"""The door of the room: the formats, and what none of them may hold."""

from __future__ import annotations

import pytest

from engine.errors import UnknownNameError
from engine.reports import FORMATS, render
from engine.result_json import from_json
from engine.result_types import CallResult

TEXTS = tuple(name for name in FORMATS if name != "docx")
KINDS = ("call", "chat", "silent", "partial", "failed")


@pytest.mark.parametrize("format", TEXTS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_result_in_every_format(kind: str, format: str, request: pytest.FixtureRequest) -> None:
    text = render(request.getfixturevalue(kind), format)
    assert text.endswith("\n") or (format == "srt" and not text)
    assert "None" not in text


@pytest.mark.parametrize("format", [format for format in TEXTS if format != "json"])
def test_no_format_for_people_holds_original_text(call: CallResult, raw_values: tuple[str, ...], format: str) -> None:
    assert call.original is not None and len(raw_values) == 6
    text = render(call, format)
    assert "Northline" in text
    assert [value for value in raw_values if value in text] == []


def test_json_is_the_result_itself(call: CallResult) -> None:
    assert from_json(render(call, "json")) == call


def test_an_unknown_format_is_told_with_the_nearest_one(call: CallResult) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'html'"):
        render(call, "htm")


@pytest.mark.parametrize("format", TEXTS)
def test_the_same_result_gives_the_same_text(call: CallResult, format: str) -> None:
    assert render(call, format) == render(call, format)
