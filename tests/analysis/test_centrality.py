"""Summaries of quotes: what is in them, what is not, and how they read."""

from __future__ import annotations

from engine.analysis.centrality import SUMMARY_CHARS, summarize
from engine.analysis.conversation import Conversation, read
from engine.analysis.lexicon import load_lexicon
from engine.types import Language, RedactedTranscript, RedactedUtterance
from tests.analysis.conftest import said

CALL = (
    "Good morning, how can I help you?",
    "The new router keeps losing the internet connection every evening.",
    "I see.",
    "The internet connection of the router drops every evening at home.",
    "Your router needs new firmware for the internet connection.",
    "My cousin likes cheese.",
    "Goodbye.",
)


def conversation(transcript: RedactedTranscript) -> Conversation:
    return read(transcript, load_lexicon(transcript.language.code))


def test_central_sentences_with_who_says_them() -> None:
    summary = summarize(conversation(said(*CALL)), ())
    assert "internet connection" in summary
    assert "Customer: " in summary
    assert "cheese" not in summary
    assert "Good morning" not in summary


def test_what_is_said_twice_is_told_once() -> None:
    summary = summarize(conversation(said(*CALL[1:2], *CALL[1:2], *CALL[1:2])), ())
    assert summary.count("losing") == 1


def test_the_lead_is_always_in_it_and_the_order_is_that_of_the_call() -> None:
    call = conversation(said(*CALL))
    summary = summarize(call, (call.sentences[5],))
    assert summary.index("internet") < summary.index("cheese")


def test_one_speaker_is_named_once_for_a_run_of_sentences() -> None:
    call = conversation(said("Okay.", "I lost my card. I need a new card for my account."))
    assert summarize(call, ()) == "Customer: I lost my card. I need a new card for my account."


def test_speakers_without_a_role_are_named_by_their_id() -> None:
    utterances = (RedactedUtterance(0, "SPEAKER_00", "unknown", None, None, "The invoice is wrong."),)
    call = conversation(RedactedTranscript(Language("en", 1.0), (), utterances))
    assert summarize(call, ()) == "SPEAKER_00: The invoice is wrong."


def test_markers_stay_whole_and_the_summary_short() -> None:
    endless = "the invoice of [PERSON_NAME_1] about the router and " * 100
    summary = summarize(conversation(said(endless)), ())
    assert "[PERSON_NAME_1]" in summary
    assert summary.count("[") == summary.count("]")
    assert len(summary) <= SUMMARY_CHARS + len("Agent: .")


def test_nothing_gives_nothing() -> None:
    assert summarize(conversation(said()), ()) == ""
    assert summarize(conversation(said("", "...")), ()) == ""


def test_a_call_of_small_talk_still_has_a_summary() -> None:
    assert summarize(conversation(said("Hello.", "Hello?")), ()) == "Agent: Hello."
