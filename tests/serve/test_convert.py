"""The message holds what the JSON holds, in every field that an analysis can have."""

from __future__ import annotations

import pytest

pytest.importorskip("grpc")

from google.protobuf.json_format import MessageToDict

from engine.analysis_types import Analysis, ChecklistAnswer, ChecklistResult, Scores, Value
from engine.result_json import to_dict
from engine.result_types import CallResult, Models, ResultUtterance
from engine.serve.convert import to_message
from engine.types import SourceInfo, Word
from tests.test_free_text import filled

WORDS = (Word("hel", 0.0, 0.2, 0.5), Word("lo", 0.2, 0.4, 1.0, ("S2", "S3")))


def result_of(analysis: Analysis) -> CallResult:
    source = SourceInfo(None, "0" * 64, "chat", "text", 0, 0, 0.0)
    utterance = ResultUtterance(0, "S1", "agent", None, None, "hello", "neutral", WORDS, "hallo")
    models = Models(None, None, None, None)
    return CallResult(
        "1.0", "id", source, "completed", None, (), (utterance,), (), analysis, None, models, {}, ()
    )  # fmt: skip


def test_every_field_of_an_analysis_travels() -> None:
    result = result_of(filled(Analysis))
    message = MessageToDict(
        to_message(result), preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    assert message["analysis"] == to_dict(result)["analysis"]
    (utterance,) = message["utterances"]
    assert utterance["translation"] == "hallo"
    assert [word["others"] for word in utterance["words"]] == [[], ["S2", "S3"]]


@pytest.mark.parametrize("value", [True, False, 0.5, 3.0, "later", None])
def test_answers_of_all_types_travel(value: Value) -> None:
    answer = ChecklistAnswer("q", "Q", value)
    analysis = Analysis("x", "s", "neutral", Scores(), checklists=(ChecklistResult("c", "C", None, (answer,)),))
    (sent,) = to_message(result_of(analysis)).analysis.checklists[0].answers
    assert MessageToDict(sent)["value"] == value
