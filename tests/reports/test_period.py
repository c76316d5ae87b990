"""Reports over a period: figures that add up, advice that follows from them, every label in every language."""

from __future__ import annotations

import io
import itertools
import os
import re
import subprocess
import sys
import typing
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import analysis_types
from engine.errors import ConfigurationError, UnknownNameError
from engine.reports.labels import entity_name
from engine.reports.period import KINDS, LANGUAGES, Kind, Report, gather, render_report, to_pdf
from engine.reports.period.charts import labels
from engine.reports.period.figures import DISTRIBUTIONS, Question, steps
from engine.reports.period.page import _asset
from engine.reports.period.words import Words

START, END = date(2026, 11, 1), date(2026, 11, 15)


@dataclass(frozen=True)
class Listed:
    """A call as the store lists it."""

    started: datetime = datetime(2026, 11, 3, 9, tzinfo=UTC)
    type: str = "call"
    operator: str | None = "A-1"
    language: str | None = "en"
    sentiment: str | None = "negative"
    tone: str | None = "tense"
    priority: str | None = "high"
    funnel_stage: str | None = None
    resolution: str | None = "unresolved"
    intents: tuple[str, ...] = ("billing",)
    risks: tuple[str, ...] = ("churn",)
    sales: tuple[str, ...] = ()
    operator_errors: tuple[str, ...] = ("no_greeting",)
    topics: tuple[str, ...] = ("roaming",)
    categories: tuple[str, ...] = ()
    answers: tuple[str, ...] = ("quality:greeting=no", "quality:closing=yes", "quality:offer=none")
    checklist_score: float | None = 0.5
    csat: float | None = 3.0
    politeness: float | None = 4.0
    script_alignment: float | None = 40.0
    duration_s: float = 90.0


CONTENT = Listed(
    operator="B-2", sentiment="positive", tone="warm", resolution="resolved", risks=(), operator_errors=(), csat=9.0,
    topics=("praise",), answers=("quality:greeting=yes",), checklist_score=1.0, duration_s=30.0,
)  # fmt: skip
UNKNOWN = Listed(
    type="chat", operator=None, sentiment=None, tone=None, resolution=None, csat=None, checklist_score=None, topics=(),
    answers=(), risks=(), operator_errors=(), duration_s=0.0,
)  # fmt: skip
CALLS = (*[Listed()] * 6, *[CONTENT] * 6, UNKNOWN)


def a_page(kind: Kind = "business", language: str = "en", calls: Iterable[Listed] = CALLS, **parts: typing.Any) -> str:
    figures = gather(calls, START, END)
    parts = {"before": None, "titles": {}, "remarks": ()} | parts
    return render_report(Report(kind, START, END, figures, **parts), language)


# --- figures ----------------------------------------------------------------------------------------------------------


def test_what_a_period_adds_up_to() -> None:
    figures = gather(CALLS, START, END)
    total = figures.total
    assert (total.calls, total.chats, total.talk_s, total.length_s) == (13, 1, 720.0, 60.0)
    assert (total.csat, total.checklist_score) == (6.0, 0.75), "calls that do not tell are left out of a mean"
    assert (total.negative, total.positive, total.neutral, total.resolved) == (0.5, 0.5, 0.0, 0.5)
    assert total.risky == total.faulty == pytest.approx(6 / 13) and total.selling == 0.0
    assert [(group.name, group.summary.calls) for group in figures.operators] == [("A-1", 6), ("B-2", 6)]
    assert figures.operators[0].summary.csat == 3.0
    assert figures.distributions["tone"] == (("tense", 6), ("warm", 6))
    assert figures.questions == (Question("quality", "greeting", 6, 12), Question("quality", "closing", 6, 6))
    assert figures.csat_bins == (0, 0, 0, 6, 0, 0, 0, 0, 0, 6) and figures.checklist_bins[5] == 6
    assert [step.summary.calls for step in figures.trend] == [0, 0, 13, *[0] * 11]


