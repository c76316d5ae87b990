"""A translated transcript: every utterance under its own index, whatever the model leaves out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analysis.prompts import Line
from engine.analysis.translation import MAX_LINES, by_utterance, translation_parts
from engine.result_types import AnalysisOutcome
from tests.analysis.conftest import MakeAnalyzer, said
from tests.analysis.faulty_server import FaultyServer, Reply, Request, answer, completion, schema_of, transcript_of


def is_translation(request: Request) -> bool:
    return list(schema_of(request)["properties"]) == ["lines"]


def translating(translate: Callable[[int, str], str | None]) -> Callable[[Request], Reply]:
    """A model that translates each line by its number and words, or leaves it out."""

    def reply(request: Request) -> Reply:
        if not is_translation(request):
            return answer(request)
        lines = [line.partition("] ")[::2] for line in transcript_of(request)]
        made = [(int(number[1:]), translate(int(number[1:]), rest.partition(": ")[2])) for number, rest in lines]
        return answer(request, lines=[{"number": number, "text": text} for number, text in made if text is not None])

    return reply


def translated(analyzer: MakeAnalyzer, *texts: str, **changes: object) -> AnalysisOutcome:
    return analyzer(transcription_language="de", **changes).analyze("call-1", said(*texts))


def test_every_utterance_is_translated_under_its_index(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    server.script = translating(lambda _, text: f"auf Deutsch: {text}")
    outcome = translated(analyzer, "hello", "", "I am [PERSON_NAME_1]")
    assert outcome.translations == ("auf Deutsch: hello", None, "auf Deutsch: I am [PERSON_NAME_1]")
    assert outcome.errors == ()
    asked = [request for request in server.requests if is_translation(request)]
    assert len(asked) == 1
    assert "into German" in asked[0]["messages"][0]["content"]


def test_a_long_transcript_is_translated_in_parts(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    server.script = translating(lambda _, text: text.upper())
    texts = [f"utterance {number} of a long call" for number in range(130)]
    outcome = translated(analyzer, *texts)
    assert outcome.translations == tuple(text.upper() for text in texts)
    assert sum(map(is_translation, server.requests)) > 130 // MAX_LINES


def test_what_is_left_out_is_asked_once_more(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    seen: list[str] = []

    def forgetful(_: int, text: str) -> str | None:
        seen.append(text)
        return None if text == "never" or (text == "later" and seen.count("later") == 1) else f"<{text}>"

    server.script = translating(forgetful)
    outcome = translated(analyzer, "now", "later", "never")
    assert outcome.translations == ("<now>", "<later>", None)
    assert seen.count("never") == 2
    assert "utterances without a translation; received 1" in outcome.errors[0].message


@pytest.mark.parametrize("invented", ["Frau [PERSON_NAME_2]", "[CREDIT_CARD_NUMBER_1]"])
def test_a_marker_that_was_not_there_is_refused(server: FaultyServer, analyzer: MakeAnalyzer, invented: str) -> None:
    server.script = translating(lambda _, text: f"{text} {invented}")
    outcome = translated(analyzer, "I am [PERSON_NAME_1]")
    assert outcome.translations == (None,)
    assert outcome.analysis is not None


def test_an_answer_cut_off_is_asked_in_halves(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    plain = translating(lambda _, text: text.upper())

    def short_of_breath(request: Request) -> Reply:
        if is_translation(request) and len(transcript_of(request)) > 2:
            return completion("", "length")
        return plain(request)

    server.script = short_of_breath
    assert translated(analyzer, *"abcde").translations == tuple("ABCDE")


def test_a_translation_that_fails_leaves_the_analysis(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    server.script = lambda request: Reply(status=500) if is_translation(request) else answer(request)
    outcome = translated(analyzer, "hello", max_retries=1)
    assert outcome.analysis is not None
    assert (outcome.translations, [error.type for error in outcome.errors]) == ((None,), ["AnalysisError"])


def test_a_call_in_the_wanted_language_is_not_translated(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    outcome = analyzer(transcription_language="en").analyze("call-1", said("hello"))
    assert outcome.translations == ()
    assert not any(map(is_translation, server.requests))


@given(st.lists(st.integers(1, 400), min_size=1, max_size=90), st.integers(40, 3000))
def test_parts_hold_every_line_in_order(words: list[int], answer_tokens: int) -> None:
    lines = [Line(index, "agent/S0", "word " * count) for index, count in enumerate(words)]
    parts = translation_parts(lines, answer_tokens)
    assert all(0 < len(part) <= MAX_LINES for part in parts)
    told = {line.index: 0 for line in lines}
    for line in (line for part in parts for line in part):
        told[line.index] += len(line.text.split())
    assert list(told.values()) == words


def test_pieces_of_one_utterance_are_joined_and_half_of_one_is_none() -> None:
    assert by_utterance([(0, "a"), (0, "b"), (2, "c"), (3, "d"), (3, None)], 5) == ("a b", None, "c", None, None)
