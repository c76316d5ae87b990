"""The HTML page in a real Chromium, opened from a file as a user does."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.reports import render
from engine.result_types import CallResult

pytestmark = pytest.mark.browser

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        reason = "no Chromium or Chrome found: run scripts/install-browser"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield launched
        launched.close()


class Opened:
    """A page with what it asked for and what it complained about."""

    def __init__(self, browser, file: Path, **options) -> None:
        self.context = browser.new_context(**({"viewport": DESKTOP, "reduced_motion": "reduce"} | options))
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(file.as_uri())

    def asked_the_network(self) -> list[str]:
        return [url for url in self.requests if not url.startswith(("file:", "data:", "blob:"))]


@pytest.fixture
def open_page(browser, tmp_path: Path) -> Iterator:
    opened: list[Opened] = []

    def open_(result: CallResult, audio: bytes | None = None, **options) -> Opened:
        file = tmp_path / "page.html"
        file.write_text(render(result, "html", audio), encoding="utf-8")
        opened.append(Opened(browser, file, **options))
        return opened[-1]

    yield open_
    for each in opened:
        each.context.close()


@pytest.fixture(scope="module")
def opened_call(browser, tmp_path_factory: pytest.TempPathFactory, call: CallResult, mp3: bytes) -> Iterator[Opened]:
    file = tmp_path_factory.mktemp("page") / "page.html"
    file.write_text(render(call, "html", mp3), encoding="utf-8")
    opened = Opened(browser, file)
    yield opened
    opened.context.close()


@pytest.fixture
def page(opened_call: Opened):
    """The sample call with its player, just opened and ready to play."""
    opened_call.page.reload()
    wait_until(opened_call.page, "document.querySelector('#audio').readyState >= 1")
    yield opened_call.page
    assert (opened_call.asked_the_network(), opened_call.complaints) == ([], [])
    assert opened_call.page.evaluate("scrollY") == 0, "on a desktop the panes scroll, never the page"


def wait_until(page, condition: str) -> None:
    """Playwright's own wait evaluates a string inside the page, which the page's policy forbids."""
    page.evaluate(f"new Promise(done => (function poll() {{ {condition} ? done() : requestAnimationFrame(poll); }})())")


def word(page, utterance: int, text: str):
    return page.locator(f"#u{utterance} .w", has_text=text).first


def audio_time(page) -> float:
    return page.evaluate("document.querySelector('#audio').currentTime")


def in_view(page, selector: str) -> bool:
    return page.evaluate(
        """selector => {
            const box = document.querySelector(selector).getBoundingClientRect();
            const pane = document.querySelector("#transcript").getBoundingClientRect();
            return box.top >= pane.top - 1 && box.bottom <= Math.min(pane.bottom, innerHeight) + 1;
        }""",
        selector,
    )


@pytest.mark.parametrize("kind", ["call", "chat", "silent", "partial", "failed"])
def test_opens_without_the_network_and_without_complaints(open_page, kind: str, request: pytest.FixtureRequest) -> None:
    opened = open_page(request.getfixturevalue(kind), viewport=PHONE, has_touch=True)
    assert request.getfixturevalue(kind).call_id in opened.page.title()
    assert opened.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert opened.page.locator("h1").is_visible()
    assert opened.page.locator(".player").count() == 0
    assert (opened.asked_the_network(), opened.complaints) == ([], [])
    assert [url for url in opened.requests if url.startswith("file:")] == [opened.page.url]


def test_the_policy_stops_what_would_leave_the_machine(open_page, call: CallResult) -> None:
    """Whatever got into the page: nothing is fetched, embedded, styled or run that the page did not come with."""
    opened = open_page(call)
    refused = ["connect-src", "frame-src", "img-src", "script-src-attr", "script-src-elem", "style-src-attr"]
    opened.page.evaluate(
        """async () => {
            window.refused = new Set();
            document.addEventListener("securitypolicyviolation", (event) => refused.add(event.effectiveDirective));
            await fetch("http://192.0.2.1/").catch(() => 0);
            for (const tag of ["img", "script", "iframe"]) {
                document.body.append(Object.assign(document.createElement(tag), { src: "http://192.0.2.1/" }));
            }
            document.body.insertAdjacentHTML("beforeend", "<p style='color: red' onclick='alert(1)'>x</p>");
        }"""
    )
    wait_until(opened.page, f"{refused}.every((directive) => window.refused.has(directive))")


def test_text_of_a_call_stays_text(open_page, call: CallResult) -> None:
    attack = "</script><script>window.hacked=1</script><img src=x onerror=window.hacked=1>\u2028&lt;b&gt; {{ 7*7 }}"
    lines = tuple(dataclasses.replace(each, text=f"{attack} {each.text}") for each in call.utterances)
    analysis = dataclasses.replace(call.analysis, summary=attack, topics=(attack,), actions=(attack,))
    opened = open_page(dataclasses.replace(call, call_id=attack, utterances=lines, analysis=analysis))
    assert opened.page.evaluate("window.hacked") is None
    assert opened.page.locator("img").count() == 0
    assert opened.page.locator("#u0 .text").text_content().startswith("</script><script>window.hacked=1")
    assert "&lt;b&gt; {{ 7*7 }}" in opened.page.locator(".lead").text_content()
    assert opened.complaints == []


def test_no_raw_value_is_anywhere_in_the_page(page) -> None:
    from_file = Path(page.url.removeprefix("file://")).read_text(encoding="utf-8")
    for content in (page.content(), page.inner_text("body"), from_file):
        for value in ("Sarah", "Whitcombe", "4417", "Larch", "eighteen"):
            assert value not in content
    assert "Person name 2" in page.inner_text("#u3")


def test_a_click_on_a_word_seeks_the_player(page, call: CallResult) -> None:
    clicked = word(page, 6, "roaming")
    clicked.click()
    start_s = next(each.start_s for each in call.utterances[6].words if each.text == "roaming")
    assert audio_time(page) == pytest.approx(start_s, abs=0.02)
    assert "now" in clicked.get_attribute("class")
    assert "active" in page.locator("#u6").get_attribute("class")
    assert page.locator(".w.now").count() == 1
    assert float(page.locator("#track").get_attribute("aria-valuenow")) == pytest.approx(start_s, abs=0.06)


def test_the_player_knows_the_whole_recording(page) -> None:
    assert page.evaluate("document.querySelector('#audio').duration") == pytest.approx(62.0, abs=0.2)
    page.locator(".pill", has_text="Email address 1").last.click()
    assert audio_time(page) == pytest.approx(49.8, abs=1.5)


def test_playing_moves_the_highlight_and_the_transcript(page) -> None:
    word(page, 8, "next").click()
    page.locator("#play").click()
    wait_until(page, "document.querySelector('#play').ariaLabel === 'Pause'")  # the player says so when it begins
    wait_until(page, "document.querySelector('#u9').classList.contains('active')")
    assert in_view(page, "#u9")
    page.keyboard.press("Space")
    assert page.evaluate("document.querySelector('#audio').paused") is True, "the button has the focus and toggles"


def test_following_stops_when_the_user_scrolls_and_resumes_on_request(page) -> None:
    word(page, 0, "calling").click()
    page.locator("#transcript").press("Space")
    wait_until(page, "!document.querySelector('#audio').paused")
    page.locator("#transcript").hover()
    page.mouse.wheel(0, 5000)
    page.locator("#follow").wait_for(state="visible")
    page.evaluate("document.querySelector('#audio').currentTime = 5.2")
    wait_until(page, "document.querySelector('#u1').classList.contains('active')")
    assert not in_view(page, "#u1")
    page.locator("#follow").click()
    assert in_view(page, "#u1")
    assert page.locator("#follow").is_hidden()


def test_a_click_on_the_timeline_seeks(page) -> None:
    box = page.locator("#track").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + 10)
    assert audio_time(page) == pytest.approx(31.0, abs=0.2)
    assert in_view(page, "#u6")


def test_evidence_leads_to_the_utterance(page) -> None:
    page.locator(".answers li", has_text="close politely").locator("a.place").click()
    assert "shown" in page.locator("#u12").get_attribute("class")
    assert in_view(page, "#u12")
    assert page.locator("#u12 .at").evaluate("element => element === document.activeElement")
    assert audio_time(page) == pytest.approx(59.2, abs=0.02)


def test_evidence_in_a_filtered_transcript_clears_the_filter(page) -> None:
    page.locator("#search").fill("roaming")
    page.locator(".answers a.place").first.click()
    assert page.locator("#u0").is_visible() and page.locator("#search").input_value() == ""


def test_search_filters_the_transcript(page) -> None:
    cases = [
        ("roaming", [6]),
        ("ROAMING charge", [6]),
        ("account number", [2, 3]),
        ("[PERSON_NAME_2]", [3, 4]),
        ("nothing of the kind", []),
        ("", list(range(13))),
        ("(", []),
    ]
    for query, expected in cases:
        page.locator("#search").fill(query)
        shown = page.locator(".u:visible").evaluate_all("all => all.map(each => Number(each.dataset.u))")
        assert shown == expected, query
        assert page.locator("#nothing").is_visible() is (not expected)
        assert page.locator("#count").inner_text() == (f"{len(expected)} of 13" if query else "")


def test_search_marks_what_it_found_across_words(page) -> None:
    page.locator("#search").fill("thank you for call")
    marked = page.evaluate("[...CSS.highlights.get('found')].map(String)")
    assert marked == ["Thank you for call"] * 2


def test_accents_do_not_count_and_places_stay_right(open_page, call: CallResult) -> None:
    first = dataclasses.replace(call.utterances[0], text="À la crème brûlée 환불 返金", words=())
    opened = open_page(dataclasses.replace(call, utterances=(first,), redactions=()))
    for query, marked in [("creme bru", "crème brû"), ("환불", "환불"), ("한", None), ("返", "返")]:
        opened.page.locator("#search").fill(query)
        found = opened.page.evaluate("[...CSS.highlights.get('found')].map(String)")
        assert found == ([marked] if marked else [])


def test_filters_by_sentiment_and_redaction(page) -> None:
    negative, private = page.locator(".filter", has_text="Negative"), page.locator(".filter", has_text="Redacted")
    negative.click()
    assert negative.get_attribute("aria-pressed") == "true"
    assert page.locator("#count").inner_text() == "2 of 13"
    negative.click()
    private.click()
    assert page.locator("#count").inner_text() == "5 of 13"


def test_the_keyboard_alone_is_enough(page) -> None:
    focused = "document.activeElement.id || document.activeElement.className"
    stops = []
    for _ in range(5):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(focused))
    assert stops[:4] == ["skip", "play", "speed", "track"]
    page.locator("#track").focus()
    page.keyboard.press("ArrowRight")
    assert audio_time(page) == pytest.approx(5.0, abs=0.02)
    page.keyboard.press("End")
    assert page.locator("#now").inner_text() == "1:02"
    page.keyboard.press("/")
    assert page.evaluate(focused) == "search"
    page.keyboard.type("roaming")
    assert page.locator(".u:visible").count() == 1
    page.keyboard.press("Escape")
    assert page.locator(".u:visible").count() == 13
    page.locator("#u6 .at").focus()
    page.keyboard.press("Enter")
    assert audio_time(page) == pytest.approx(30.9, abs=0.02)


def test_every_control_has_a_name(page) -> None:
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, a, [role=slider], [role=img]")].filter(each => {
            const texts = [each.getAttribute("aria-label"), each.textContent, each.labels?.[0]?.textContent];
            return !texts.some((text) => text?.trim());
        }).map((each) => each.outerHTML.slice(0, 80))"""
    )
    assert nameless == []


