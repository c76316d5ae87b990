"""Lists of calls: the store finds what a plain filter over the same calls in Python finds, in the same order."""

from __future__ import annotations

import itertools
import json
import math
import typing
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.analysis_types import (
    Analysis,
    ChecklistAnswer,
    ChecklistResult,
    Intent,
    Resolution,
    Risk,
    RiskKind,
    Scores,
    ScriptAlignment,
    Sentiment,
    SpeakerMood,
    Tone,
)
from engine.errors import ConfigurationError, UnknownNameError
from engine.result_types import CallResult, Metrics, Models, ResultUtterance
from engine.store import COLUMNS, SORTED_BY, CallRow, Entry, Filter, Origin, Page, Store
from engine.store.segments import BLOCK
from engine.types import Language, SourceInfo, Speaker

START = datetime(2026, 3, 1, tzinfo=UTC)
WORDS = ("refund", "invoice", "delivery", "café")
TAGS = ("vip", "billing", "callback", "one-off")
TREE: dict[str, str | None] = {"Money": None, "Billing": "Money", "Refunds": "Billing", "Praise": None}
EXAMPLE = Analysis(
    "llm",
    "The customer asks for a refund.",
    "negative",
    Scores(3.5, 0.75, 0.4, 6.0),
    tags=("vip", "billing"),
    topics=("refund",),
    categories=("Refunds",),
    checklists=(
        ChecklistResult(
            "quality",
            "Quality",
            0.7,
            (
                ChecklistAnswer("greeting", "Greeting?", True),
                ChecklistAnswer("solution", "Solution?", 0.5),
                ChecklistAnswer("offer", "Offer?", None),
                ChecklistAnswer("reason", "Reason?", "price"),
                ChecklistAnswer("transfer", "Transfer?", None, applicable=False),
            ),
        ),
    ),
    tone="tense",
    resolution="unresolved",
    priority="high",
    funnel_stage="retention",
    intents=("cancellation", "billing"),
    speakers=(SpeakerMood("S1", "friendly"), SpeakerMood("S2", "frustrated")),
    risks=(Risk("churn", "leaves", (0,)),),
    scripts=(ScriptAlignment("script", "Script", 55.0, ()),),
)


