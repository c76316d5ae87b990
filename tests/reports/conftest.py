"""A telecom call of a minute, as hop 8 receives it, and what real life makes of it: chats, failures, long calls."""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from engine.analysis_types import Analysis, AnalysisNotes, ChecklistAnswer, ChecklistResult, Role, Scores, Sentiment
from engine.result_types import CallResult, ErrorRecord, Metrics, Models, ResultUtterance
from engine.types import Language, Redaction, SourceInfo, Speaker, Transcript, Utterance, Word

DURATION_S = 62.0
ROLES: dict[str, Role] = {"S1": "agent", "S2": "customer"}


# speaker, start, end, sentiment, text; raw values stand between <>, each with its entity
LINES: tuple[tuple[str, float, float, Sentiment, str], ...] = (
    ("S1", 0.6, 4.4, "positive", "Thank you for calling Northline, this is <person_name:Sarah>. How can I help?"),
    (
        "S2",
        5.0,
        10.6,
        "negative",
        "Hi, my bill went up this month and nobody told me why, so I am really rather annoyed.",
    ),
    ("S1", 10.1, 14.2, "neutral", "I understand, and I am sorry about that. May I take your name and account number?"),
    (
        "S2",
        14.9,
        20.3,
        "neutral",
        "It's <person_name:Daniel Whitcombe>, and the number is <account_number:4417 902 338>.",
    ),
    (
        "S1",
        20.9,
        24.8,
        "neutral",
        "Thanks, <person_name:Daniel Whitcombe>. And you still live at <location:Larch Road>?",
    ),
    ("S2", 25.2, 26.1, "neutral", "Yes, that's right."),
    (
        "S1",
        30.9,
        36.8,
        "neutral",
        "I can see it: a roaming charge of <money_amount:eighteen pounds> was added on the third.",
    ),
    ("S2", 36.2, 40.0, "negative", "But I never left the country, this is the second time it has happened!"),
    (
        "S1",
        40.6,
        46.9,
        "positive",
        "You are right, that should not be there. I will take it off now and credit your next bill.",
    ),
    ("S2", 47.4, 51.3, "positive", "Great. Can you confirm it to <email_address:daniel@whitcombe.example>, please?"),
    ("S1", 51.8, 57.2, "positive", "Of course, you will receive it within two working days. Is there anything else?"),
    ("S2", 57.6, 58.9, "positive", "No, thanks. Goodbye."),
    ("S1", 59.2, 61.4, "positive", "Thank you for calling, have a nice day."),
)
_VALUE = re.compile(r"<(\w+):([^>]*)>")


def timed_words(text: str, start_s: float, end_s: float) -> tuple[Word, ...]:
    """Words that share the stretch by their lengths; a marker is one word with the punctuation on it."""
    parts = text.split()
    pace, cursor, words = (end_s - start_s) / sum(len(part) + 1 for part in parts), start_s, []
    for number, part in enumerate(parts):
        following = cursor + (len(part) + 1) * pace
        words.append(Word(part, round(cursor, 3), round(following - pace, 3), 0.2 if number == 7 else 0.93))
        cursor = following
    return tuple(words)