def test_without_audio_the_timeline_and_the_words_still_lead_through_the_call(open_page, call: CallResult) -> None:
    opened = open_page(call)
    assert opened.page.get_by_text("The audio is not part of this page.").is_visible()
    word(opened.page, 6, "roaming").click()
    assert "active" in opened.page.locator("#u6").get_attribute("class")
    assert opened.complaints == []


def test_a_chat_has_numbers_in_place_of_times(open_page, chat: CallResult) -> None:
    opened = open_page(chat)
    assert opened.page.locator("#track").count() == 0
    assert opened.page.locator("#u0 .at").inner_text() == "#1"
    opened.page.locator(".answers li", has_text="close politely").locator("a.place").click()
    assert in_view(opened.page, "#u12")
    opened.page.locator("#search").fill("roaming")
    assert opened.page.locator(".u:visible").count() == 1
    assert opened.complaints == []


def test_long_words_do_not_break_the_page(open_page, call: CallResult) -> None:
    long = "x" * 400
    first = dataclasses.replace(call.utterances[0], text=long, words=(), speaker=long, role="unknown")
    analysis = dataclasses.replace(call.analysis, summary=long, topics=(long,), actions=(long,), engine=long)
    result = dataclasses.replace(call, call_id=long, utterances=(first,), analysis=analysis)
    opened = open_page(result)
    for viewport in (DESKTOP, PHONE):
        opened.page.set_viewport_size(viewport)
        assert opened.page.evaluate("document.documentElement.scrollWidth") == viewport["width"]


