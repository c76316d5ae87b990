"""LlmAnalyzer against a server in trouble: every call ends as a valid analysis or as a recorded error."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from engine.analysis.llm import LlmAnalyzer
from engine.analysis.schemas import Asked
from engine.config_types import LlmConfig
from engine.errors import ConfigurationError, LlmUnavailableError, PrivacyError, UnknownNameError
from engine.types import Language, Transcript, Utterance
from tests.analysis.conftest import QUALITY, MakeAnalyzer, said, the_error
from tests.analysis.faulty_server import FaultyServer, Pauses, Reply, answer, completion, failure


def cited(evidence: list[int], quote: str, value: object) -> dict[str, object]:
    return {"evidence": evidence, "quote": quote, "value": value}


def test_a_call_becomes_an_analysis(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    verdicts = {"greeting": cited([0], "good morning", True), "end": cited([], "", None)}
    server.script = lambda request: answer(request, checklists={"quality": verdicts}, categories=["refund"])
    outcome = analyzer().analyze("call-1", said("good morning", "my bill is wrong"))
    assert outcome.errors == ()
    assert outcome.analysis is not None
    assert (outcome.analysis.engine, outcome.analysis.summary) == ("vllm:tiny", "some text")
    assert outcome.analysis.checklists[0].score == 1.0
    assert outcome.analysis.checklists[0].answers[0].evidence == (0,)
    assert outcome.analysis.categories == ("billing", "refund")  # a category brings those above it
    assert [(mood.speaker, mood.course) for mood in outcome.analysis.speakers] == [
        ("S0", ((0, "neutral"),)),
        ("S1", ((1, outcome.utterance_sentiments[1]),)),
    ]
    assert outcome.analysis.language == "en"
    assert len(outcome.utterance_sentiments) == 2
    assert len(server.requests) == 1


def test_the_name_of_a_known_voice_is_not_sent(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    plain = said("good morning", "my bill is wrong")
    named = [
        dataclasses.replace(each, speaker=name) for each, name in zip(plain.utterances, ("Ann", "S1"), strict=True)
    ]
    server.script = lambda request: answer(request, speakers=[{"speaker": "S2", "attitude": "friendly"}])
    outcome = analyzer().analyze("call-1", dataclasses.replace(plain, utterances=tuple(named)))
    assert outcome.analysis is not None
    assert [(mood.speaker, mood.attitude) for mood in outcome.analysis.speakers] == [("Ann", "friendly"), ("S1", None)]
    assert server.requests
    assert "Ann" not in str(server.requests)


def test_raw_text_is_refused_at_run_time(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    raw = Transcript(Language("en", 1.0), (), (Utterance(0, "S0", "agent", 0.0, 1.0, "my name is Ann"),))
    with pytest.raises(PrivacyError) as caught:
        analyzer().analyze("call-1", raw)  # type: ignore[arg-type]
    assert "Ann" not in str(caught.value)
    assert server.asked == []


def test_a_silent_call_is_not_sent(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    for transcript in (said(), said("", " \n")):
        outcome = analyzer().analyze("call-1", transcript)
        assert outcome.analysis is not None
        assert outcome.analysis.summary == ""
        assert [answer.value for answer in outcome.analysis.checklists[0].answers] == [None, None]
        assert len(outcome.utterance_sentiments) == len(transcript.utterances)
    assert server.requests == []


def test_evidence_that_does_not_exist_is_dropped_and_counted(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    both = {"quality": {"greeting": cited([0, 1, 2, 99_999], "hello", True), "end": cited([1], "", False)}}
    server.script = lambda request: answer(request, checklists=both)
    outcome = analyzer().analyze("call-1", said("hello", ""))
    assert outcome.analysis is not None
    assert [answer.evidence for answer in outcome.analysis.checklists[0].answers] == [(0,), ()]
    assert outcome.analysis.dropped_evidence == 4  # 2 and 99999 do not exist, 1 is empty and was not shown, twice


# --- a server in trouble ----------------------------------------------------------------------------------------------


def test_transport_faults_are_survived(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    server.replies = [failure(500), Reply(fault="reset", body=b" " * 99), failure(429)]
    outcome = analyzer().analyze("call-1", said("hello"))
    assert (outcome.analysis is not None, outcome.errors, len(server.requests)) == (True, (), 4)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ({"status": 500}, "AnalysisError"),
        ({"status": 503}, "LlmUnavailableError"),
        ({"status": 401}, "ConfigurationError"),
        ({"status": 404}, "ConfigurationError"),
        ({"status": 400}, "AnalysisError"),
        ({"fault": "hang"}, "LlmUnavailableError"),
        ({"fault": "cut", "body": b" " * 99}, "AnalysisError"),
        ({"body": b"<html>"}, "AnalysisError"),
    ],
)
def test_a_lasting_fault_is_recorded_by_its_class(
    server: FaultyServer, analyzer: MakeAnalyzer, reply: dict[str, Any], kind: str
) -> None:
    server.script = lambda _: Reply(**reply)
    outcome = analyzer(timeout_s=0.15, max_retries=1).analyze("call-1", said("my-secret-sentence"))
    assert "secret" not in the_error(outcome)
    assert outcome.errors[0].type == kind


def test_a_server_that_is_down_costs_a_call_its_analysis_only() -> None:
    analyzer = LlmAnalyzer(LlmConfig(base_url="http://127.0.0.1:9/v1"), Asked((QUALITY,)), pause=Pauses())
    outcome = analyzer.analyze("call-1", said("hello"))
    assert "127.0.0.1:9" in the_error(outcome)
    assert outcome.errors[0].type == "LlmUnavailableError"
    assert outcome.utterance_sentiments == ("neutral",)


# --- check ------------------------------------------------------------------------------------------------------------


def test_check_names_url_and_remedy_of_a_server_that_is_down() -> None:
    with pytest.raises(LlmUnavailableError, match=r'127\.0\.0\.1:9/v1.*serve-llm.*without_llm = "continue"'):
        LlmAnalyzer(LlmConfig(base_url="http://127.0.0.1:9/v1")).check()


def test_check_names_the_nearest_served_model(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    server.models = Reply(body=b'{"data":[{"id":"Qwen/Qwen3-8B"},{"id":"gpt-oss-20b"}]}')
    with pytest.raises(UnknownNameError, match="did you mean 'Qwen/Qwen3-8B'"):
        analyzer(model="qwen3-8b").check()


def test_the_only_served_model_is_taken(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    unnamed = analyzer(model="")
    assert unnamed.name == "vllm"
    unnamed.check()
    assert unnamed.name == "vllm:tiny"
    unnamed.analyze("call-1", said("hello"))
    assert server.requests[0]["model"] == "tiny"
    assert server.asked.count("/v1/models") == 1


@pytest.mark.parametrize(
    ("models", "problem"),
    [(b'{"data":[]}', "serves no model"), (b'{"data":[{"id":"a"},{"id":"b"}]}', "several models; received a, b")],
)
def test_no_model_to_choose(server: FaultyServer, analyzer: MakeAnalyzer, models: bytes, problem: str) -> None:
    server.models = Reply(body=models)
    with pytest.raises(ConfigurationError, match=problem):
        analyzer(model="").check()


def test_check_refuses_a_window_without_room_for_a_call(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    server.models = Reply(body=b'{"data":[{"id":"tiny","max_model_len":2048}]}')
    with pytest.raises(ConfigurationError, match=r"received 2048 tokens.*max-model-len"):
        analyzer().check()
    with pytest.raises(ConfigurationError, match="received 900 tokens"):
        analyzer(context_tokens=900, max_output_tokens=300).check()


def test_check_believes_the_servers_count_of_the_rules(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    server.models = Reply(body=b'{"data":[{"id":"tiny","max_model_len":4096}]}')
    server.tokenize = lambda _: Reply(body=b'{"count":1200}')
    analyzer(max_output_tokens=2048).check()
    assert server.asked == ["/v1/models", "/tokenize", "/v1/chat/completions"]


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(failure(400, "response_format of type json_schema is not supported"), id="refused"),
        pytest.param(failure(422, "bad request"), id="refused without a reason"),
        pytest.param(completion("Hello! How can I help you?"), id="ignored"),
        pytest.param(completion('{"word": "hello"}'), id="JSON of another shape"),
    ],
)
def test_check_names_a_server_without_json_schema_before_any_call(
    server: FaultyServer, analyzer: MakeAnalyzer, reply: Reply
) -> None:
    server.script = lambda _: reply
    with pytest.raises(ConfigurationError, match=r"does not take a JSON Schema.*serve-llm"):
        analyzer().check()
    assert len(server.requests) == 1


@pytest.mark.parametrize("reply", [failure(429), failure(500), completion('{"wo', "length")])
def test_a_busy_server_or_a_slow_thinker_passes_the_check(
    server: FaultyServer, analyzer: MakeAnalyzer, reply: Reply
) -> None:
    server.script = lambda _: reply
    analyzer().check()
    assert len(server.requests) == 1


def test_check_asks_every_model_for_its_word(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    server.models = Reply(body=b'{"data":[{"id":"tiny","max_model_len":16384},{"id":"other","max_model_len":16384}]}')
    analyzer(questions_model="other").check()
    assert [request["model"] for request in server.requests] == ["tiny", "other"]


def test_a_server_that_hangs_at_the_check_is_unavailable(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    server.script = lambda _: Reply(fault="hang")
    with pytest.raises(LlmUnavailableError):
        analyzer(timeout_s=0.15).check()