def an_entry(
    name: str = "call-1",
    analysis: Analysis | None = EXAMPLE,
    text: str = "I want my money back",
    origin: Origin | None = None,
    path: str = "/calls/north/call-1.wav",
    container: str = "wav",
    duration_s: float = 60.0,
    language: str = "en",
) -> Entry:
    utterances = (ResultUtterance(0, "S1", "agent", 0.0, 1.0, text, None, ()),)
    result = CallResult(
        "1.0",
        name,
        SourceInfo(path, "ab" * 32, container, "pcm", 1, 8000, duration_s),
        "completed",
        Language(language, 1.0),
        (Speaker("S1", "agent", 0, 1.0), Speaker("S2", "customer", 1, 1.0)),
        utterances,
        (),
        analysis,
        Metrics({}, 1.0, 0.1, 2, {}, {}, {"S1": 5, "S2": 3}, {}),
        Models(None, None, None, None),
        {},
        (),
    )
    return Entry(name, "f1", result, origin or Origin(START, "metadata", "A-17"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "calls.sqlite") as opened:
        yield opened


def names(page: Page) -> list[str]:
    return [call.name for call in page.calls]


# --- one call, every criterion ----------------------------------------------------------------------------------------

MATCHES: tuple[dict[str, object], ...] = (
    {"since": START, "before": START + timedelta(seconds=1)},
    {"since": "2026-03-01T02:00+02:00"},
    {"status": "completed"},
    {"status": ["failed", "completed"]},
    {"type": "call"},
    {"dated_by": "metadata"},
    {"operator": ["A-17"]},
    {"directory": "/calls/north"},
    {"directory": "/calls/"},
    {"directory": "/"},
    {"language": "en"},
    {"sentiment": "negative"},
    {"tone": "tense"},
    {"customer_attitude": "frustrated"},
    {"priority": ["high", "urgent"]},
    {"funnel_stage": "retention"},
    {"resolution": "unresolved"},
    {"intents": ["purchase", "billing"]},
    {"intents_all": ["cancellation", "billing"]},
    {"risks": "churn"},
    {"tags": ["billing", "none of the kind"]},
    {"tags_all": ["billing", "vip"]},
    {"topics": "refund"},
    {"categories": "Refunds"},
    {"categories": "Money"},
    {"checklists": "quality"},
    {"answers": "quality:greeting=yes"},
    {"answers": ["quality:solution=partly", "quality:offer=none", "quality:reason=price"]},
    {"answers": "quality:transfer=not_applicable"},
    {"checklist_score": [0.7, 0.7]},
    {"checklist_score": [0.5, None], "checklists": "quality"},
    {"duration_s": [60, None]},
    {"words": [8, 8]},
    {"csat": [None, 3.5]},
    {"operator_satisfaction": [5, 7]},
    {"politeness": [4, 4]},
    {"empathy": [0.4, 0.4]},
    {"script_alignment": [0, 55]},
    {"silence_ratio": [0.1, 0.1]},
    {"interruptions": [2, None]},
    {"text": "money"},
    {"text": "REFUND money"},
    {"text": '"money back"'},
    {"text": "refu* mon*"},
)
MISSES: tuple[dict[str, object], ...] = (
    {"before": START},
    {"since": START + timedelta(seconds=1)},
    {"status": "failed"},
    {"type": "chat"},
    {"operator": "A-18"},
    {"directory": "/calls/north/call-1.wav"},
    {"directory": "/calls/nor"},
    {"sentiment": "positive"},
    {"tone": "warm", "sentiment": "negative"},
    {"intents_all": ["cancellation", "purchase"]},
    {"sales": "interest"},
    {"operator_errors": "blame"},
    {"tags_all": ["billing", "callback"]},
    {"tags": "VIP"},
    {"categories": "Praise"},
    {"checklists": "sales"},
    {"answers": "quality:greeting=no"},
    {"answers": ["quality:greeting=yes", "quality:offer=yes"]},
    {"checklist_score": [0.71, None]},
    {"checklist_score": [0.5, None], "checklists": "sales"},
    {"csat": [3.51, None]},
    {"words": [None, 7]},
    {"text": "money delivery"},
    {"text": '"back money"'},
    {"text": '"refund i"'},
    {"text": "?!"},
)


def json_id(value: object) -> str:
    return json.dumps(value, default=str)


@pytest.mark.parametrize("criteria", MATCHES, ids=json_id)
def test_a_call_is_found(store: Store, criteria: dict[str, object]) -> None:
    store.save_many([an_entry()])
    store.set_categories(TREE)
    for order in ("-started", "words"):
        page = store.page(Filter.from_mapping(criteria), order=order)
        assert (names(page), page.total, page.next) == (["call-1"], 1, None)


@pytest.mark.parametrize("criteria", MISSES, ids=json_id)
def test_a_call_is_not_found(store: Store, criteria: dict[str, object]) -> None:
    store.save_many([an_entry()])
    store.set_categories(TREE)
    assert store.page(Filter.from_mapping(criteria)) == Page((), 0, None)


def test_every_criterion_is_tried_above() -> None:
    tried = {name for criteria in (*MATCHES, *MISSES) for name in criteria}
    untried = {field.name for field in fields(Filter)} - tried
    assert untried == {"risks_all", "sales_all", "operator_errors_all", "categories_all", "topics_all"}


def test_a_row_says_what_is_known_of_the_call(store: Store) -> None:
    store.save_many([an_entry()])
    (row,) = store.page().calls
    assert (row.name, row.started, row.dated_by, row.operator) == ("call-1", START, "metadata", "A-17")
    assert (row.tone, row.intents, row.tags) == ("tense", ("cancellation", "billing"), ("vip", "billing"))
    assert (row.checklist_scores, row.checklist_score, row.politeness) == ({"quality": 0.7}, 0.7, 4.0)
    assert [field.name for field in fields(CallRow)][3:] == [column.name for column in COLUMNS]


def test_a_call_without_analysis_is_listed_with_what_is_known(store: Store) -> None:
    store.save_many([an_entry(analysis=None)])
    (row,) = store.page(Filter(type=("call",))).calls
    assert (row.sentiment, row.tags, row.checklist_scores, row.csat) == (None, (), {}, None)


# --- what can be asked wrongly ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("criteria", "message"),
    [
        ({"tone": "agressive"}, "did you mean 'aggressive'"),
        ({"tones": "warm"}, "did you mean 'tone'"),
        ({"intents_all": ["purchas"]}, "did you mean 'purchase'"),
        ({"csat": [5, 3]}, "lower bound first"),
        ({"csat": [math.nan, 3]}, "lower bound first"),
        ({"since": "yesterday"}, "ISO 8601"),
        ({"since": datetime(2026, 1, 1)}, "a time with its zone"),
        ({"answers": "greeting"}, "checklist:question=value"),
        ({"tags": [1]}, "a tuple of words"),
    ],
)
def test_a_wrong_filter_says_what_is_expected(criteria: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Filter.from_mapping(criteria)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"order": "-startd"}, "did you mean 'started'"),
        ({"limit": 0}, "1 or more"),
        ({"after": "the next one"}, "`next` of an earlier page"),
    ],
)
def test_a_wrong_page_says_what_is_expected(store: Store, options: dict[str, typing.Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        store.page(**options)


# --- the same as a plain filter ---------------------------------------------------------------------------------------

_ids = st.sampled_from
RANDOM_ANALYSES = st.builds(
    replace,
    st.just(EXAMPLE),
    sentiment=_ids(typing.get_args(Sentiment)),
    tone=_ids([None, *typing.get_args(Tone)[:3]]),
    resolution=_ids([None, *typing.get_args(Resolution)]),
    intents=st.lists(_ids(typing.get_args(Intent)[:4]), max_size=3, unique=True).map(tuple),
    risks=st.lists(_ids(typing.get_args(RiskKind)[:3]), max_size=2, unique=True).map(
        lambda kinds: tuple(Risk(kind, "text", ()) for kind in kinds)
    ),
    tags=st.lists(_ids(TAGS), max_size=3, unique=True).map(tuple),
    categories=st.lists(_ids(list(TREE)), max_size=2, unique=True).map(tuple),
    scores=st.builds(Scores, _ids([None, 0.0, 3.25, 7.1, 10.0]), _ids([None, 0.0, 0.5, 1.0])),
    summary=st.lists(_ids(WORDS), max_size=2).map(" ".join),
    checklists=_ids([(), EXAMPLE.checklists]),
)
RANDOM_ENTRIES = st.lists(
    st.builds(
        an_entry,
        analysis=st.none() | RANDOM_ANALYSES,
        text=st.lists(_ids(WORDS), max_size=4).map(" ".join),
        origin=st.builds(
            Origin, st.integers(0, 5).map(lambda days: START + timedelta(days=days)), st.just("file"), _ids([None, "A"])
        ),
        path=_ids(["/calls/north/1.wav", "/calls/south/2.wav", "/calls/3.wav"]),
        container=_ids(["wav", "chat"]),
        duration_s=_ids([0.0, 30.5, 61.3]),
        language=_ids(["en", "de"]),
    ),
    max_size=12,
)
_ranges = st.tuples(st.none() | _ids([0.0, 3.0]), st.none() | _ids([3.25, 8.0]))
RANDOM_FILTERS = st.builds(
    Filter,
    since=st.none() | st.integers(0, 4).map(lambda days: START + timedelta(days=days)),
    before=st.none() | st.integers(2, 6).map(lambda days: START + timedelta(days=days)),
    type=_ids([(), ("call",), ("call", "chat")]),
    sentiment=_ids([(), ("negative",), ("positive", "neutral")]),
    tone=_ids([(), ("warm", "calm")]),
    intents=_ids([(), ("information", "billing")]),
    intents_all=_ids([(), ("information", "billing")]),
    tags=_ids([(), ("vip",), ("vip", "one-off")]),
    tags_all=_ids([(), ("vip", "billing")]),
    categories=_ids([(), ("Money",), ("Praise", "Refunds")]),
    directory=_ids([(), ("/calls/north",), ("/calls",)]),
    csat=st.none() | _ranges,
    answers=_ids([(), ("quality:greeting=yes",)]),
    checklist_score=_ids([None, (0.7, None), (None, 0.6)]),
    text=_ids(["", "", "refund", "cafe delivery"]),
)


def in_python(entry: Entry, wanted: Filter) -> bool:
    """The filter as its description says, without an index."""
    analysis, started = entry.result.analysis, entry.origin.started

    def one_of(asked: Sequence[str], *values: str | None) -> bool:
        return not asked or any(value in asked for value in values)

    def within(bounds: tuple[float | None, float | None] | None, value: float | None) -> bool:
        low, high = bounds or (None, None)
        return not bounds or (value is not None and (low is None or value >= low) and (high is None or value <= high))

    def lineage(category: str | None) -> Iterator[str]:
        while category:
            yield category
            category = TREE[category]

    text = " ".join([analysis.summary if analysis else "", *(each.text for each in entry.result.utterances)])
    words = set(text.replace("é", "e").split())
    return all(
        (
            not wanted.since or started >= wanted.since,
            not wanted.before or started < wanted.before,
            one_of(wanted.type, "chat" if entry.result.source.container == "chat" else "call"),
            one_of(wanted.sentiment, analysis and analysis.sentiment),
            one_of(wanted.tone, analysis and analysis.tone),
            one_of(wanted.intents, *(analysis.intents if analysis else ())),
            set(wanted.intents_all) <= set(analysis.intents if analysis else ()),
            one_of(wanted.tags, *(analysis.tags if analysis else ())),
            set(wanted.tags_all) <= set(analysis.tags if analysis else ()),
            one_of(wanted.categories, *itertools.chain(*map(lineage, analysis.categories if analysis else ()))),
            one_of(wanted.directory, *map(str, Path(entry.result.source.path or "").parents)),
            within(wanted.csat, analysis.scores.csat if analysis else None),
            not wanted.answers or bool(analysis and analysis.checklists),
            within(wanted.checklist_score, 0.7 if analysis and analysis.checklists else None),
            set(wanted.text.split()) <= words,
        )
    )


@given(entries=RANDOM_ENTRIES, wanted=RANDOM_FILTERS, limit=st.integers(1, 5), order=_ids(["-started", "csat"]))
@settings(max_examples=80, deadline=None)
def test_pages_are_what_a_plain_filter_finds(entries: list[Entry], wanted: Filter, limit: int, order: str) -> None:
    calls = [replace(entry, name=f"call-{number}") for number, entry in enumerate(entries)]
    with Store(Path(":memory:")) as store:
        store.save_many(calls)
        store.set_categories(TREE)
        found, after = [], None
        while True:
            page = store.page(wanted, order=order, limit=limit, after=after)
            found += names(page)
            after = page.next
            if after is None:
                break
    expected = [entry for entry in calls if in_python(entry, wanted)]
    assert sorted(found) == sorted(entry.name for entry in expected)
    assert found == [entry.name for entry in sorted(expected, key=lambda entry: _sort_key(entry, order, calls))]
    assert page.total == len(expected)


def _sort_key(entry: Entry, order: str, calls: list[Entry]) -> tuple[float, int]:
    if order == "-started":
        return -entry.origin.started.timestamp(), -calls.index(entry)
    csat = entry.result.analysis.scores.csat if entry.result.analysis else None
    return math.inf if csat is None else csat, calls.index(entry)


@given(wanted=RANDOM_FILTERS)
@settings(max_examples=50, deadline=None)
def test_a_filter_survives_being_saved(wanted: Filter) -> None:
    assert Filter.from_mapping(json.loads(wanted.to_json())) == wanted


# --- many calls -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Two sealed blocks and a rest; every third call is tense, every tenth says refund."""
    with Store(tmp_path_factory.mktemp("many") / "calls.sqlite") as store:
        store.save_many(numbered(range(2 * BLOCK + 100)))
        yield store


def numbered(numbers: Sequence[int]) -> Iterator[Entry]:
    tense, calm = replace(EXAMPLE, summary=""), replace(EXAMPLE, tone="calm", summary="", tags=("quiet",))
    for number in numbers:
        text = "a refund please" if number % 10 == 0 else "hello"
        origin = Origin(START + timedelta(minutes=number), "metadata")
        yield an_entry(f"call-{number}", calm if number % 3 else tense, text, origin)


def test_sealed_blocks_and_the_newest_calls_are_one_list(many: Store) -> None:
    total = 2 * BLOCK + 100
    wanted = Filter(tone=("tense",), text="refund")
    assert many.page(wanted).total == len(range(0, total, 30))
    assert [call.name for call in many.every(wanted)] == [f"call-{number}" for number in range(0, total, 30)]
    assert many.page().total == len(many) == total
    assert many.page(Filter(checklist_score=(0.7, 0.7))).total == total


def test_of_calls_under_one_name_that_are_saved_together_the_last_is_kept(tmp_path: Path) -> None:
    with Store(tmp_path / "calls.sqlite") as store:
        store.save_many([an_entry("one", text="first"), an_entry("two"), an_entry("one", text="second")])
        assert len(store) == 2 and store.page(Filter(text="first")).total == 0
        assert [call.name for call in store.page(Filter(text="second")).calls] == ["one"]
        store.save_many([an_entry("two", text="third"), an_entry("three", text="third")])
        assert len(store) == 3 and store.page(Filter(text="third")).total == 2


def test_blocks_without_candidates_are_left_out(many: Store) -> None:
    late = START + timedelta(minutes=2 * BLOCK + 10)
    page = many.page(Filter(since=late, tone=("tense",), text="refund"), order="csat")
    assert page.total == len([number for number in range(2 * BLOCK + 10, 2 * BLOCK + 100) if number % 30 == 0])


@pytest.mark.parametrize("spread", [0, 500])
def test_a_common_word_is_asked_call_by_call(many: Store, monkeypatch: pytest.MonkeyPatch, spread: int) -> None:
    wanted = Filter(text="hello", tone=("tense",))
    listed = many.page(wanted)
    monkeypatch.setattr("engine.store.selection._FEW", 10)
    monkeypatch.setattr("engine.store.selection._COST_IN_TIME", 1e-6)
    monkeypatch.setattr("engine.store.selection._SPREAD", spread)
    asked = many.page(wanted)
    assert asked.calls == listed.calls and asked.total is None and listed.total
    assert many.page(wanted, after=asked.next).calls == many.page(wanted, after=listed.next).calls
    assert many.page(Filter(text="hello", tone=("warm",))).calls == ()


def test_a_word_that_is_rarer_among_the_calls_asked_for_is_listed_after_all(
    many: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = Filter(text="hello", tone=("tense",))
    listed = many.page(wanted, order="csat", limit=200)
    monkeypatch.setattr("engine.store.selection._FEW", 10)
    monkeypatch.setattr("engine.store.selection._COST_ASKED", 1e-6)
    monkeypatch.setattr("engine.store.selection._FIRST_ASKED", 4)
    monkeypatch.setattr("engine.store.selection.Words.most_asked", 4)
    assert many.page(wanted, order="csat", limit=200).calls == listed.calls


def test_a_call_that_is_replaced_leaves_its_block(tmp_path: Path) -> None:
    path = tmp_path / "calls.sqlite"
    with Store(path) as store:
        store.save_many(numbered(range(BLOCK + 10)))
        store.save_many([an_entry("call-5", replace(EXAMPLE, tone="warm", tags=("new",), summary=""), "bye")])
        assert names(store.page(Filter(tags=("new",)))) == ["call-5"]
        assert store.page(Filter(tone=("calm",))).total == len([n for n in range(BLOCK + 10) if n % 3]) - 1
        assert store.page().total == BLOCK + 10
        store.save_many(numbered(range(BLOCK)))
        assert store.page().total == BLOCK + 10
        assert store.page(Filter(text="bye")).total == store.page(Filter(tags=("new",))).total == 0
        assert names(store.page(order="started", limit=2)) == ["call-0", "call-1"]


def test_words_of_its_own_leave_with_the_last_call_that_had_them(tmp_path: Path) -> None:
    path = tmp_path / "calls.sqlite"
    with Store(path) as store:
        store.save_many(numbered(range(BLOCK)))
        store.save_many([an_entry("call-3", replace(EXAMPLE, tags=("my neighbour",)), "zebedee")])
        store.save_many(numbered(range(BLOCK, 2 * BLOCK)))
        assert ("tags=my neighbour",) in store._read("SELECT key FROM segments")
        store.save_many([an_entry("call-3", EXAMPLE, "redacted")])
        keys = {key for (key,) in store._read("SELECT key FROM segments")}
        assert "tags=vip" in keys and "tags=my neighbour" not in keys
        assert not store.search("zebedee")


@pytest.mark.parametrize("by", SORTED_BY)
def test_pages_can_be_in_the_order_of_every_number(store: Store, by: str) -> None:
    store.save_many([an_entry("known"), an_entry("unknown", analysis=None)])
    assert names(store.page(order=by))[0] == names(store.page(order=by, limit=1))[0]
    assert len(store.page(order=f"-{by}", limit=1, after=store.page(order=f"-{by}", limit=1).next).calls) == 1


# --- what users keep --------------------------------------------------------------------------------------------------


def test_filters_are_kept_under_their_names(tmp_path: Path) -> None:
    since = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    angry = Filter(tone=("aggressive",), since=since, csat=(None, 3))
    with Store(tmp_path / "calls.sqlite") as store:
        store.save_filter("angry", Filter())
        store.save_filter("angry", angry)
        store.save_filter("élan", Filter(text="délai"))
    with Store(tmp_path / "calls.sqlite") as store:
        assert store.saved_filters() == {"angry": angry, "élan": Filter(text="délai")}
        with pytest.raises(UnknownNameError, match="did you mean 'angry'"):
            store.saved_filter("angri")
        store.delete_filter("angry")
        assert list(store.saved_filters()) == ["élan"]


def test_categories_are_a_tree(store: Store) -> None:
    store.set_categories(TREE)
    assert store.categories() == TREE
    with pytest.raises(UnknownNameError, match="parent category"):
        store.set_categories({"Billing": "Mony"})
    with pytest.raises(ConfigurationError, match="a circle"):
        store.set_categories({"a": "b", "b": "c", "c": "a"})
    assert store.categories() == TREE


def test_directories_are_counted(store: Store) -> None:
    paths = ("/calls/a/1.wav", "/calls/a/2.wav", "/calls/b/3.wav")
    store.save_many([an_entry(f"call-{number}", path=path) for number, path in enumerate(paths)])
    assert store.directories() == {"/calls/a": 2, "/calls/b": 1}
