"""Every word gets a speaker, once and in order; utterances are cut where the speaker changes or pauses."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config_types import RolesConfig
from engine.merge import attribute
from engine.types import Language, Segment, Turn, Utterance, Word
from tests.conftest import plain_words

EN = Language("en", 1.0)
GAP_S = 1.0
NO_ROLES = RolesConfig()


def word(text: str, start_s: float, end_s: float) -> Word:
    return Word(text, start_s, end_s, 0.9)


def segment(*words: Word, channel: int = 0, text: str | None = None, language: str = "en") -> Segment:
    spoken = " ".join(each.text for each in words) if text is None else text
    times = [time for each in words for time in (each.start_s, each.end_s)] or [0.0]
    return Segment(channel, min(times), max(times), spoken, words, language, -0.1, 0.0, 1.0, 0.0)


def wordless(text: str, start_s: float, end_s: float, channel: int = 0) -> Segment:
    return dataclasses.replace(segment(channel=channel), text=text, start_s=start_s, end_s=end_s)


def spoken(text: str, start_s: float = 0.0, step_s: float = 0.5, channel: int = 0) -> Segment:
    """A segment whose words follow each other without pause."""
    words = text.split()
    return segment(
        *(word(w, start_s + i * step_s, start_s + (i + 1) * step_s) for i, w in enumerate(words)), channel=channel
    )


def merged(segments, turns, roles=NO_ROLES, gap_s=GAP_S):
    return attribute(segments, turns, EN, roles, gap_s)


def lines(transcript) -> list[tuple[str, str]]:
    return [(utterance.speaker, utterance.text) for utterance in transcript.utterances]


# --- which turn -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start_s", "end_s", "speaker"),
    [
        pytest.param(1.0, 2.0, "S1", id="inside"),
        pytest.param(3.5, 4.4, "S1", id="mostly the first"),
        pytest.param(3.8, 4.9, "S2", id="mostly the second"),
        pytest.param(3.5, 4.5, "S1", id="a tie goes to the earlier turn"),
        pytest.param(8.2, 8.4, "S2", id="in a gap, nearer the one before"),
        pytest.param(9.5, 9.7, "S1", id="in a gap, nearer the one after"),
        pytest.param(0.0, 0.0, "S1", id="no length, before all turns"),
        pytest.param(5.0, 5.0, "S2", id="no length, inside"),
        pytest.param(99.0, 99.5, "S1", id="after all turns"),
    ],
)
def test_a_word_goes_to_the_turn_that_it_overlaps_most_or_is_nearest_to(start_s, end_s, speaker):
    turns = [Turn("S1", 0.5, 4.0), Turn("S2", 4.0, 8.0), Turn("S1", 10.0, 12.0)]
    assert lines(merged([segment(word("hm", start_s, end_s))], turns)) == [(speaker, "hm")]


def test_a_tie_goes_to_who_was_speaking():
    turns = [Turn("S1", 0.0, 1.0), Turn("S2", 1.0, 3.0), Turn("S1", 3.0, 5.0)]
    words = [word("one", 1.2, 1.8), word("two", 2.0, 2.9), word("three", 2.9, 3.1)]
    assert lines(merged([segment(*words)], turns)) == [("S2", "one two three")]


def test_a_backchannel_inside_a_turn_is_an_utterance_of_its_own():
    turns = [Turn("S1", 0.0, 4.0), Turn("S2", 4.0, 4.5), Turn("S1", 4.5, 10.0)]
    said = merged([spoken("you have to send it back by mail right and then we pay")], turns)
    assert lines(said) == [("S1", "you have to send it back by mail"), ("S2", "right"), ("S1", "and then we pay")]


def test_channels_are_kept_apart():
    turns = [Turn("S1", 0.0, 4.0, 0), Turn("S2", 0.0, 0.5, 1), Turn("S2", 5.0, 6.0, 1)]
    left, right = spoken("I am on the left", channel=0), spoken("right", 2.0, channel=1)
    assert sorted(lines(merged([left, right], turns))) == [("S1", "I am on the left"), ("S2", "right")]


@pytest.mark.parametrize(
    ("segments", "turns", "expected"),
    [
        pytest.param([spoken("hello there")], [], [("S1", 0.0, None)], id="mono"),
        pytest.param(
            [spoken("hello"), spoken("hi", 3.0, channel=1)], [], [("S1", 0.0, 0), ("S2", 3.0, 1)], id="two channels"
        ),
        pytest.param(
            [spoken("hello"), spoken("hi", 3.0, channel=1)],
            [Turn("S1", 2.0, 4.0, 1)],
            [("S2", 0.0, 0), ("S1", 3.0, 1)],
            id="a channel that has no turn gets a speaker of its own",
        ),
    ],
)
def test_words_without_turns_have_a_speaker(segments, turns, expected):
    said = merged(segments, turns)
    channels = {speaker.id: speaker.channel for speaker in said.speakers}
    assert [(u.speaker, u.start_s, channels[u.speaker]) for u in said.utterances] == expected


def test_nothing_said():
    said = merged([], [Turn("S1", 0.0, 1.0)])
    assert (said.utterances, said.speakers) == ((), ())


# --- borders ----------------------------------------------------------------------------------------------------------

BORDER = [Turn("S1", 0.0, 3.0), Turn("S2", 3.0, 8.0)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(
            [("can", 2.0, 2.3), ("you", 2.3, 2.6), ("hold?", 2.6, 3.3), ("Yes", 3.35, 3.7), ("sure", 3.7, 4.1)],
            [("S1", "can you hold?"), ("S2", "Yes sure")],
            id="already right",
        ),
        pytest.param(
            [("can", 2.1, 2.5), ("you", 2.5, 2.9), ("hold?", 2.95, 3.35), ("Yes", 3.4, 3.7), ("sure", 3.7, 4.1)],
            [("S1", "can you hold?"), ("S2", "Yes sure")],
            id="the sentence ends just after the border",
        ),
        pytest.param(
            [("hold?", 2.0, 2.5), ("Yes", 2.6, 2.9), ("sure", 2.9, 3.5), ("why", 3.5, 4.1)],
            [("S1", "hold?"), ("S2", "Yes sure why")],
            id="the answer begins just before the border",
        ),
        pytest.param(
            [("so", 2.0, 2.3), ("long", 2.9, 3.3), ("yes", 3.9, 4.2), ("sure", 4.2, 4.6)],
            [("S1", "so"), ("S2", "long yes sure")],
            id="the pauses on both sides are alike: what was heard stands",
        ),
        pytest.param(
            [("one", 1.0, 1.4), ("two.", 1.4, 1.8), ("three", 1.8, 2.4), ("four", 2.4, 3.0), ("five", 3.0, 3.5)],
            [("S1", "one two. three four"), ("S2", "five")],
            id="a sentence end too far off",
        ),
    ],
)
def test_words_settle_a_heard_border(words, expected):
    assert lines(merged([segment(*(word(*each) for each in words))], BORDER)) == expected


def test_a_border_never_swallows_a_turn():
    turns = [Turn("S1", 0.0, 3.0), Turn("S2", 3.0, 3.3), Turn("S1", 3.3, 6.0)]
    words = [word("right?", 2.5, 2.95), word("Yes.", 3.0, 3.3), word("Good.", 3.35, 3.7)]
    assert lines(merged([segment(*words)], turns)) == [("S1", "right?"), ("S2", "Yes."), ("S1", "Good.")]


# --- two at once ------------------------------------------------------------------------------------------------------

UNDER_SPEECH = [Turn("S1", 0.0, 2.0), Turn("S1", 2.0, 3.0, others=("S2",)), Turn("S1", 3.0, 6.0)]
FLOOR_LOST = [Turn("S1", 0.0, 2.0), Turn("S2", 2.0, 2.5, others=("S1",)), Turn("S1", 2.5, 6.0)]
INTERRUPTED = [Turn("S1", 0.0, 2.0), Turn("S2", 2.0, 4.0, others=("S1",)), Turn("S1", 4.0, 6.0)]
TAKEN_OVER = [Turn("S1", 0.0, 2.0), Turn("S1", 2.0, 3.0, others=("S2",)), Turn("S2", 3.0, 6.0)]


@pytest.mark.parametrize(
    ("text", "turns", "expected"),
    [
        pytest.param(
            "you will have to mhm send it back again",
            UNDER_SPEECH,
            [("S1", "you will have to"), ("S2", "mhm"), ("S1", "send it back again")],
            id="a backchannel under somebody's sentence is the listener's",
        ),
        pytest.param(
            "you will have to really send it back again",
            UNDER_SPEECH,
            [("S1", "you will have to really send it back again")],
            id="another word under both is of the sentence that it is in",
        ),
        pytest.param(
            "you will have to send it back again please",
            FLOOR_LOST,
            [("S1", "you will have to send it back again please")],
            id="a voice heard for an instant has not taken the word",
        ),
        pytest.param(
            "you will have to Okay. send it back again",
            FLOOR_LOST,
            [("S1", "you will have to"), ("S2", "Okay."), ("S1", "send it back again")],
            id="unless it is a backchannel",
        ),
        pytest.param(
            "you will have to no I will not send it back",
            INTERRUPTED,
            [("S1", "you will have to"), ("S2", "no I will not"), ("S1", "send it back")],
            id="a sentence over another stays with who has the floor",
        ),
        pytest.param(
            "you will have to yes but I will not do",
            TAKEN_OVER,
            [("S1", "you will have to yes but"), ("S2", "I will not do")],
            id="where somebody else goes on, the heard border stands",
        ),
    ],
)
def test_a_word_under_two_voices(text, turns, expected):
    assert lines(merged([spoken(text)], turns)) == expected


@pytest.mark.parametrize(
    ("text", "turns", "both"),
    [
        pytest.param("you will have to mhm send it back again", UNDER_SPEECH, {"mhm": "S1", "send": "S2"}, id="under"),
        pytest.param("you will have to send it back again please", FLOOR_LOST, {"send": "S2"}, id="for an instant"),
        pytest.param(
            "you will have to no I will not send it back",
            INTERRUPTED,
            {"no": "S1", "I": "S1", "will": "S1", "not": "S1"},
            id="over another",
        ),
        pytest.param(
            "you will have to yes but I will not do", TAKEN_OVER, {"yes": "S2", "but": "S2"}, id="one carries on"
        ),
        pytest.param("you will have to", [Turn("S1", 0.0, 2.0), Turn("S2", 2.0, 4.0)], {}, id="nobody else"),
    ],
)
def test_a_word_under_two_voices_keeps_both(text, turns, both):
    words = [each for utterance in merged([spoken(text)], turns).utterances for each in utterance.words][4:]
    assert {each.text: each.others for each in words if each.others} == {name: (other,) for name, other in both.items()}


def test_three_at_once_are_all_kept():
    turns = [Turn("S2", 0.0, 2.0, others=("S1", "S3"))]
    (utterance,) = merged([spoken("all of us")], turns).utterances
    assert utterance.speaker == "S2"
    assert {each.others for each in utterance.words} == {("S1", "S3")}


def test_who_only_listens_is_a_speaker():
    said = merged([spoken("you will have to mhm send it back again")], UNDER_SPEECH)
    assert {speaker.id: round(speaker.talk_time_s, 2) for speaker in said.speakers} == {"S1": 4.0, "S2": 0.5}


@pytest.mark.parametrize("shift_s", [0.0, 0.15, -0.15, 0.3, -0.3])
def test_demo_calls_on_one_channel_keep_their_speakers(references, shift_s):
    """Reference words as one stream, who spoke when with overlaps and borders off by up to 0.3 s."""
    from benchmarks.accuracy import TimedWord, cp_word_error_rate, reference_words, speaker_error
    from engine.diarization.turns import exclusive, with_others

    said, heard = [], []
    for reference in references.values():
        spoken_turns = [
            Turn(u["speaker"], u["start_s"] + (shift_s if i % 2 else 0.0), u["end_s"] + (0.0 if i % 2 else shift_s))
            for i, u in enumerate(reference["utterances"])
        ]
        turns = with_others(exclusive(spoken_turns, reference["duration_s"]), spoken_turns)
        timed = sorted(
            (Word(w["text"], w["start_s"], w["end_s"], 1.0) for u in reference["utterances"] for w in u["words"]),
            key=lambda each: each.start_s,
        )
        transcript = merged([segment(*timed)], turns)
        said.append(reference_words(reference))
        words = [(u.speaker, w) for u in transcript.utterances for w in u.words]
        heard.append([TimedWord(text, w.start_s, name) for name, w in words for text in plain_words(w.text)])
    assert speaker_error(said, heard) <= 0.02
    assert cp_word_error_rate(said, heard) <= 0.04


@st.composite
def overlapping_speech(draw):
    """Two speakers with sentences of their own, the second one's over the end of the first one's or inside it."""
    pace_s = 0.4
    n_first, n_second = draw(st.integers(6, 14)), draw(st.integers(1, 4))
    start_s = draw(st.floats(1.0, (n_first - 2) * pace_s))
    listener = (
        [draw(st.sampled_from(["mhm", "Yeah.", "okay"]))] if n_second == 1 else [f"b{i}" for i in range(n_second)]
    )
    first = [word(f"a{i}", i * pace_s, (i + 1) * pace_s) for i in range(n_first)]
    second = [word(text, start_s + i * pace_s, start_s + (i + 1) * pace_s) for i, text in enumerate(listener)]
    return first, second


@given(overlapping_speech())
def test_words_over_each_other_lose_nobody(speech):
    from engine.diarization.turns import exclusive, with_others

    first, second = speech
    spoken_turns = [Turn("S1", 0.0, first[-1].end_s), Turn("S2", second[0].start_s, second[-1].end_s)]
    turns = with_others(exclusive(spoken_turns, 60.0), spoken_turns)
    said = merged([segment(*sorted([*first, *second], key=lambda each: each.start_s))], turns)
    assert {utterance.speaker for utterance in said.utterances} == {"S1", "S2"}
    if len(second) == 1:
        listener = [each.text for u in said.utterances if u.speaker == "S2" for each in u.words]
        assert second[0].text in listener


@given(overlapping_speech())
def test_candidates_are_who_is_heard_at_a_word(speech):
    """Inside the overlap both, outside nobody but the speaker; a word across its ends may be either."""
    from engine.diarization.turns import exclusive, with_others

    first, second = speech
    spoken_turns = [Turn("S1", 0.0, first[-1].end_s), Turn("S2", second[0].start_s, second[-1].end_s)]
    turns = with_others(exclusive(spoken_turns, 60.0), spoken_turns)
    said = merged([segment(*sorted([*first, *second], key=lambda each: each.start_s))], turns)
    start_s, end_s = second[0].start_s, min(first[-1].end_s, second[-1].end_s)
    for utterance in said.utterances:
        for each in utterance.words:
            if start_s <= each.start_s and each.end_s <= end_s:
                assert {utterance.speaker, *each.others} == {"S1", "S2"}
            elif each.end_s <= start_s or each.start_s >= end_s:
                assert each.others == ()


# --- utterances -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pause_s", "utterances"), [(0.9, 1), (1.0, 1), (1.1, 2)])
def test_a_long_pause_cuts(pause_s, utterances):
    said = merged([spoken("one two"), spoken("three", 1.0 + pause_s)], [Turn("S1", 0.0, 9.0)])
    assert len(said.utterances) == utterances


def test_overlapping_speech_stays_in_whole_utterances():
    turns = [Turn("S1", 0.0, 5.0, 0), Turn("S2", 1.0, 1.5, 1), Turn("S2", 4.0, 7.0, 1)]
    segments = [
        spoken("let me explain what we can do", channel=0),
        spoken("okay", 1.0, channel=1),
        spoken("but I do not want", 3.0, channel=1),
    ]
    said = merged(segments, turns)
    assert lines(said) == [
        ("S1", "let me explain what we can do"),
        ("S2", "okay"),
        ("S2", "but I do not want"),
    ]
    assert said.utterances[0].end_s > said.utterances[2].start_s
    assert [utterance.index for utterance in said.utterances] == [0, 1, 2]


def test_segments_without_words_are_attributed_whole_and_apart_from_words():
    turns = [Turn("S1", 0.0, 2.0), Turn("S2", 2.0, 6.0)]
    said = merged([spoken("hello there"), wordless(" who is calling? ", 1.5, 5.0), spoken("me", 5.0)], turns)
    assert lines(said) == [("S1", "hello there"), ("S2", "who is calling?"), ("S2", "me")]
    assert said.utterances[1].words == ()
    assert wordless("  ", 1.0, 2.0).text not in [utterance.text for utterance in said.utterances]


@pytest.mark.parametrize(
    ("segments", "text"),
    [
        pytest.param(
            [spoken("hello there"), spoken("friend", 1.0)], "hello there friend", id="spaces between segments"
        ),
        pytest.param(
            [segment(word("你", 0.0, 0.2), word("好。", 0.2, 0.5), text="你好。", language="zh")] * 2,
            "你好。你好。",
            id="Chinese",
        ),
        pytest.param(
            [segment(word("l'", 0.0, 0.2), word("appel", 0.2, 0.5), text="l'appel", language="fr")],
            "l'appel",
            id="French",
        ),
        pytest.param(
            [segment(word("so", 0.0, 0.2), word("well", 0.2, 0.5), text="other text")], "so well", id="disagreeing"
        ),
    ],
)
def test_text_has_the_spaces_of_its_segments(segments, text):
    assert merged(segments, [Turn("S1", 0.0, 9.0)]).utterances[0].text == text


def test_talk_time_counts_what_was_said():
    turns = [Turn("S1", 0.0, 5.0, 0), Turn("S2", 1.0, 1.5, 1)]
    said = merged([spoken("one two three four"), spoken("five", 8.0), spoken("yes", 1.0, channel=1)], turns)
    assert {speaker.id: speaker.talk_time_s for speaker in said.speakers} == {"S1": 2.5, "S2": 0.5}


# --- word times that went wrong ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "starts",
    [
        pytest.param([0.0, 0.0, 0.0, 0.0], id="all alike"),
        pytest.param([3.0, 2.0, 1.0, 0.0], id="backwards"),
        pytest.param([0.0, 25.0, 1.0, 1.5], id="one far ahead"),
        pytest.param([5.0, 0.0, 6.0, 6.5], id="one far behind"),
    ],
)
def test_impossible_times_keep_the_order_of_the_words(starts):
    words = [word(name, start_s, start_s - 0.1) for name, start_s in zip("abcd", starts, strict=True)]
    said = merged([segment(*words)], [Turn("S1", 0.0, 40.0)], gap_s=100.0)
    assert lines(said) == [("S1", "a b c d")]
    kept = said.utterances[0].words
    assert [each.start_s for each in kept] == sorted(each.start_s for each in kept)
    assert all(each.start_s <= each.end_s for each in kept)
    assert sum(before != after.start_s for before, after in zip(starts, kept, strict=True)) <= 3


def test_one_bad_time_moves_no_other_word():
    words = [word("a", 1.0, 1.5), word("b", 29.0, 29.5), word("c", 2.0, 2.5), word("d", 2.5, 3.0)]
    kept = merged([segment(*words)], [Turn("S1", 0.0, 40.0)]).utterances[0].words
    assert [(each.start_s, each.end_s) for each in kept] == [(1.0, 1.5), (2.0, 2.0), (2.0, 2.5), (2.5, 3.0)]


# --- roles ------------------------------------------------------------------------------------------------------------

STEREO = [Turn("S1", 0.0, 2.0, 1), Turn("S2", 3.0, 5.0, 0)]


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        pytest.param(RolesConfig("agent", "customer"), {0: "agent", 1: "customer"}, id="both"),
        pytest.param(RolesConfig("customer", "agent"), {0: "customer", 1: "agent"}, id="the other way round"),
        pytest.param(RolesConfig("agent"), {0: "agent", 1: "customer"}, id="left only"),
        pytest.param(RolesConfig(right="agent"), {0: "customer", 1: "agent"}, id="right only"),
        pytest.param(RolesConfig(), {0: "unknown", 1: "unknown"}, id="none, and nothing said that tells"),
    ],
)
def test_roles_of_channels(roles, expected):
    said = merged([spoken("well", channel=1), spoken("so", 3.0, channel=0)], STEREO, roles)
    assert {speaker.channel: speaker.role for speaker in said.speakers} == expected
    assert {utterance.role for utterance in said.utterances} == set(expected.values())


def test_roles_of_channels_do_not_apply_to_voices_of_one_channel():
    turns = [Turn("S1", 0.0, 2.0), Turn("S2", 3.0, 5.0)]
    said = merged([spoken("well"), spoken("so", 3.0)], turns, RolesConfig("agent", "customer"))
    assert {speaker.role for speaker in said.speakers} == {"unknown"}


# --- whatever comes ---------------------------------------------------------------------------------------------------

SECONDS = st.floats(0, 30, allow_nan=False).map(lambda time: round(time, 2))


@st.composite
def segments_of_two_channels(draw):
    """Segments with numbered words and any times: falling, alike, without length, or none at all."""
    made = []
    for number in range(draw(st.integers(0, 6))):
        words = [
            word(f"w{number}.{i}{draw(st.sampled_from(['', '.', ',']))}", draw(SECONDS), draw(SECONDS))
            for i in range(draw(st.integers(0, 6)))
        ]
        channel = draw(st.integers(0, 1))
        start_s = draw(SECONDS)
        made.append(
            dataclasses.replace(segment(*words, channel=channel), start_s=start_s, end_s=start_s + draw(SECONDS))
            if words
            else wordless(f"w{number}", start_s, draw(SECONDS), channel)
        )
    return made


TURNS = st.lists(
    st.builds(
        lambda speaker, start_s, length_s, channel: Turn(speaker, start_s, start_s + length_s, channel),
        st.sampled_from(["S1", "S2", "S3"]),
        SECONDS,
        SECONDS,
        st.sampled_from([None, None, 0, 1]),
    ).flatmap(
        lambda turn: st.sampled_from([(), ("S2",), ("S4",)]).map(
            lambda others: dataclasses.replace(turn, others=tuple(set(others) - {turn.speaker}))
        )
    ),
    max_size=8,
)


def texts_in_order(segments: list[Segment], channel: int) -> list[str]:
    mine = sorted((each for each in segments if each.channel == channel), key=lambda each: each.start_s)
    return [w for each in mine for w in ([w.text for w in each.words] or [each.text])]


def pieces(utterance: Utterance) -> list[str]:
    return [each.text for each in utterance.words] or utterance.text.split()


@given(segments_of_two_channels(), TURNS, st.floats(0, 3))
def test_every_word_once_and_in_order(segments, turns, gap_s):
    said = merged(segments, turns, gap_s=gap_s)
    everything = [piece for utterance in said.utterances for piece in pieces(utterance)]
    expected = [texts_in_order(segments, channel) for channel in (0, 1)]
    assert sorted(everything) == sorted(itertools.chain(*expected))
    for of_channel in expected:
        assert [piece for piece in everything if piece in of_channel] == of_channel


@given(segments_of_two_channels(), TURNS, st.floats(0, 3))
def test_utterances_are_sorted_numbered_and_of_one_known_speaker(segments, turns, gap_s):
    said = merged(segments, turns, gap_s=gap_s)
    assert [utterance.index for utterance in said.utterances] == list(range(len(said.utterances)))
    starts = [utterance.start_s for utterance in said.utterances]
    assert starts == sorted(starts)
    assert {utterance.speaker for utterance in said.utterances} == {speaker.id for speaker in said.speakers}
    for utterance in said.utterances:
        assert utterance.start_s <= utterance.end_s
        assert "".join(utterance.text.split()) == "".join(pieces(utterance))
        assert all(before.start_s <= after.start_s for before, after in itertools.pairwise(utterance.words))
        for each in utterance.words:
            assert utterance.speaker not in each.others
            assert len(set(each.others)) == len(each.others)
    for speaker in said.speakers:
        own = [utterance for utterance in said.utterances if utterance.speaker == speaker.id]
        assert speaker.talk_time_s == pytest.approx(sum(each.end_s - each.start_s for each in own))