def test_dark_mode_follows_the_system(page) -> None:
    seen = []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        seen.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert seen == ["rgb(19, 24, 26)", "rgb(244, 245, 243)"]


def test_paper_shows_everything_but_the_controls(page) -> None:
    page.locator("#search").fill("roaming")
    page.emulate_media(media="print")
    assert page.locator(".u:visible").count() == 13
    assert page.locator(".player").is_hidden() and page.locator(".tools").is_hidden()
    assert page.locator("#track").is_visible() and page.locator(".lead").is_visible()
    for landscape in (False, True):
        sheets = re.findall(rb"/Type\s*/Page\b", page.pdf(landscape=landscape))
        assert len(sheets) >= 2, "what is long runs on to the next sheet"
    page.emulate_media(media="screen")


def test_without_scripts_the_page_can_be_read(open_page, call: CallResult, mp3: bytes) -> None:
    opened = open_page(call, mp3, java_script_enabled=False)
    assert opened.page.locator(".u:visible").count() == 13
    assert opened.page.locator(".player").is_hidden() and opened.page.locator(".tools").is_hidden()
    assert opened.page.locator(".answers a.place").first.get_attribute("href") == "#u0"


def test_an_hour_of_speech_in_full(open_page, hour: CallResult) -> None:
    opened = open_page(hour, viewport=PHONE)
    assert opened.page.locator(".w").count() == sum(len(each.words) for each in hour.utterances)
    assert opened.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    opened.page.locator("#search").fill("roaming")
    assert 0 < opened.page.locator(".u:visible").count() < 500
    assert opened.complaints == []


# --- the report of a period -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "viewport"), [("business", DESKTOP), ("operator", PHONE)])
def test_a_period_report_opens_without_the_network_or_a_complaint(
    browser, tmp_path: Path, kind: str, viewport: dict[str, int]
) -> None:
    from tests.reports.test_period import a_page

    file = tmp_path / "report.html"
    file.write_text(a_page(kind, "de", criteria="tone tense"), encoding="utf-8")
    opened = Opened(browser, file, viewport=viewport)
    page = opened.page
    assert page.locator("h1").inner_text() in ("Geschäftsbericht", "Bericht zur Gesprächsqualität")
    assert page.locator(".tile").count() == 8 and page.locator("svg.plot").count() >= 5
    bar = page.locator("svg.plot rect").first.bounding_box()
    assert bar is not None and bar["height"] > 40, "the day with calls is drawn"
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert not opened.asked_the_network() and not opened.complaints
    opened.context.close()
