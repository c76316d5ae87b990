"""Calls longer than the context window: read in parts, merged, and never at the cost of what can be read."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from engine.analysis.chunking import estimate_tokens
from engine.analysis.prompts import CLOSING
from tests.analysis.conftest import MakeAnalyzer, said, the_error
from tests.analysis.faulty_server import (
    FaultyServer,
    Reply,
    Request,
    answer,
    completion,
    failure,
    schema_of,
    transcript_of,
)

LONG = tuple(f"utterance {number} says a few words about the invoice of last month" for number in range(120))


def small_window(server: FaultyServer, tokens: int = 5120) -> None:
    server.models = Reply(body=json.dumps({"data": [{"id": "tiny", "max_model_len": tokens}]}).encode())


def indexes_of(request: Request) -> list[int]:
    return [int(line[1 : line.index("]")]) for line in transcript_of(request)]


def parts_of(requests: Sequence[Request]) -> list[list[int]]:
    """The utterance indexes of each part, in the order of the call."""
    return sorted(indexes_of(request) for request in requests if "sentiment" in schema_of(request)["properties"])


def test_a_long_call_is_read_in_parts_and_merged(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    def by_part(request: Request) -> Reply:
        if "sentiment" not in schema_of(request)["properties"]:
            return answer(request, summary="the \x00whole\n\x1bcall")
        first = indexes_of(request)[0]
        verdict = {"evidence": [first, 0], "value": first != 0 or None}
        greeting_and_end = {"quality": {"greeting": verdict, "end": {"evidence": [], "value": None}}}
        return answer(request, summary=f"from {first}", topics=[f"topic {first}"], checklists=greeting_and_end)

    small_window(server)
    server.script = by_part
    outcome = analyzer(max_output_tokens=512).analyze("call-1", said(*LONG))
    parts = parts_of(server.requests)
    assert len(parts) > 1
    assert [index for part in parts for index in part] == list(range(120))
    assert (outcome.errors, outcome.dropped_evidence) == ((), len(parts) - 1)  # utterance 0 was shown to one part only
    assert outcome.analysis is not None
    assert outcome.analysis.summary == "the whole call"
    assert outcome.analysis.topics == tuple(f"topic {part[0]}" for part in parts)[:6]
    starts = tuple(part[0] for part in parts[1:])[:5]
    assert (outcome.analysis.checklists[0].answers[0].value, outcome.analysis.checklists[0].answers[0].evidence) == (
        True,
        starts,
    )
    assert transcript_of(server.requests[-1])[0] == "[0] summary: from 0"


def test_parts_know_that_they_are_parts(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    small_window(server)
    long = analyzer(max_output_tokens=512)
    long.analyze("call-1", said(*LONG))
    long.analyze("call-2", said("hello"))
    closings = [request["messages"][-1]["content"].rpartition(CLOSING)[2] for request in server.requests]
    assert "one part of a longer call" in closings[0]
    assert "complete" in closings[-1]


def test_a_call_that_fits_by_the_servers_count_is_read_whole(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    small_window(server)
    server.tokenize = lambda _: Reply(body=b'{"count":4500}')
    analyzer(max_output_tokens=512).analyze("call-1", said(*LONG))
    assert parts_of(server.requests) == [list(range(120))]


def test_a_prompt_that_the_server_finds_too_long_is_halved(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    def up_to_40_lines(request: Request) -> Reply:
        if len(transcript_of(request)) > 40:
            return failure(400, "maximum context length is 4096 tokens")
        return answer(request)

    server.script = up_to_40_lines
    outcome = analyzer().analyze("call-1", said(*LONG))
    assert (outcome.analysis is not None, outcome.errors) == (True, ())
    accepted = [part for part in parts_of(server.requests) if len(part) <= 40]
    assert [index for part in accepted for index in part] == list(range(120))


def test_a_server_that_finds_everything_too_long_ends_in_an_error(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    server.script = lambda _: failure(400, "maximum context length is 10 tokens")
    outcome = analyzer().analyze("call-1", said(*LONG))
    assert "max-model-len" in the_error(outcome)
    assert outcome.errors[0].type == "AnalysisError"


def test_one_monologue_over_the_window_is_cut_between_words(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    small_window(server)
    monologue = " ".join(f"word{number}" for number in range(3000))
    outcome = analyzer(max_output_tokens=512).analyze("call-1", said("hello", monologue))
    assert outcome.errors == ()
    heard = {
        word
        for request in server.requests[:-1]
        for line in transcript_of(request)
        for word in line.partition(": ")[2].split()
    }
    assert heard == {"hello", *monologue.split()}


def test_what_other_parts_say_is_kept_where_one_cannot_be_read(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    def all_but_the_first(request: Request) -> Reply:
        if "sentiment" in schema_of(request)["properties"] and 0 in indexes_of(request):
            return completion("no json")
        verdict = {"evidence": [], "value": False}
        checklists = {"quality": {"greeting": verdict, "end": verdict}}
        if "checklists" in schema_of(request)["properties"]:
            return answer(request, checklists=checklists)
        return answer(request)

    small_window(server)
    server.script = all_but_the_first
    outcome = analyzer(max_output_tokens=512, max_retries=1).analyze("call-1", said(*LONG))
    assert [error.type for error in outcome.errors] == ["AnalysisError"]
    assert outcome.analysis is not None
    assert outcome.analysis.checklists[0].answers[0].value is None  # it may have happened in the part that is missing


def test_part_summaries_stand_where_the_last_summary_fails(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    def no_last_summary(request: Request) -> Reply:
        last = "sentiment" not in schema_of(request)["properties"]
        return completion("no json") if last else answer(request)

    small_window(server)
    server.script = no_last_summary
    outcome = analyzer(max_output_tokens=512, max_retries=1).analyze("call-1", said(*LONG))
    assert [error.type for error in outcome.errors] == ["AnalysisError"]
    assert outcome.analysis is not None
    assert outcome.analysis.summary.startswith("some text some text")


def test_summaries_too_long_together_are_summarized_in_halves(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    def at_most_three_summaries(request: Request) -> Reply:
        last = "sentiment" not in schema_of(request)["properties"]
        if last and len(transcript_of(request)) > 3:
            return failure(400, "maximum context length is 4096 tokens")
        return answer(request, summary="halved") if last else answer(request)

    small_window(server)
    server.script = at_most_three_summaries
    outcome = analyzer(max_output_tokens=512).analyze("call-1", said(*LONG * 3))
    assert len(parts_of(server.requests)) > 3
    assert outcome.errors == ()
    assert outcome.analysis is not None
    assert outcome.analysis.summary == "halved"


def test_no_part_is_over_the_window_by_the_estimate(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    small_window(server)
    analyzer(max_output_tokens=512).analyze("call-1", said(*LONG))
    for request in server.requests:
        assert sum(estimate_tokens(message["content"]) for message in request["messages"]) + 512 <= 5120


@pytest.mark.parametrize("characters_per_token", [2, 3, 6])
def test_parts_fill_the_window_by_the_servers_count(
    server: FaultyServer, analyzer: MakeAnalyzer, characters_per_token: int
) -> None:
    def length(request: Request) -> int:
        return sum(len(message["content"]) for message in request["messages"]) // characters_per_token

    small_window(server, 5120)
    server.tokenize = lambda request: Reply(body=json.dumps({"count": length(request)}).encode())
    analyzer(max_output_tokens=512).analyze("call-1", said(*LONG * 4))
    parts = [request for request in server.requests if "sentiment" in schema_of(request)["properties"]]
    assert all(length(request) + 512 <= 5120 for request in parts)
    rules = length({"messages": parts[0]["messages"][:1]})
    talk = sum(length({"messages": request["messages"][1:]}) for request in parts)
    assert len(parts) <= talk // (0.8 * (5120 - 512 - rules)) + 1
