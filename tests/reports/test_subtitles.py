from __future__ import annotations

import dataclasses
import html
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.reports.labels import one_line
from engine.reports.subtitles import LINE_WIDTH, MAX_CUE_MS, render_srt, render_vtt
from engine.result_types import CallResult, ResultUtterance
from engine.types import Word

_TIME = re.compile(r"(\d\d+):(\d\d):(\d\d)[.,](\d\d\d)")


@dataclass(frozen=True)
class Cue:
    start_ms: int
    end_ms: int
    speaker: str
    lines: list[str]

    @property
    def text(self) -> str:
        return " ".join(self.lines)


def milliseconds(stamp: str) -> int:
    hours, minutes, seconds, fraction = map(int, _TIME.fullmatch(stamp).groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + fraction


def read_vtt(text: str) -> list[Cue]:
    """A strict reader of what the WebVTT specification allows."""
    header, *blocks = text.removesuffix("\n").split("\n\n")
    assert header.strip() == "WEBVTT"
    cues = []
    for block in filter(None, (block.strip("\n") for block in blocks)):
        timing, *lines = block.split("\n")
        start, arrow, end = timing.split(" ")
        assert arrow == "-->" and lines and not any("-->" in line or not line for line in lines)
        speaker, first = re.fullmatch(r"<v ([^<>]*)>(.*)", lines[0]).groups()
        assert not any(character in line for line in [first, *lines[1:]] for character in "<>")
        cues.append(
            Cue(milliseconds(start), milliseconds(end), speaker, [html.unescape(x) for x in [first, *lines[1:]]])
        )
    return cues


def read_srt(text: str) -> list[Cue]:
    cues = []
    for number, block in enumerate(filter(None, text.split("\n\n")), start=1):
        index, timing, *lines = block.strip("\n").split("\n")
        start, end = timing.split(" --> ")
        assert int(index) == number and lines
        cues.append(Cue(milliseconds(start), milliseconds(end), lines[0].split(": ")[0], lines))
    return cues


def said(text: str, start_s: float, end_s: float, speaker: str = "S1", index: int = 0) -> ResultUtterance:
    """An utterance whose words share its time evenly."""
    parts = text.split()
    pace = (end_s - start_s) / max(len(parts), 1)
    words = tuple(Word(part, start_s + i * pace, start_s + (i + 1) * pace, 0.9) for i, part in enumerate(parts))
    return ResultUtterance(index, speaker, "unknown", start_s, end_s, text, None, words)


def check(cues: list[Cue]) -> None:
    """What every list of cues must be, whatever was said."""
    for cue in cues:
        assert 0 < cue.end_ms - cue.start_ms <= MAX_CUE_MS
        assert 1 <= len(cue.lines) <= 2 and all(cue.lines)
    assert [cue.start_ms for cue in cues] == sorted(cue.start_ms for cue in cues)
    for speaker in {cue.speaker for cue in cues}:
        own = [cue for cue in cues if cue.speaker == speaker]
        assert all(one.end_ms <= other.start_ms for one, other in itertools.pairwise(own))


def test_the_first_cues_of_the_sample(call: CallResult) -> None:
    assert render_srt(call).startswith(
        "1\n00:00:00,600 --> 00:00:04,349\n"
        "Agent: Thank you for calling Northline,\nthis is [PERSON_NAME_1]. How can I help?\n\n2\n"
    )
    assert render_vtt(call).startswith(
        "WEBVTT\n\n00:00:00.600 --> 00:00:04.349\n"
        "<v Agent>Thank you for calling Northline, this\nis [PERSON_NAME_1]. How can I help?\n\n"
    )


@pytest.mark.parametrize("kind", ["call", "hour"])
def test_cues_are_short_narrow_and_in_order(kind: str, request: pytest.FixtureRequest) -> None:
    result = request.getfixturevalue(kind)
    for cues in (read_vtt(render_vtt(result)), read_srt(render_srt(result))):
        check(cues)
        assert all(len(line) <= LINE_WIDTH for cue in cues for line in cue.lines)


def test_nothing_that_was_said_is_lost(call: CallResult) -> None:
    cues = read_vtt(render_vtt(call))
    for speaker, name in (("S1", "Agent"), ("S2", "Customer")):
        shown = " ".join(cue.text for cue in cues if cue.speaker == name)
        assert shown == " ".join(each.text for each in call.utterances if each.speaker == speaker)


def test_speakers_who_talk_over_each_other_are_both_shown(call: CallResult) -> None:
    """The customer speaks to 10.6 s, the agent from 10.1 s: both cues keep their times."""
    cues = read_vtt(render_vtt(call))
    customer = next(cue for cue in cues if cue.text.endswith("annoyed."))
    agent = next(cue for cue in cues if cue.text.startswith("I understand"))
    assert (customer.end_ms, agent.start_ms) == (round(call.utterances[1].words[-1].end_s * 1000), 10_100)
    assert customer.end_ms > agent.start_ms


def test_a_long_pause_and_a_long_time_cut(make_call: Callable[..., CallResult]) -> None:
    words = (Word("one", 0.0, 0.5, 0.9), Word("two", 3.0, 3.4, 0.9), Word("three", 3.5, 9.4, 0.9))
    result = make_call([ResultUtterance(0, "S1", "agent", 0.0, 9.4, "one two three", None, words)])
    assert [(cue.text, cue.start_ms, cue.end_ms) for cue in read_vtt(render_vtt(result))] == [
        ("one", 0, 1000), ("two", 3000, 3500), ("three", 3500, 9400),
    ]  # fmt: skip


def test_a_sentence_that_does_not_fit_begins_a_new_cue(make_call: Callable[..., CallResult]) -> None:
    text = "This is a sentence of more than forty-two columns. And here the next one begins with some words. It ends."
    first, second = read_vtt(render_vtt(make_call([said(text, 0.0, 8.0)])))
    assert first.text.endswith("columns.")
    assert second.text == "And here the next one begins with some words. It ends."


def test_a_short_word_stays_a_second_unless_somebody_answers(make_call: Callable[..., CallResult]) -> None:
    lines = [said("Yes", 1.0, 1.1), said("No", 1.4, 1.5, "S2", 1)]
    yes, no = read_vtt(render_vtt(make_call(lines)))
    assert (yes.start_ms, yes.end_ms) == (1000, 1400)
    assert (no.start_ms, no.end_ms) == (1400, 2400)


def test_without_word_times_the_time_of_the_utterance_is_shared(make_call: Callable[..., CallResult]) -> None:
    text = " ".join(["these are words"] * 20)
    result = make_call([ResultUtterance(0, "S1", "agent", 10.0, 34.0, text, None, ())])
    cues = read_vtt(render_vtt(result))
    check(cues)
    assert (cues[0].start_ms, cues[-1].end_ms) == (10_000, 34_000)
    assert " ".join(cue.text for cue in cues) == text


def test_ideographs_take_two_columns_and_need_no_spaces(make_call: Callable[..., CallResult]) -> None:
    text = "返金を希望します。" * 12
    words = tuple(Word(character, i * 0.15, i * 0.15 + 0.15, 0.9) for i, character in enumerate(text))
    cues = read_vtt(render_vtt(make_call([ResultUtterance(0, "S1", "agent", 0.0, 16.2, text, None, words)])))
    check(cues)
    assert all(len(line) <= LINE_WIDTH // 2 for cue in cues for line in cue.lines)
    assert "".join(line for cue in cues for line in cue.lines) == text


def test_a_word_wider_than_a_line_is_cut(make_call: Callable[..., CallResult]) -> None:
    long = "x" * 300
    cues = read_srt(render_srt(make_call([said(f"see {long} now", 0.0, 12.0)])))
    check(cues)
    assert all(len(line) <= LINE_WIDTH for cue in cues for line in cue.lines)
    assert "".join(line for cue in cues for line in cue.lines).count("x") == 300


def test_hours_are_written_out(make_call: Callable[..., CallResult]) -> None:
    assert "\n10:00:00,000 --> 10:00:02,000\n" in render_srt(make_call([said("Hello there", 36000.0, 36002.0)]))


def test_a_chat_and_a_silent_call_have_no_cues(chat: CallResult, silent: CallResult) -> None:
    for result in (chat, silent):
        assert render_srt(result) == ""
        assert render_vtt(result) == "WEBVTT\n"


def test_markup_in_the_text_is_shown_not_obeyed(make_call: Callable[..., CallResult]) -> None:
    result = make_call([said("a --> b <b>bold</b> {\\an8} & &amp; <v Agent>", 0.0, 3.0)])
    vtt = render_vtt(result)
    assert "a --&gt; b &lt;b&gt;bold&lt;/b&gt;" in vtt and "&amp; &amp;amp; &lt;v Agent&gt;" in vtt
    (cue,) = read_vtt(vtt)
    assert cue.text == "a --> b <b>bold</b> {\\an8} & &amp; <v Agent>"
    srt = render_srt(result)
    assert srt.count("-->") == 1 and not re.search(r"<[/\w]|\{\\", srt)
    assert srt.replace("\u2060", "").count("a --> b <b>bold</b>") == 1


def test_a_speaker_id_cannot_break_the_voice_tag(make_call: Callable[..., CallResult]) -> None:
    line = dataclasses.replace(said("Hello", 0.0, 1.0), speaker="<S>\n1 & -->")
    assert "<v &lt;S&gt; 1 &amp; --&gt;>Hello" in render_vtt(make_call([line]))


TEXTS = st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=60), max_size=25).map(" ".join)
TIMES = st.lists(st.floats(0, 50), min_size=2, max_size=60)


@given(texts=st.lists(st.tuples(TEXTS, st.sampled_from(["S1", "S2"]), TIMES), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_whatever_was_said_and_however_it_was_timed_the_cues_are_sound(make_call, texts) -> None:
    utterances = []
    for index, (text, speaker, times) in enumerate(texts):
        words = tuple(
            Word(part, start, end, 0.5) for part, start, end in zip(text.split(), times, times[1:], strict=False)
        )
        start_s, end_s = min(times), max(times)
        utterances.append(ResultUtterance(index, speaker, "unknown", start_s, end_s, text, None, words))
    result = make_call(utterances)
    cues = read_vtt(render_vtt(result))
    check(cues)
    shown = "".join("".join(cue.lines) for cue in cues)
    expected = "".join(one_line(each.text) for each in utterances)
    assert sorted(shown.replace(" ", "")) == sorted(expected.replace(" ", ""))
    assert len(read_srt(render_srt(result))) >= len(cues) or not cues
