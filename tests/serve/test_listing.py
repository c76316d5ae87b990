"""`list` and `report` over a store of known calls: what is printed and written, and exit codes."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.analysis_types import Analysis, ChecklistAnswer, ChecklistResult, Remark, Risk, Scores
from engine.periods import period_report
from engine.result_types import CallResult, Models, ResultUtterance
from engine.results import open_store
from engine.serve.cli import main
from engine.store import Entry, Filter, Origin, Store
from engine.types import Language, SourceInfo

START = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
ANALYSIS = Analysis(
    "llm",
    "The customer asks for a refund.",
    "negative",
    Scores(3.0, 0.5),
    tags=("vip",),
    topics=("refund",),
    checklists=(
        ChecklistResult("quality", "Quality", 0.4, (ChecklistAnswer("greeting", "Was there a greeting?", False),)),
    ),
    tone="tense",
    resolution="unresolved",
    risks=(Risk("churn", "leaves", (0,)),),
    recommendations=(Remark("Greet by name", (0,)),),
)
CALM = dataclasses.replace(
    ANALYSIS, summary="Thanks.", sentiment="positive", tone="calm", resolution="resolved", risks=()
)


def an_entry(number: int, analysis: Analysis) -> Entry:
    name = f"call-{number}"
    line = ResultUtterance(0, "S1", "agent", 0.0, 1.0, "hello there", None, ())
    source = SourceInfo(f"/calls/{name}.wav", "ab" * 32, "wav", "pcm", 1, 8000, 61.5)
    result = CallResult(
        "1.0", name, source, "completed", Language("en", 1.0), (), (line,), (), analysis, None,
        Models(None, None, None, None), {}, (),
    )  # fmt: skip
    return Entry(name, "f1", result, Origin(START + timedelta(days=number), "metadata", f"A-{number % 2}"))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Ten calls on ten days, every second of them tense."""
    with Store(tmp_path / "call-engine.sqlite") as store:
        store.save_many(an_entry(number, CALM if number % 2 else ANALYSIS) for number in range(10))
    return tmp_path


def listed(out: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict:
    assert main(["list", str(out), "--json", *options]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_table_of_calls(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", str(out), "--tone", "tense", "--text", "refund", "--limit", "2"]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"2026-11-11 09:30 +call-8 +A-0 +1:01.5 +negative +tense +unresolved +– +3\.0 +40%", printed)
    assert "call-6" in printed and "call-4" not in printed and "2 of 5 calls; next page: --after=" in printed


def test_pages_follow_one_another(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = listed(out, capsys, "--limit", "7", "--order", "started")
    second = listed(out, capsys, "--limit", "7", "--order", "started", f"--after={first['next']}")
    names = [call["name"] for page in (first, second) for call in page["calls"]]
    assert names == [f"call-{number}" for number in range(10)]
    assert (first["total"], second["next"]) == (10, None)
    assert first["calls"][0]["started"] == "2026-11-03T09:30:00+00:00" and first["calls"][0]["tags"] == ["vip"]


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ([], 10),
        (["--sentiment", "positive"], 5),
        (["--sentiment", "positive,negative"], 10),
        (["--sentiment", "positive", "--sentiment", "negative", "--operator", "A-1"], 5),
        (["--from", "2026-11-05", "--to", "2026-11-06"], 2),
        (["--from", "2026-11-05T10:00"], 7),
        (["--risks", "churn", "--call-language", "en", "--directory", "/calls"], 5),
        (["--duration", "60:62", "--csat", ":3"], 10),
        (["--csat", "3.1:"], 0),
        (["--answers", "quality:greeting=no", "--checklists", "quality"], 10),
        (["--text", "thanks"], 5),
    ],
)
def test_options_are_criteria(out: Path, capsys: pytest.CaptureFixture[str], options: list[str], count: int) -> None:
    assert listed(out, capsys, *options)["total"] == count


def test_a_saved_filter_is_used_again_and_changed(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(out, capsys, "--tone", "tense", "--save-filter", "angry")["total"] == 5
    assert listed(out, capsys, "--filter", "angry")["total"] == 5
    assert listed(out, capsys, "--filter", "angry", "--from", "2026-11-09")["total"] == 2
    assert main(["list", str(out), "--filters"]) == 0
    assert capsys.readouterr().out == 'angry: {"tone": ["tense"]}\n'
    assert main(["list", str(out), "--delete-filter", "angry"]) == 0
    assert main(["list", str(out), "--filter", "angry"]) == 2
    assert "unknown saved filter" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--tone", "tens"], "did you mean 'tense'"),
        (["--csat", "low"], "LOW:HIGH"),
        (["--from", "last week"], "ISO 8601"),
        (["--order", "tone"], "unknown order"),
        (["--limit", "0"], "1 or more"),
    ],
)
def test_wrong_options_are_told_before_any_work(
    out: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    assert main(["list", str(out), *options]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("command", [["list"], ["report", "--kind", "business"]])
def test_a_directory_without_results(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    assert main([*command, str(tmp_path)]) == 2
    assert "holds no results" in capsys.readouterr().err


def test_reports_are_written_beside_the_results(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    period = ["--from", "2026-11-03", "--to", "2026-11-12"]
    assert main(["report", str(out), "--kind", "operator", *period]) == 0
    path = out / "operator-report-2026-11-03-2026-11-12.html"
    assert capsys.readouterr().out == f"{path}\n"
    page = path.read_text("utf-8")
    assert "Coach all operators on “Was there a greeting?”: met in 0% of the calls." in page
    assert "Greet by name" in page and "A-1" in page and "no calls in the period before" in page
    pdf = out / "my.pdf"
    command = [
        "report",
        str(out),
        "--kind",
        "business",
        *period,
        "--format",
        "pdf",
        "--language",
        "fr",
        "--tone",
        "tense",
    ]
    assert main([*command, "--out", str(pdf)]) == 0
    assert pdf.read_bytes().startswith(b"%PDF")


def test_a_report_needs_a_period(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(out), "--kind", "business", "--from", "2026-11-03"]) == 2
    assert "--from 2026-11-01 --to 2026-11-30" in capsys.readouterr().err
    assert main(["report", str(out), "--kind", "business", "--from", "2026-11-03", "--to", "2026-11-01"]) == 2
    assert "an end that is not before" in capsys.readouterr().err


def test_a_report_in_python_compares_with_the_period_before(out: Path) -> None:
    with open_store(out) as store:
        page = period_report(
            store, "business", datetime(2026, 11, 8).date(), datetime(2026, 11, 12).date(),
            wanted=Filter(status=("completed",)),
        )  # fmt: skip
    assert "The period before had 5 calls." in page and "status completed" in page
    assert "↓ before: 60%" in page, "of five calls before three were negative, of these five two are"
