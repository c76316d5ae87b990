"""The page as text; what it does in a browser is in test_page_in_browser.py."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.reports.html import render_html
from engine.result_types import CallResult

VOID = {"meta", "link", "input", "br", "img", "hr"}
KINDS = ("call", "chat", "silent", "partial", "failed")


class Page(HTMLParser):
    """Elements in order, the text of each id, and whether every element is closed."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.raw: dict[str, str] = {}
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            name = self.elements[-1][1].get("id") or self.open[-1]
            self.raw[name] = self.raw.get(name, "") + data

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.mark.parametrize("kind", KINDS)
def test_is_well_formed_with_unique_ids(kind: str, request: pytest.FixtureRequest) -> None:
    source = render_html(request.getfixturevalue(kind))
    page = Page(source)
    assert source.startswith("<!doctype html>") and page.open == []
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = [attributes["href"][1:] for attributes in page.attributes("a")]
    assert set(targets) <= set(ids)


@pytest.mark.parametrize("kind", KINDS)
def test_asks_for_nothing(kind: str, request: pytest.FixtureRequest, mp3: bytes) -> None:
    source = render_html(request.getfixturevalue(kind), mp3)
    page = Page(source)
    named = [attributes.get(name) for _, attributes in page.elements for name in ("src", "href", "data", "action")]
    assert {each for each in named if each and not each.startswith("#")} == {"data:,"}
    assert not re.search(r"url\((?!#)|@import|style=", page.raw["style"] + source.replace(page.raw["style"], ""))


def test_the_policy_names_exactly_the_two_blocks_of_the_page(call: CallResult) -> None:
    page = Page(render_html(call))
    (policy,) = [each["content"] for each in page.attributes("meta") if "http-equiv" in each]
    assert policy is not None and policy.startswith("default-src 'none'; ") and "unsafe" not in policy
    for block in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.raw[block].encode()).digest()).decode()
        assert f"{block}-src 'sha256-{digest}'" in policy


def test_the_audio_is_inside_and_whole(call: CallResult, mp3: bytes) -> None:
    assert base64.b64decode(Page(render_html(call, mp3)).raw["mp3"]) == mp3
    assert "mp3" not in Page(render_html(call)).raw


def test_the_times_are_those_of_the_words_and_the_data_holds_no_text(call: CallResult) -> None:
    page = Page(render_html(call))
    times = json.loads(page.raw["times"])
    assert set(times) == {"words", "utterances"}
    assert len(times["words"]) == sum(len(each.words) for each in call.utterances)
    assert times["words"][0] == [0.6, round(call.utterances[0].words[0].end_s, 2)]
    assert not re.search("[a-zA-Z]", page.raw["times"].replace("words", "").replace("utterances", ""))


def test_evidence_that_does_not_exist_is_no_link(call: CallResult) -> None:
    checklist = call.analysis.checklists[0]
    answer = dataclasses.replace(checklist.answers[0], evidence=(0, 99))
    checklists = (dataclasses.replace(checklist, answers=(answer,)),)
    result = dataclasses.replace(
        call, analysis=dataclasses.replace(call.analysis, checklists=checklists), redactions=()
    )
    links = [each["href"] for each in Page(render_html(result)).attributes("a") if each.get("class") == "place"]
    assert links == ["#u0"]


def test_two_checklists_share_the_figure_in_the_header(call: CallResult) -> None:
    one = call.analysis.checklists[0]
    other = dataclasses.replace(one, title="Closing", answers=(one.answers[3],), score=0.0)
    result = dataclasses.replace(call, analysis=dataclasses.replace(call.analysis, checklists=(one, other)))
    assert "<dt>Checklist</dt><dd>42\u202f%</dd>" in render_html(result)
    assert 'id="checklist-2"' in render_html(result)


def test_the_directory_of_the_recording_is_not_told(call: CallResult) -> None:
    source = render_html(call)
    assert "northline-billing-0417.wav" in source and "/calls" not in source and "inbox" not in source


def test_a_chat_has_no_player_no_timeline_and_no_note_about_audio(chat: CallResult, call: CallResult) -> None:
    source = render_html(chat)
    assert "<span>Chat</span>" in source
    assert 'class="deck"' not in source and "not part of this page" not in source
    assert "not part of this page" in render_html(call)


def test_messages_of_a_chat_show_when_they_were_sent(chat: CallResult) -> None:
    sent = tuple(dataclasses.replace(each, start_s=60.0 * each.index) for each in chat.utterances)
    page = render_html(dataclasses.replace(chat, utterances=sent))
    assert '<span class="at">1:00</span>' in page and "<span>Chat</span>" in page
    assert 'class="at" type="button"' not in page and 'id="player"' not in page


def test_a_word_under_two_voices_says_who_else_speaks(call: CallResult) -> None:
    first, *rest = call.utterances
    words = tuple(dataclasses.replace(word, others=("S2", "<b>")) for word in first.words[:1])
    shown = dataclasses.replace(first, words=words + first.words[1:])
    page = render_html(dataclasses.replace(call, utterances=(shown, *rest)))
    title = "Customer speaks too, &lt;b&gt; speaks too"
    assert f'<span class="w unsure" title="{title}">{words[0].text}</span>' in page
    assert page.count("speaks too") == 2
    assert "speaks too" not in render_html(call)


def test_problems_come_first(partial: CallResult, failed: CallResult, call: CallResult) -> None:
    assert "This result is partial." in render_html(partial)
    assert "This call could not be processed." in render_html(failed) and "no transcript" in render_html(failed)
    assert 'class="banner' not in render_html(call)


NASTY = st.text(st.characters(exclude_categories=("Cs",)), max_size=30) | st.sampled_from(
    [
        "</script><script>x</script>",
        "<!--",
        "-->",
        '"><img src=x onerror=x>',
        "' onclick='x",
        "</p></li></style>",
        "{{ x }}",
    ]
)


@given(text=NASTY, speaker=NASTY, other=NASTY)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_changes_the_structure_of_the_page(call: CallResult, text: str, speaker: str, other: str) -> None:
    def shape(text: str, speaker: str, other: str) -> list[tuple[str, list[str]]]:
        first = dataclasses.replace(call.utterances[0], text=text, words=(), speaker=speaker, role="unknown")
        analysis = dataclasses.replace(call.analysis, summary=f"a{other}", topics=(other,), engine=other, tags=())
        source = dataclasses.replace(call.source, path=f"f{other}", codec=other, container=other)
        result = dataclasses.replace(
            call,
            call_id=other,
            source=source,
            speakers=(),
            utterances=(first,),
            redactions=(),
            analysis=analysis,
            metrics=None,
            models=dataclasses.replace(call.models, asr=f"a{other}"),
        )
        return [(tag, sorted(attributes)) for tag, attributes in Page(render_html(result)).elements]

    assert shape(text.replace("[", ""), speaker, other.replace("[", "")) == shape("plain", "S", "plain")


@pytest.mark.parametrize("text", ["</script>", "<!--<script>", "a\u2028b\u2029c", "&amp;", "<tag>"])
def test_data_in_a_script_element_cannot_end_it(text: str) -> None:
    from engine.reports.html import _json_data

    written = _json_data({"text": text})
    assert not re.search("[<>&\u2028\u2029]", written)
    assert json.loads(written) == {"text": text}


def test_an_hour_is_a_small_page(hour: CallResult) -> None:
    assert sum(len(each.words) for each in hour.utterances) >= 10_000
    assert len(render_html(hour).encode()) < 3_000_000
