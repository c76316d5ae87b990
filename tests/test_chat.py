"""Chats in every shape that people export; names of speakers never come through."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.chat import ChatTurn, from_turns, parse_chat
from engine.errors import InputError
from engine.types import Transcript

EXPECTED = [("S1", "Hello, how can I help?"), ("S2", "My card is blocked.")]


def said(transcript: Transcript) -> list[tuple[str, str]]:
    return [(utterance.speaker, utterance.text) for utterance in transcript.utterances]


@pytest.mark.parametrize(
    "text",
    [
        "Agent: Hello, how can I help?\nCustomer: My card is blocked.\n",
        "[00:01] Agent: Hello, how can I help?\n[00:07] Customer: My card is blocked.",
        "(0:00:01.5) Agent : Hello, how can I help?\n0:00:07 Customer: My card is blocked.",
        "Agent: Hello,\n  how can I help?\n\nCustomer:\nMy card is blocked.",
        json.dumps([{"speaker": "a", "text": EXPECTED[0][1]}, {"speaker": "b", "text": EXPECTED[1][1]}]),
        json.dumps([{"role": "agent", "content": EXPECTED[0][1]}, {"role": "user", "content": EXPECTED[1][1]}]),
        json.dumps(
            {"messages": [{"author": "x", "message": EXPECTED[0][1]}, {"author": "y", "message": EXPECTED[1][1]}]}
        ),
        json.dumps(
            {"utterances": [{"speaker": "S1", "text": EXPECTED[0][1]}, {"speaker": "S2", "text": EXPECTED[1][1]}]}
        ),
    ],
)
def test_shapes(text):
    assert said(parse_chat(text, "en")) == EXPECTED


@pytest.mark.parametrize(
    "line",
    [
        "see https://example.com for more",
        "the meeting is at 10:15 tomorrow",
        "I told them several times in writing: nothing happened",
        "no speaker at all",
    ],
)
def test_a_colon_in_the_text_is_no_speaker(line):
    assert said(parse_chat(f"Agent: Hello.\n{line}", "en")) == [("S1", f"Hello. {line}")]
    assert said(parse_chat(line, "en")) == [("S1", line)]


def test_times():
    transcript = parse_chat("[01:02:03] A: x\n[1:02] B: y", "en")
    assert [utterance.start_s for utterance in transcript.utterances] == [3723.0, 62.0]
    turns = [ChatTurn("a", "x", 0.0, 2.0), ChatTurn("b", "y", 2.0, 3.0), ChatTurn("a", "z", 3.0, 4.5)]
    assert [speaker.talk_time_s for speaker in from_turns(turns, "en").speakers] == [3.5, 1.0]


@pytest.mark.parametrize(
    ("names", "roles"),
    [
        (("Agent", "Customer"), ["agent", "customer"]),
        (("Kunde 1", "Berater"), ["customer", "agent"]),
        (("Support (Anna)", "bob"), ["agent", "customer"]),
        (("cliente", "operatore"), ["customer", "agent"]),
    ],
)
def test_a_name_that_states_a_role_gives_it(names, roles):
    transcript = from_turns([ChatTurn(name, "Okay.") for name in names], "en")
    assert [speaker.role for speaker in transcript.speakers] == roles
    assert [utterance.role for utterance in transcript.utterances] == roles


def test_names_of_speakers_do_not_come_through():
    transcript = from_turns([ChatTurn("John Smith", "Hello."), ChatTurn("Mary Jones", "Hi.")], "en")
    assert "Smith" not in repr(transcript)
    assert [speaker.id for speaker in transcript.speakers] == ["S1", "S2"]


@pytest.mark.parametrize(
    "text",
    ["", "   \n", "[]", "{}", '{"turns": []}', '[{"speaker": "secret"}]', '["secret"]', '{"secret": 1', "[1, secret"],
)
def test_bad_chats_raise_without_their_text(text):
    with pytest.raises(InputError) as caught:
        parse_chat(text, "en")
    assert "secret" not in str(caught.value)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text(min_size=1).filter(lambda t: t.strip())), min_size=1))
def test_every_turn_is_one_utterance_in_order(turns):
    transcript = from_turns([ChatTurn(speaker, text) for speaker, text in turns], "en")
    assert [utterance.text for utterance in transcript.utterances] == [text.strip() for _, text in turns]
    assert [utterance.index for utterance in transcript.utterances] == list(range(len(turns)))
    ids = {}
    for (name, _), utterance in zip(turns, transcript.utterances, strict=True):
        assert ids.setdefault(name, utterance.speaker) == utterance.speaker


@given(st.text(max_size=300))
def test_any_text_parses_or_raises_our_error(text):
    try:
        transcript = parse_chat(text, "en")
    except InputError:
        return
    assert transcript.utterances
