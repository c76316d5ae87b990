"""A period's report as one self-contained page, and the same page as PDF. Neither asks anything of any network."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from typing import TYPE_CHECKING, Literal

from engine.errors import ConfigurationError, UnknownNameError
from engine.reports.extra import missing_extra
from engine.reports.labels import entity_name
from engine.reports.period import charts
from engine.reports.period.advice import business_advice, operator_advice
from engine.reports.period.figures import Figures, Group, Question, Summary
from engine.reports.period.fonts import check_fonts
from engine.reports.period.words import NO_VALUE, Words
from engine.reports.policy import style_only

if TYPE_CHECKING:
    from jinja2 import Template

Kind = Literal["operator", "business"]
KINDS: tuple[Kind, ...] = ("operator", "business")
_MOST_ROWS = 12
_MOST_OPERATORS = 40
_FALLS_WELL = ("negative", "risky", "faulty")
"""Figures of which less is better."""
_NEITHER = ("calls", "length_s", "talk_s")


@dataclass(frozen=True, slots=True)
class Report:
    """What a page is made of. `end` is exclusive; `before`: the period of equal length that precedes this one.

    `titles`: of checklist questions by "checklist:question". `remarks`: advice that the analyses of single calls give,
    each with how often. `criteria`: what narrows the calls, for the reader.
    """

    kind: Kind
    start: date
    end: date
    figures: Figures
    before: Summary | None
    titles: Mapping[str, str]
    remarks: Sequence[tuple[str, int]]
    criteria: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure at the head. `trend`: "better", "worse" or "" against the period before."""

    label: str
    value: str
    change: str
    trend: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of bars: `share` (0-1) of the longest, `note` beside the value."""

    label: str
    value: str
    share: float
    note: str = ""


def render_report(report: Report, language: str = "en") -> str:
    """The page in one of `words.LANGUAGES`. Raises UnknownNameError on another kind or language, ConfigurationError
    where the `reports` extra is not installed."""
    if report.kind not in KINDS:
        raise UnknownNameError("kind of report", report.kind, KINDS)
    words = Words(language)
    style = _asset("period.css")
    figures = report.figures
    advice = (
        business_advice(figures, report.before, words)
        if report.kind == "business"
        else operator_advice(figures, dict(report.titles), words)
    )
    return _template().render(
        report=report, figures=figures, total=figures.total, words=words, no_value=NO_VALUE,
        title=words("Business report" if report.kind == "business" else "Operator quality report"),
        period=f"{words.day(report.start)} – {words.day(report.end - timedelta(days=1))}",
        tiles=_tiles(report, words), advice=advice, remarks=report.remarks, charts=_charts(figures, words),
        trend=[words.short_day(step.start) for step in figures.trend], labels=charts.labels,
        distribution=lambda name: _distribution(figures, name, words),
        groups=lambda found: _groups(found, words), operators=figures.operators[:_MOST_OPERATORS],
        questions=_questions(figures.questions, report.titles, words),
        box=(charts.WIDTH, charts.HEIGHT), style=style, policy=style_only(style),
    )  # fmt: skip


def to_pdf(page: str) -> bytes:
    """The page on A4.

    Raises ConfigurationError where WeasyPrint, Pango that it draws with, or a font for the page's script is missing.
    """
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except ImportError:
        raise missing_extra("WeasyPrint") from None
    except OSError as error:  # it loads Pango when imported
        raise ConfigurationError(
            "WeasyPrint cannot draw text",
            received=str(error).split("\n")[0],
            expected="the system library Pango",
            remedy="apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0, or choose --format html",
        ) from None
    nothing = URLFetcher(allowed_protocols=())  # the page names no address; were a label to, it is not fetched
    pdf: bytes = HTML(string=page, url_fetcher=nothing).write_pdf(finisher=lambda document, _: check_fonts(document))
    return pdf


# --- what the page shows ----------------------------------------------------------------------------------------------


def _tiles(report: Report, words: Words) -> list[Tile]:
    def percent(name: str) -> tuple[str, Callable[[Summary], str]]:
        return name, lambda each: words.percent(getattr(each, name))

    shown: dict[str, tuple[str, Callable[[Summary], str]]] = {
        "Calls": ("calls", lambda each: words.number(each.calls, 0)),
        "Average length": ("length_s", lambda each: _minutes(each.length_s, words)),
        "Customer satisfaction": ("csat", lambda each: words.number(each.csat)),
        "Resolved": percent("resolved"),
        "Negative mood": percent("negative"),
    }
    if report.kind == "business":
        shown |= {
            "With a risk signal": percent("risky"),
            "With a sales signal": percent("selling"),
            "Hours of talk": ("talk_s", lambda each: words.number(each.talk_s / 3600)),
        }
    else:
        shown |= {
            "Checklist": percent("checklist_score"),
            "Script alignment": ("script_alignment", lambda each: words.percent(_hundredth(each.script_alignment))),
            "With an operator error": percent("faulty"),
        }
    return [_tile(words(label), name, show, report, words) for label, (name, show) in shown.items()]


def _tile(label: str, name: str, show: Callable[[Summary], str], report: Report, words: Words) -> Tile:
    """Green or red only where a figure is better or worse when it moves, and moves visibly."""
    total, before = report.figures.total, report.before
    if before is None or getattr(before, name) is None:
        return Tile(label, show(total), "", "")
    change = (getattr(total, name) or 0.0) - getattr(before, name)
    arrow = "" if show(total) == show(before) else "↑ " if change > 0 else "↓ "
    good = bool(arrow) and name not in _NEITHER and (change > 0) != (name in _FALLS_WELL)
    bad = bool(arrow) and name not in _NEITHER and not good
    text = arrow + words("before: {value}", value=show(before))
    return Tile(label, show(total), text, "better" if good else "worse" if bad else "")


def _minutes(seconds: float | None, words: Words) -> str:
    if seconds is None:
        return NO_VALUE
    return f"{int(seconds // 60)}:{int(seconds % 60):02d} {words('min')}"


def _hundredth(value: float | None) -> float | None:
    return None if value is None else value / 100


def _distribution(figures: Figures, name: str, words: Words) -> list[Row]:
    counts = figures.distributions[name][:_MOST_ROWS]
    most = max((count for _, count in counts), default=1)
    total = figures.total.calls or 1
    return [
        Row(words(entity_name(value)), words.percent(count / total), count / most, words.number(count, 0))
        for value, count in counts
    ]


def _groups(groups: Sequence[Group], words: Words) -> list[tuple[Row, Summary]]:
    most = max((group.summary.calls for group in groups), default=1)
    return [
        (Row(group.name, words.number(group.summary.calls, 0), group.summary.calls / most), group.summary)
        for group in groups[:_MOST_ROWS]
    ]


def _questions(questions: Sequence[Question], titles: Mapping[str, str], words: Words) -> list[Row]:
    return [
        Row(
            titles.get(f"{each.checklist}:{each.id}", entity_name(each.id)),
            words.percent(each.share), each.share, words.number(each.answered, 0),
        )
        for each in questions[: 2 * _MOST_ROWS]
    ]  # fmt: skip


def _charts(figures: Figures, words: Words) -> dict[str, object]:
    summaries = [step.summary for step in figures.trend]
    days = [words.short_day(step.start) for step in figures.trend]
    moods = [(each.positive, each.neutral, each.negative) for each in summaries]
    return {
        "volume": charts.columns(
            [each.calls for each in summaries],
            [f"{day}: {words.number(each.calls, 0)}" for day, each in zip(days, summaries, strict=True)],
        ),
        "moods": charts.stacked(moods, days),
        "csat": charts.line([each.csat for each in summaries], 0, 10, words.number(figures.total.csat)),
        "checklist": charts.line(
            [each.checklist_score for each in summaries], 0, 1, words.percent(figures.total.checklist_score)
        ),
        "csat_bins": _histogram(figures.csat_bins, words, 1),
        "checklist_bins": _histogram(figures.checklist_bins, words, 10),
    }


def _histogram(bins: Sequence[int], words: Words, step: int) -> list[charts.Bar]:
    titles = [f"{number * step}–{(number + 1) * step}: {words.number(count, 0)}" for number, count in enumerate(bins)]
    return charts.columns(bins, titles)


@functools.cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_asset("period.html"))


@functools.cache
def _asset(name: str) -> str:
    return resources.files("engine.reports.period").joinpath(name).read_text(encoding="utf-8")
