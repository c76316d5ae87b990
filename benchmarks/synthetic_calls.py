"""Calls that nobody made, with every field of the analysis that a store filters by: for measuring, not for accuracy."""

from __future__ import annotations

import random
import re
import typing
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from engine.analysis_types import (
    ActionItem,
    Analysis,
    Attitude,
    ChecklistAnswer,
    ChecklistResult,
    FaultKind,
    FunnelStage,
    Intent,
    OperatorFault,
    Priority,
    Remark,
    Resolution,
    Risk,
    RiskKind,
    SaleKind,
    SaleSignal,
    Scores,
    ScriptAlignment,
    Sentiment,
    SpeakerMood,
    Tone,
)
from engine.result_types import CallResult, Metrics, Models, ResultUtterance
from engine.store import Entry, Origin
from engine.types import Language, SourceInfo, Speaker

FIRST_DAY = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = 180
OPERATORS = tuple(f"A-{number:03d}" for number in range(200))
TOPICS = (
    "roaming charge", "late delivery", "refund", "new contract", "password", "invoice", "broken device", "price",
    "appointment", "change of address", "cancellation", "upgrade",
)  # fmt: skip
TAGS = ("billing", "repeat contact", "vip", "callback", "escalated", "promotion", "outage", "warranty")
CATEGORIES = ("Billing dispute", "Delivery", "Technical", "Sales", "Contract", "Praise")
QUESTIONS = ("greeting", "verification", "empathy", "hold", "solution", "transfer", "closing", "offer")
ADVICE = (
    "Say what you are doing before a silence",
    "Repeat the solution before closing",
    "Ask for the account number once only",
    "Offer the next step before the customer asks",
    "Name the price before the discount",
)
_TEXT = Path(__file__).parent / "text" / "clean_business.txt"
_RARE_WORDS = 50_000


def synthetic_calls(count: int, seed: int = 7) -> Iterator[Entry]:
    """`count` calls in the order of their times, 6 to 14 utterances of 18 words each: a minute or so."""
    chance = random.Random(seed)
    step = timedelta(days=DAYS) / max(count, 1)
    for number in range(count):
        yield _call(chance, number, FIRST_DAY + step * number)


def _call(chance: random.Random, number: int, started: datetime) -> Entry:
    operator = chance.choice(OPERATORS)
    name = f"call-{number:07d}"
    utterances = tuple(_utterances(chance, chance.randint(6, 14)))
    chat = chance.random() < 0.2
    duration_s = 0.0 if chat else round(utterances[-1].end_s or 0.0, 1)
    words = {role: sum(len(each.text.split()) for each in utterances[start::2]) for start, role in enumerate("AB")}
    result = CallResult(
        "1.0",
        name,
        SourceInfo(
            f"/calls/{started:%Y/%m/%d}/{name}.wav", f"{chance.getrandbits(256):064x}", "chat" if chat else "wav",
            "pcm_mulaw", 2, 8000, duration_s,
        ),
        "completed" if chance.random() < 0.98 else "partial",
        Language(chance.choices(("en", "de", "fr", "es"), (70, 15, 10, 5))[0], 0.98),
        (Speaker("A", "agent", 0, duration_s / 2), Speaker("B", "customer", 1, duration_s / 3)),
        utterances,
        (),
        _analysis(chance, operator, number),
        Metrics({"A": 0.6, "B": 0.4}, 6.0, round(chance.random() / 3, 3), chance.randint(0, 6), {}, {}, words, {}),
        Models("whisper", "channels", "patterns, 36 entities", "vllm:model"),
        {"decode": 0.04, "transcribe": 2.9},
        (),
    )  # fmt: skip
    return Entry(name, "f" * 32, result, Origin(started, "metadata", operator))


def _utterances(chance: random.Random, count: int) -> Iterator[ResultUtterance]:
    at_s = 0.6
    for index in range(count):
        sentence = chance.choice(_sentences())
        text = f"{sentence} {_rare(chance)} {_rare(chance)}"
        end_s = round(at_s + 0.35 * len(text.split()), 2)
        role: typing.Literal["agent", "customer"] = "customer" if index % 2 else "agent"
        yield ResultUtterance(index, "AB"[index % 2], role, at_s, end_s, text, _one(chance, Sentiment), ())
        at_s = round(end_s + chance.random(), 2)


def _analysis(chance: random.Random, operator: str, number: int) -> Analysis:
    quality = (hash_of(operator) % 100) / 100 * 0.4 + 0.3 + 0.3 * chance.random()
    tone = _one(chance, Tone)
    resolution = chance.choices(typing.get_args(Resolution), (4 * quality, 1, 2 * (1 - quality)))[0]
    mood = chance.choices(typing.get_args(Sentiment), (2 * quality, 1.5, 2 - 2 * quality))[0]
    answers = tuple(
        ChecklistAnswer(each, f"Was there {each}?", chance.random() < quality, (index,))
        for index, each in enumerate(QUESTIONS)
    )
    score = sum(answer.value is True for answer in answers) / len(answers)
    topics = tuple(dict.fromkeys(chance.choices(TOPICS, range(len(TOPICS), 0, -1), k=2)))
    return Analysis(
        "vllm:model",
        f"The customer asks about {topics[0]}; the agent {'settles it' if resolution == 'resolved' else 'follows up'}.",
        mood,
        Scores(round(10 * quality, 1), round(quality, 2), round(chance.random(), 2), round(10 * chance.random(), 1)),
        topics=topics,
        tags=(*chance.sample(TAGS, chance.randint(0, 2)), f"campaign {number % 3000}"),
        checklists=(ChecklistResult("service-quality", "Service quality", score, answers),),
        categories=(chance.choice(CATEGORIES),),
        language="en",
        tone=tone,
        resolution=resolution,
        priority=chance.choices(typing.get_args(Priority), (20, 60, 15, 5))[0],
        funnel_stage=_one(chance, FunnelStage),
        intents=(_one(chance, Intent),),
        speakers=(SpeakerMood("B", _one(chance, Attitude)),),
        action_items=(ActionItem(f"Look into {topics[0]}", "agent", "by Friday", "follow_up", (1,)),),
        risks=(Risk(_one(chance, RiskKind), "Says so", (2,)),) if chance.random() < 0.2 else (),
        sales=(SaleSignal(_one(chance, SaleKind), "Asks for it", (3,)),) if chance.random() < 0.25 else (),
        operator_errors=(OperatorFault(_one(chance, FaultKind), "Left out", (0,)),) if chance.random() < 0.3 else (),
        recommendations=(Remark(chance.choice(ADVICE), (1,)),),
        scripts=(ScriptAlignment("script", "Script", round(100 * quality), ()),),
    )


def hash_of(operator: str) -> int:
    """A number that is always the same for a name."""
    return int(operator[2:]) * 37


def _one(chance: random.Random, ids: typing.Any) -> typing.Any:
    return chance.choice(typing.get_args(ids))


def _rare(chance: random.Random) -> str:
    """A made-up word: a few are frequent, most are not."""
    return f"w{int(_RARE_WORDS ** chance.random()):x}"


@cache
def _sentences() -> list[str]:
    return [sentence for sentence in re.split(r"(?<=[.?!])\s+", _TEXT.read_text("utf-8")) if sentence]