def build_call() -> CallResult:
    utterances, redactions, raw = [], [], []
    numbers: dict[tuple[str, str], int] = {}
    for index, (speaker, start_s, end_s, sentiment, line) in enumerate(LINES):
        text, at = "", 0
        markers = []
        for found in _VALUE.finditer(line):
            entity, value = found.groups()
            number = numbers.setdefault((entity, value), 1 + sum(known == entity for known, _ in numbers))
            marker = f"[{entity.upper()}_{number}]"
            text += line[at : found.start()]
            markers.append((entity, marker, len(text)))
            text, at = text + marker, found.end()
        text += line[at:]
        words = timed_words(text, start_s, end_s)
        utterances.append(ResultUtterance(index, speaker, ROLES[speaker], start_s, end_s, text, sentiment, words))
        raw.append(Utterance(index, speaker, ROLES[speaker], start_s, end_s, _VALUE.sub(r"\2", line)))
        for entity, marker, begin in markers:
            word = next(word for word in words if marker in word.text)
            redactions.append(
                Redaction(entity, marker, index, begin, begin + len(marker), word.start_s, word.end_s, 0.85)
            )
    speakers = (Speaker("S1", "agent", 0, 32.4), Speaker("S2", "customer", 1, 23.6))
    language = Language("en", 0.98)
    return CallResult(
        schema_version="1.0",
        call_id="northline-billing-0417",
        source=SourceInfo(
            "/calls/inbox/northline-billing-0417.wav", "5e" * 32, "wav", "pcm_mulaw", 2, 8000, DURATION_S
        ),
        status="completed",
        language=language,
        speakers=speakers,
        utterances=tuple(utterances),
        redactions=tuple(redactions),
        analysis=ANALYSIS,
        metrics=METRICS,
        models=Models(
            "whisper-nano (ctranslate2, int8, cpu)", "one speaker a channel", "patterns, 36 entities", "extractive"
        ),
        timings={"decode": 0.04, "detect": 0.21, "transcribe": 2.9, "diarize": 0.0, "redact": 0.12, "analyze": 0.05},
        errors=(),
        original=Transcript(language, speakers, tuple(raw)),
    )


ANALYSIS = Analysis(
    engine="extractive",
    summary=(
        "The customer disputes a roaming charge of [MONEY_AMOUNT_1] on this month's bill, the second of its kind. "
        "The agent finds it to be wrong, removes it and credits the next bill."
    ),
    sentiment="positive",
    scores=Scores(csat=7.5, politeness=0.92, empathy=0.78),
    actions=("Remove the roaming charge from the account", "Credit the next bill with [MONEY_AMOUNT_1]"),
    follow_ups=("Confirm to [EMAIL_ADDRESS_1] within two working days",),
    topics=("roaming charge", "billing", "credit"),
    tags=("billing", "repeat contact"),
    analysis_notes=AnalysisNotes(
        reason_for_contact="An unexpected charge on the monthly bill",
        root_cause="A roaming charge booked although the customer did not travel",
        emotional_dynamics="Annoyed at first, satisfied once the charge was removed",
        operator_commitments="A credit on the next bill and a confirmation by e-mail",
        risk_signals="It is the second time: a third one may cost the customer",
    ),
    checklists=(
        ChecklistResult(
            "service-quality",
            "Service quality",
            5 / 6,
            (
                ChecklistAnswer("greeting", "Did the agent greet the customer?", True, (0,)),
                ChecklistAnswer("verification", "Did the agent verify who the customer is?", True, (2, 4)),
                ChecklistAnswer("empathy", "Did the agent show understanding or apologise?", True, (2,)),
                ChecklistAnswer("hold", "Did the agent announce the wait before searching?", False, (6,)),
                ChecklistAnswer("solution", "Did the agent offer a solution?", True, (8,)),
                ChecklistAnswer("transfer", "Was the customer told why the call was transferred?", None, ()),
                ChecklistAnswer("closing", "Did the agent close politely?", True, (12,)),
            ),
        ),
    ),
    categories=("Billing dispute",),
)

METRICS = Metrics(
    talk_ratio={"S1": 0.58, "S2": 0.42},
    silence_s=6.9,
    silence_ratio=0.11,
    interruptions=2,
    words_per_minute={"S1": 164.0, "S2": 151.0},
    longest_monologue_s={"S1": 6.3, "S2": 5.6},
    words={"S1": 88, "S2": 57},
    questions={"S1": 4, "S2": 1},
)


@pytest.fixture(scope="session")
def call() -> CallResult:
    return build_call()


@pytest.fixture(scope="session")
def raw_values() -> tuple[str, ...]:
    """What stands in `original` and must stand nowhere else."""
    return tuple(sorted({found[2] for *_, line in LINES for found in _VALUE.finditer(line)}))