def test_a_period_without_calls() -> None:
    total = gather((), START, END).total
    assert (total.calls, total.csat, total.length_s, total.negative, total.risky) == (0, None, None, None, 0.0)
    assert "No calls in this period." in a_page(calls=())


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 5000))
def test_the_steps_of_a_trend_cover_the_period_without_gaps(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    found = steps(start, end)
    assert found[0][0] == start and found[-1][1] == end and len(found) <= 32
    assert all(first < last for first, last in found)
    assert all(one[1] == other[0] for one, other in itertools.pairwise(found))


# --- what a reader is told --------------------------------------------------------------------------------------------


def test_advice_follows_from_the_figures() -> None:
    before = gather([CONTENT], START, END).total
    business, operator = a_page(before=before), a_page("operator", titles={"quality:greeting": "Was there a greeting?"})
    assert "Satisfaction fell from 9.0 to 6.0" in business
    assert "“roaming” annoys customers: 100% of its calls are negative, 50% of all calls." in business
    assert "50% of the calls end unresolved" in business and "“Churn”, in 46% of the calls" in business
    assert "Coach all operators on “Was there a greeting?”: met in 50% of the calls." in operator
    assert "Operator A-1 needs coaching: checklist 50%, the team 75%." in operator
    assert "Operator B-2 needs coaching" not in operator and "closing" not in operator.split("Checklist questions")[0]


def test_good_calls_ask_for_no_advice() -> None:
    page = a_page("operator", calls=[CONTENT] * 9)
    assert "Recommendations" not in page
    assert "annoys" not in a_page(calls=[CONTENT] * 9) and "unresolved" not in a_page(calls=[CONTENT] * 9)


def test_remarks_of_single_calls_are_counted() -> None:
    assert re.search(r"Say what you do.*× 7", a_page("operator", remarks=(("Say what you do", 7),)))


@pytest.mark.parametrize("kind", KINDS)
def test_words_of_calls_are_escaped_and_nothing_is_fetched(kind: Kind) -> None:
    nasty = "<img src=http://example.com/x.png onerror=alert(1)>"
    page = a_page(
        kind,
        calls=[Listed(operator=nasty, topics=(nasty,), categories=(nasty,))] * 6,
        titles={"quality:greeting": nasty},
        remarks=((nasty, 2),),
        criteria=nasty,
    )
    assert "<img" not in page and page.count("&lt;img") >= 3
    assert "default-src &#39;none&#39;" in page and "<script" not in page
    assert to_pdf(page).startswith(b"%PDF")


# --- languages --------------------------------------------------------------------------------------------------------


def every_label() -> set[str]:
    """What the template, the advice and the lists of ids can ask of a catalog."""
    kinds = ("Resolution", "Tone", "Priority", "FunnelStage", "Intent", "RiskKind", "SaleKind", "FaultKind")
    ids = [value for name in kinds for value in typing.get_args(getattr(analysis_types, name))]
    sources = [_asset("period.html"), *(_asset(name) for name in ("advice.py", "page.py"))]
    found = {text for source in sources for text in re.findall(r'words\(\s*"([^"]+)"', source)}
    found |= {text for source in sources[1:] for text in re.findall(r'"([^"]{4,}\{\w+\}[^"]*\.)"', source)}
    heads = re.findall(r"for (?:head|heading, found|color, name) in \((.*?)\) ?(?:%|if)", sources[0])
    found |= {text for head in heads for text in re.findall(r'"([^"]+)"', head)}
    found |= set(re.findall(r'^ +"([A-Z][a-z ]+)": (?:\(|percent)', sources[2], re.MULTILINE))
    return found | {entity_name(value) for value in ids}


def test_labels_are_found_at_all() -> None:
    labels = every_label()
    assert {"Funnel stage", "Average length", "With a sales signal", "Topics", "Positive", "Data protection"} <= labels
    assert len(labels) >= 95 and set(DISTRIBUTIONS) - {"risks", "sales"}


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_every_label_is_there_with_the_same_places(language: str) -> None:
    from babel.messages.pofile import read_po

    catalog = read_po(io.BytesIO(_asset(f"locales/{language}.po").encode()), locale=language)
    missing = {label for label in every_label() if not (found := catalog.get(label)) or not found.string}
    assert not missing
    for message in catalog:
        if message.id:
            assert sorted(re.findall(r"\{\w+\}", message.id)) == sorted(re.findall(r"\{\w+\}", message.string))


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("de", ("Geschäftsbericht", "1. November 2026", "50 %", "6,0", "Abwanderung")),
        ("ja", ("ビジネスレポート", "2026年11月1日", "顧客離れ")),
        ("hi", ("व्यवसाय रिपोर्ट", "नवंबर")),
        ("en", ("Business report", "November 1, 2026 – November 14, 2026")),
    ],
)
def test_a_page_speaks_its_language(language: str, texts: tuple[str, ...]) -> None:
    page = a_page(language=language).replace("\u00a0", " ")
    assert f'<html lang="{language}">' in page
    assert not [text for text in texts if text not in page]


