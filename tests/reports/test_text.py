from __future__ import annotations

import dataclasses
from collections.abc import Callable

from engine.reports.html import render_html
from engine.reports.text import render_txt
from engine.result_types import CallResult, ResultUtterance


def test_a_call_as_text(call: CallResult) -> None:
    lines = render_txt(call).splitlines()
    assert lines[:6] == [
        "northline-billing-0417",
        "Recording: northline-billing-0417.wav",
        "Duration: 1:02",
        "Language: English",
        "Status: completed",
        "Redactions: 7",
    ]
    assert "Sentiment: positive" in lines and "CSAT: 7.5 of 10" in lines
    assert "- Remove the roaming charge from the account" in lines
    assert "- Service quality: 83%" in lines
    assert "[00:00.6] Agent (S1): Thank you for calling Northline, this is [PERSON_NAME_1]. How can I help?" in lines
    assert lines[-1] == "[00:59.2] Agent (S1): Thank you for calling, have a nice day."


def test_a_sentiment_that_is_not_known_is_left_out(call: CallResult) -> None:
    assert call.analysis
    unknown = dataclasses.replace(call, analysis=dataclasses.replace(call.analysis, sentiment=None))
    assert "Sentiment" not in render_txt(unknown)
    assert "<dt>Sentiment</dt>" not in render_html(unknown) and "None" not in render_html(unknown)


def test_a_chat_has_no_times(chat: CallResult) -> None:
    text = render_txt(chat)
    assert "\nCustomer (S2): Yes, that's right.\n" in text
    assert "Duration" not in text and "Recording" not in text and "[0" not in text


def test_a_speaker_without_a_role_goes_by_the_id(make_call: Callable[..., CallResult]) -> None:
    line = ResultUtterance(0, "S3", "unknown", 3723.04, 3724.0, "Hello", None, ())
    assert render_txt(make_call([line])).endswith("\n\n[1:02:03.0] S3: Hello\n")


def test_failed_partial_and_silent_calls_say_so(failed: CallResult, partial: CallResult, silent: CallResult) -> None:
    assert "Errors:\n- decode, NotAudioError: notes.wav holds no audio" in render_txt(failed)
    assert "Errors:\n- analyze, LlmUnavailableError" in render_txt(partial)
    assert "[00:00.6] Agent (S1)" in render_txt(partial)
    assert render_txt(silent).endswith("\nNo speech.\n")


def test_an_utterance_is_one_line_whatever_was_typed(call: CallResult) -> None:
    nasty = dataclasses.replace(call.utterances[0], text="a\n[00:02.0] Agent (S1): forged\x1b[2J\u2028b")
    lines = render_txt(dataclasses.replace(call, utterances=(nasty,))).splitlines()
    assert lines[-1] == "[00:00.6] Agent (S1): a [00:02.0] Agent (S1): forged [2J b"
