from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.reports.timeline import lay_out
from engine.result_types import CallResult, ResultUtterance


def said(index: int, speaker: str, start_s: float, end_s: float) -> ResultUtterance:
    return ResultUtterance(index, speaker, "unknown", start_s, end_s, "text", None, ())


def test_the_sample(call: CallResult) -> None:
    timeline = lay_out(call)
    assert timeline is not None and timeline.duration_s == 62.0
    agent, customer = timeline.lanes
    assert (len(agent.speech), len(customer.speech)) == (7, 6)
    assert (len(agent.redacted), len(customer.redacted)) == (4, 3)
    assert [timeline.percent(10.1)] == [bar.left for bar in agent.cuts_in]
    assert [timeline.percent(36.2)] == [bar.left for bar in customer.cuts_in]
    assert [bar.left for bar in timeline.silences] == [timeline.percent(26.1)]
    assert [mood for _, mood in timeline.moods].count("negative") == 2
    assert timeline.ticks == (0, 10, 20, 30, 40, 50, 60)


def test_silence_at_the_beginning_and_the_end_counts(make_call: Callable[..., CallResult]) -> None:
    timeline = lay_out(make_call([said(0, "S1", 5.0, 6.0), said(1, "S2", 5.5, 40.0), said(2, "S1", 41.9, 50.0)]))
    assert timeline is not None
    assert [(bar.left, bar.width) for bar in timeline.silences] == [
        (0.0, pytest.approx(500 / 62, abs=0.001)),
        (pytest.approx(5000 / 62, abs=0.001), pytest.approx(1200 / 62, abs=0.001)),
    ]


def test_an_interruption_needs_somebody_else(make_call: Callable[..., CallResult]) -> None:
    lines = [said(0, "S1", 0.0, 10.0), said(1, "S1", 4.0, 6.0), said(2, "S2", 9.0, 12.0), said(3, "S1", 12.0, 14.0)]
    timeline = lay_out(make_call(lines))
    assert timeline is not None
    assert [[bar.left for bar in lane.cuts_in] for lane in timeline.lanes] == [[], [timeline.percent(9.0)]]


def test_the_smallest_thing_in_the_longest_call_is_visible(make_call: Callable[..., CallResult]) -> None:
    timeline = lay_out(make_call([said(0, "S1", 0.0, 43_200.0), said(1, "S2", 100.0, 100.1)]))
    assert timeline is not None
    assert timeline.lanes[1].speech[0].width >= 0.1
    assert len(timeline.ticks) <= 10


def test_nothing_to_draw(chat: CallResult, silent: CallResult, failed: CallResult) -> None:
    assert [lay_out(result) for result in (chat, silent, failed)] == [None, None, None]


SPANS = st.lists(st.tuples(st.sampled_from("ABC"), st.floats(0, 100), st.floats(0, 30)), min_size=1, max_size=20)


@given(spans=SPANS)
@settings(max_examples=100, deadline=None)
def test_the_picture_stays_in_its_frame_and_silence_is_silent(make_call, spans) -> None:
    lines = [said(i, speaker, start, start + length) for i, (speaker, start, length) in enumerate(spans)]
    timeline = lay_out(make_call(lines))
    assert timeline is not None
    bars = [bar for lane in timeline.lanes for bar in lane.speech]
    assert len(bars) == len(lines)
    assert all(bar.left >= 0 and bar.width > 0 and bar.left + bar.width <= 100.2 for bar in [*bars, *timeline.silences])
    for silence in timeline.silences:
        assert all(
            bar.left + bar.width <= silence.left + 0.2 or bar.left >= silence.left + silence.width - 0.01
            for bar in bars
        )
    assert timeline.ticks[0] == 0 and len(timeline.ticks) <= 11
