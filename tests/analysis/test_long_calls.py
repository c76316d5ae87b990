"""Calls longer than the context window: read in parts, merged, and never at the cost of what can be read."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from engine.analysis.chunking import estimate_tokens
from engine.analysis.merging import MAX_FINDINGS
from engine.analysis.prompts import CLOSING
from engine.types import Language, RedactedTranscript, RedactedUtterance
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

NO_ANSWER = {"evidence": [], "quote": "", "value": None}
LONG = tuple(f"utterance {number} says a few words about the invoice of last month" for number in range(120))


def small_window(server: FaultyServer, tokens: int = 8192) -> None:
    server.models = Reply(body=json.dumps({"data": [{"id": "tiny", "max_model_len": tokens}]}).encode())


def indexes_of(request: Request) -> list[int]:
    return [int(line[1 : line.index("]")]) for line in transcript_of(request)]


def of_the_agent(index: int) -> int:
    """The index of the first utterance from there that is the agent's."""
    return index + index % 2


def parts_of(requests: Sequence[Request]) -> list[list[int]]:
    """The utterance indexes of each part, in the order of the call."""
    return sorted(indexes_of(request) for request in requests if "sentiment" in schema_of(request)["properties"])


def test_a_long_call_is_read_in_parts_and_merged(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    def by_part(request: Request) -> Reply:
        if "sentiment" not in schema_of(request)["properties"]:
            return answer(request, summary="the \x00whole\n\x1bcall")
        first = indexes_of(request)[0]
        verdict = {
            "evidence": [of_the_agent(first), 0],
            "quote": "the invoice of last month",
            "value": first != 0 or None,
        }
        greeting_and_end = {"quality": {"greeting": verdict, "end": NO_ANSWER}}
        return answer(request, summary=f"from {first}", tags=[f"tag {first}"], checklists=greeting_and_end)

    small_window(server)
    server.script = by_part
    outcome = analyzer(max_output_tokens=512).analyze("call-1", said(*LONG))
    parts = parts_of(server.requests)
    assert len(parts) > 1
    assert [index for part in parts for index in part] == list(range(120))
    assert outcome.analysis is not None
    assert (outcome.errors, outcome.analysis.dropped_evidence) == ((), len(parts) - 1)  # 0 was shown to one part only
    assert outcome.analysis.summary == "the whole call"
    assert outcome.analysis.tags == tuple(f"tag {part[0]}" for part in parts)[:6]
    starts = tuple(of_the_agent(part[0]) for part in parts[1:])[:5]
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
    server.tokenize = lambda _: Reply(body=b'{"count":7500}')
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
        verdict = {"evidence": [], "quote": "", "value": False}
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
        assert sum(estimate_tokens(message["content"]) for message in request["messages"]) + 512 <= 8192


@pytest.mark.parametrize("characters_per_token", [2, 3, 6])
def test_parts_fill_the_window_by_the_servers_count(
    server: FaultyServer, analyzer: MakeAnalyzer, characters_per_token: int
) -> None:
    def length(request: Request) -> int:
        return sum(len(message["content"]) for message in request["messages"]) // characters_per_token

    small_window(server)
    server.tokenize = lambda request: Reply(body=json.dumps({"count": length(request)}).encode())
    analyzer(max_output_tokens=512).analyze("call-1", said(*LONG * 4))
    parts = [request for request in server.requests if "sentiment" in schema_of(request)["properties"]]
    assert all(length(request) + 512 <= 8192 for request in parts)
    rules = length({"messages": parts[0]["messages"][:1]})
    talk = sum(length({"messages": request["messages"][1:]}) for request in parts)
    assert len(parts) <= talk // (0.8 * (8192 - 512 - rules)) + 1


# --- sizes at the ends ------------------------------------------------------------------------------------------------


def test_a_call_of_six_hours_is_summarised_in_layers(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    """3,600 utterances in 16,384 tokens; of the summaries only so many fit at once."""
    layers: list[int] = []

    def up_to_eight_summaries(request: Request) -> Reply:
        if "sentiment" in schema_of(request)["properties"]:
            first = indexes_of(request)[0]
            return answer(
                request,
                summary=f"part from {first}",
                action_items=[
                    {
                        "evidence": [first],
                        "quote": "the invoice of last month",
                        "text": f"act {first}",
                        "who": "agent",
                        "due": None,
                        "kind": "action",
                    }
                ],
            )
        layers.append(len(transcript_of(request)))
        return failure(400, "maximum context length") if layers[-1] > 8 else answer(request, summary="in layers")

    server.script = up_to_eight_summaries
    outcome = analyzer().analyze("call-1", said(*LONG * 30))
    assert (outcome.errors, outcome.analysis is not None) == ((), True)
    assert outcome.analysis is not None
    assert outcome.analysis.summary == "in layers"
    parts = parts_of(server.requests)
    assert [index for part in parts for index in part] == list(range(3600))
    assert len(outcome.analysis.action_items) == min(len(parts), MAX_FINDINGS)
    assert (layers[0], layers[-1]) == (len(parts), 2)


def test_a_chat_of_50_000_messages_has_a_result(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    small_window(server, 131_072)
    outcome = analyzer(context_tokens=131_072).analyze("chat-1", said(*["my bill is wrong", "ok"] * 25_000))
    assert (outcome.analysis is not None, outcome.errors) == (True, ())
    assert len(outcome.utterance_sentiments) == 50_000
    assert outcome.analysis is not None
    assert [len(mood.course) for mood in outcome.analysis.speakers] == [25_000, 25_000]
    assert sum(map(len, parts_of(server.requests))) == 50_000


def test_a_chat_without_speakers_and_a_call_of_one_word_have_results(
    server: FaultyServer, analyzer: MakeAnalyzer
) -> None:
    nobody = RedactedUtterance(0, "S1", "unknown", None, None, "hello")
    chat = RedactedTranscript(Language("en", 1.0), (), (nobody,))
    for transcript in (chat, said("yes")):
        outcome = analyzer().analyze("call-1", transcript)
        assert (outcome.analysis is not None, outcome.errors) == (True, ())
    assert transcript_of(server.requests[0]) == ["[0] unknown/S1: hello"]


@pytest.mark.parametrize(("window", "step"), [(16_384, 0), (6_500, 2), (4_096, 3)])
def test_a_small_window_gets_the_smaller_ask(
    server: FaultyServer, analyzer: MakeAnalyzer, window: int, step: int
) -> None:
    small_window(server, window)
    small = analyzer(max_output_tokens=1024)
    small.check()
    outcome = small.analyze("call-1", said("hello", "my bill is wrong"))
    properties = schema_of(server.requests[1])["properties"]  # after that of the check
    assert ("checklists" in properties, "risks" in properties, "tags" in properties) == (step < 2, step < 3, step < 3)
    assert outcome.analysis is not None
    assert len(outcome.analysis.checklists[0].answers) == 2
