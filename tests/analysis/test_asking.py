"""Answers that are no good are asked again, for less each time, and never repaired."""

from __future__ import annotations

import itertools
import json
import logging
from threading import Barrier
from typing import Any

import pytest

from engine.analysis.asking import UnusableAnswerError, parse, questions
from engine.analysis.schemas import Asked, answer_schema
from engine.analysis_types import Checklist, ChecklistQuestion
from tests.analysis.conftest import CATEGORIES, QUALITY, MakeAnalyzer, said, the_error
from tests.analysis.faulty_server import FaultyServer, Reply, Request, completion, example, schema_of

ASKED = Asked((QUALITY,), (), CATEGORIES)


@pytest.mark.parametrize(
    "spoil",
    [
        {"sentiment": "ecstatic"},
        {"summary": "x" * 701},
        {"summary": None},
        {"scores": {"csat": 11, "politeness": 1, "empathy": 1}},
        {"scores": {"csat": "7", "politeness": 1, "empathy": 1}},
        {"scores": {"csat": 1}},
        {"tags": ["x"] * 7},
        {"tone": "purple"},
        {"risks": [{"evidence": [0], "quote": "hello", "kind": "weather", "text": "rain"}]},
        {"categories": ["unheard of"]},
        {"checklists": {}},
        {"checklists": {"quality": {"greeting": {"evidence": [], "value": "yes"}, "end": {"evidence": []}}}},
        {"an_extra_key": "my-secret-sentence"},
    ],
)
def test_answer_against_the_schema_is_asked_again(
    server: FaultyServer, analyzer: MakeAnalyzer, spoil: dict[str, Any]
) -> None:
    spoilt = example(questions(ASKED).largest.schema) | spoil
    server.replies = [completion(json.dumps(spoilt))]
    assert analyzer().analyze("call-1", said("hello")).analysis is not None
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "text", ["", "no json", '{"summary":"cut', "[]", "null", "1" * 5000, "[" * 100_000, '{"a":NaN}', '"\\ud800"']
)
def test_unreadable_answer_is_asked_again(server: FaultyServer, analyzer: MakeAnalyzer, text: str) -> None:
    server.replies = [completion(text)]
    assert analyzer().analyze("call-1", said("hello")).analysis is not None
    assert len(server.requests) == 2


def test_valid_looking_but_cut_off_answer_is_asked_again(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    valid = json.dumps(example(questions(ASKED).largest.schema))
    server.replies = [completion(valid, "length"), completion(None, "content_filter")]
    assert analyzer().analyze("call-1", said("hello")).analysis is not None
    assert len(server.requests) == 4  # the third try asks for the checklist apart


def test_each_try_asks_for_less(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    server.replies = [completion("", "length")] * 3
    analyzer().analyze("call-1", said("hello"))
    full, brief, apart, *rest = map(schema_of, server.requests)
    assert full["properties"]["summary"]["maxLength"] > brief["properties"]["summary"]["maxLength"]
    assert full["properties"]["tags"]["maxItems"] > brief["properties"]["tags"]["maxItems"]
    assert ("checklists" in brief["properties"], "checklists" in apart["properties"]) == (True, False)
    terse, verdicts = rest
    assert terse["properties"].keys().isdisjoint({"checklists", "tags", "risks", "analysis_notes"})
    assert "checklists" in verdicts["properties"]
    assert [request["temperature"] > 0 for request in server.requests] == [False, True, True, True, True]


def test_checklists_asked_apart_are_all_in_the_analysis(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    other = Checklist("sales", "Sales", (ChecklistQuestion("offer", "Offered?"),))
    server.replies = [completion("", "length")] * 2
    outcome = analyzer((QUALITY, other)).analyze("call-1", said("hello"))
    assert outcome.analysis is not None
    assert [result.checklist_id for result in outcome.analysis.checklists] == ["quality", "sales"]
    assert [result.score for result in outcome.analysis.checklists] == [0.0, 0.0]
    assert len(server.requests) == 5


def test_what_is_asked_apart_is_asked_side_by_side(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    other = Checklist("sales", "Sales", (ChecklistQuestion("offer", "Offered?"),))
    both, apart = Barrier(2), itertools.count()

    def meeting(request: Request) -> Reply:
        if request["model"] == "small" and next(apart) < 2:
            both.wait(timeout=4)  # broken where they come one after the other
        return completion(json.dumps(example(schema_of(request))))

    server.script = meeting
    server.models = Reply(body=b'{"data":[{"id":"tiny","max_model_len":16384},{"id":"small","max_model_len":16384}]}')
    outcome = analyzer((QUALITY, other), questions_model="small", max_retries=0).analyze("call-1", said("hello"))
    assert outcome.analysis is not None
    assert [result.checklist_id for result in outcome.analysis.checklists] == ["quality", "sales"]
    assert server.requests[0]["model"] == "tiny"


@pytest.mark.parametrize("retries", [0, 1, 3, 6])
def test_after_the_last_try_the_error_is_recorded_without_text(
    server: FaultyServer,
    analyzer: MakeAnalyzer,
    caplog: pytest.LogCaptureFixture,
    retries: int,
) -> None:
    caplog.set_level(logging.DEBUG, logger="engine")
    server.script = lambda _: completion('{"summary": "my-secret-sentence", "my-secret-key": 1}')
    outcome = analyzer(max_retries=retries).analyze("call-1", said("my-secret-sentence"))
    assert f"{retries + 1} tries" in the_error(outcome)
    assert len(server.requests) == retries + 1
    assert outcome.utterance_sentiments == ("neutral",)
    assert "secret" not in the_error(outcome) + caplog.text


def test_control_characters_in_strings_are_cleaned_not_refused(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    def with_control_characters(request: Request) -> Reply:
        text = json.dumps(example(schema_of(request)))
        return completion(text.replace('"summary": "some text"', '"summary": "a\x00b\nc\x1b[31m\td"'))

    server.script = with_control_characters
    outcome = analyzer().analyze("call-1", said("hello"))
    assert outcome.analysis is not None
    assert outcome.analysis.summary == "a b c [31m d"
    assert len(server.requests) == 1


def test_a_lone_surrogate_is_refused() -> None:
    schema = answer_schema(Asked())
    with pytest.raises(UnusableAnswerError):
        parse('{"summary": "\\ud83d"}', schema)