def test_no_label_of_an_axis_is_cut_off_at_the_left() -> None:
    """However many columns there are, and so however far left the middle of the first one is."""
    edges = [float(edge) for edge in re.findall(r'<svg class="plot" viewBox="(-?[0-9.]+) ', a_page())]
    first = labels(["Jan 31"] * 400)[0]
    half_a_letter = 13 * 0.6 / 2  # of 13 px
    assert edges and first.x - half_a_letter * len(first.text) >= max(edges)


def test_a_language_or_kind_that_there_is_not() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'de'"):
        a_page(language="dee")
    with pytest.raises(UnknownNameError, match="did you mean 'operator'"):
        a_page("operators")  # type: ignore[arg-type]


# --- PDF --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_pdf_holds_the_same_words(kind: Kind) -> None:
    from pypdf import PdfReader

    pages = PdfReader(io.BytesIO(to_pdf(a_page(kind, "de", remarks=(("Satz für Satz", 3),))))).pages
    text = "".join(page.extract_text() for page in pages)
    assert 1 <= len(pages) <= 4
    for expected in ("Empfehlungen", "Kundenzufriedenheit", "Satz für Satz", f"1 / {len(pages)}"):
        assert expected in text


@pytest.mark.parametrize("language", ["hi", "ja", "ko", "zh"])
def test_a_pdf_has_fonts_for_the_letters_of_its_labels(language: str) -> None:
    assert to_pdf(f"<h1>{Words(language)('Operator quality report')}</h1>").startswith(b"%PDF")


def test_a_pdf_without_fonts_for_its_letters_is_refused_by_the_name_of_the_package(tmp_path: Path) -> None:
    fonts = tmp_path / "fonts.conf"
    fonts.write_text(
        f"<fontconfig><dir>/usr/share/fonts/truetype/dejavu</dir><cachedir>{tmp_path}</cachedir></fontconfig>"
    )
    code = "print(len(to_pdf('<p>hello \U0001f600</p>'))); to_pdf('<p>報告 रिपोर्ट</p>')"
    code = f"from engine.reports.period import to_pdf; {code}"
    environment = {**os.environ, "FONTCONFIG_FILE": str(fonts)}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert int(ran.stdout) > 0, "a sign that no label has is no reason"
    assert "apt-get install fonts-lohit-deva fonts-wqy-microhei, or choose --format html" in ran.stderr


def test_a_pdf_fetches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object) -> typing.NoReturn:
        pytest.fail("a connection was opened")

    monkeypatch.setattr("socket.socket.connect", connect)
    link = '<link rel="stylesheet" href="http://127.0.0.1:9/style.css"><img src="file:///etc/hostname">'
    assert to_pdf(f"{link}<p>hello</p>").startswith(b"%PDF")


@pytest.mark.parametrize(("library", "name"), [("babel", "Babel"), ("weasyprint", "WeasyPrint")])
def test_a_missing_extra_says_how_to_get_it(library: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ConfigurationError, match=rf"{name} is not installed.*call-engine\[reports\]"):
        Words("de") if library == "babel" else to_pdf("<p>hello</p>")