@pytest.fixture(scope="session")
def chat(call: CallResult) -> CallResult:
    """The same conversation, typed: no times, no words, no recording."""
    untimed = [dataclasses.replace(each, start_s=None, end_s=None, words=()) for each in call.utterances]
    redactions = [dataclasses.replace(each, start_s=None, end_s=None) for each in call.redactions]
    metrics = dataclasses.replace(
        METRICS, silence_s=None, silence_ratio=None, interruptions=None, words_per_minute={}, longest_monologue_s={}
    )
    return dataclasses.replace(
        call,
        call_id="chat-0417",
        source=SourceInfo(None, "5e" * 32, "text", "text", 0, 0, 0.0),
        speakers=tuple(dataclasses.replace(each, channel=None, talk_time_s=0.0) for each in call.speakers),
        utterances=tuple(untimed),
        redactions=tuple(redactions),
        metrics=metrics,
    )


@pytest.fixture(scope="session")
def silent(call: CallResult) -> CallResult:
    """A finished call in which nobody speaks."""
    return dataclasses.replace(
        call, speakers=(), utterances=(), redactions=(), analysis=None, metrics=None, language=None, original=None
    )


@pytest.fixture(scope="session")
def partial(call: CallResult) -> CallResult:
    """The analysis failed: the redacted transcript is there all the same."""
    error = ErrorRecord("analyze", "LlmUnavailableError", "http://127.0.0.1:8000/v1 does not answer; start the server")
    return dataclasses.replace(call, status="partial", analysis=None, metrics=None, errors=(error,))


@pytest.fixture(scope="session")
def failed(silent: CallResult) -> CallResult:
    """Nothing could be decoded."""
    error = ErrorRecord("decode", "NotAudioError", "notes.wav holds no audio; received text; expected a recording")
    source = SourceInfo("notes.wav", "00" * 32, "unknown", "unknown", 0, 0, 0.0)
    return dataclasses.replace(
        silent, status="failed", source=source, errors=(error,), models=Models(None, None, None, None), timings={}
    )


@pytest.fixture(scope="session")
def hour(call: CallResult) -> CallResult:
    """An hour of five speakers, about 10,000 words in 500 utterances."""
    utterances = []
    for index in range(500):
        text = " ".join(LINES[(index + step) % len(LINES)][4].split("<")[0].strip() for step in range(3))
        text = f"{text} {index}"
        start_s = 7.2 * index
        words = timed_words(text, start_s, start_s + 6.5)
        speaker = f"S{index % 5 + 1}"
        role = ROLES.get(speaker, "unknown")
        utterances.append(ResultUtterance(index, speaker, role, start_s, start_s + 6.5, text, "neutral", words))
    source = dataclasses.replace(call.source, duration_s=3600.0)
    return dataclasses.replace(
        call, call_id="an-hour", source=source, speakers=(), utterances=tuple(utterances), redactions=(), metrics=None
    )


@pytest.fixture(scope="session")
def make_call(call: CallResult) -> Callable[[Sequence[ResultUtterance]], CallResult]:
    """A call of these utterances, with nothing around them."""

    def make(utterances: Sequence[ResultUtterance], redactions: Sequence[Redaction] = ()) -> CallResult:
        return dataclasses.replace(
            call,
            speakers=(),
            utterances=tuple(utterances),
            redactions=tuple(redactions),
            analysis=None,
            metrics=None,
            original=None,
        )

    return make


@pytest.fixture(scope="session")
def mp3() -> bytes:
    """A quiet tone as long as the call, as the engine's encoder would hand it over."""
    import av

    rate = 16_000
    seconds = np.arange(int(DURATION_S * rate)) / rate
    samples = (0.05 * np.sin(2 * np.pi * 220 * seconds) * 32767).astype(np.int16)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=rate, layout="mono")
        stream.bit_rate = 32_000
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16p", layout="mono")
        frame.sample_rate = rate
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return buffer.getvalue()
