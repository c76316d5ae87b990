"""Reading the labelled dialogues of `benchmarks/dialogues/`, which were written for this project.

    == id language sentiment resolution
    A: What the agent says. {greeting solution action(agent; by Friday)}
    C: What the customer says. {risk(churn)}

The labels of an utterance stand in braces behind it: ids of the questions of `service-quality` that it proves a yes to
(a question that no utterance proves is a no), risks, and action items (who; when, in the words of the call). An
`action` is what the agent does or takes upon himself in the call, a `follow_up` what is to happen after it: a delivery,
a visit, a letter, a call back, and what the customer is to do or says that he will do. A look-up within the call is
neither. The sentiment is the customer's over the whole call.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from engine.analysis_types import Resolution, RiskKind, Role, Sentiment
from engine.types import Language, RedactedTranscript, RedactedUtterance, Speaker

FOLDER = Path(__file__).parent / "dialogues"
ROLES: dict[str, Role] = {"A": "agent", "C": "customer"}
_LINE = re.compile(r"([AC]): (.*?)(?:\s*\{(.*)\})?")
_LABEL = re.compile(r"(\w+)(?:\(([^)]*)\))?")


@dataclass(frozen=True, slots=True)
class LabelledItem:
    """An action item: where it is said, "action" or "follow_up", who does it, and when ("" where nothing is said)."""

    utterance: int
    kind: str
    who: str
    due: str


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A call with its labels; `answers`: utterances that prove a yes, by question id."""

    id: str
    transcript: RedactedTranscript
    sentiment: Sentiment
    resolution: Resolution
    answers: dict[str, tuple[int, ...]]
    items: tuple[LabelledItem, ...]
    risks: frozenset[RiskKind]


def read_dialogues(name: str) -> list[Dialogue]:
    """The dialogues of `<name>.txt`; raises ValueError with the line that cannot be read."""
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    return [_dialogue(block.splitlines()) for block in text.split("\n== ")[1:]]


def _dialogue(lines: list[str]) -> Dialogue:
    name, language, sentiment, resolution = lines[0].split()
    if sentiment not in get_args(Sentiment) or resolution not in get_args(Resolution):
        raise ValueError(f"labels of {name}: {lines[0]}")
    said: list[RedactedUtterance] = []
    answers: dict[str, tuple[int, ...]] = {}
    items: list[LabelledItem] = []
    risks: list[RiskKind] = []
    for index, line in enumerate(filter(str.strip, lines[1:])):
        match = _LINE.fullmatch(line)
        if not match:
            raise ValueError(f"line {index} of {name}: {line}")
        letter, text, labels = match.groups(default="")
        said.append(RedactedUtterance(index, letter, ROLES[letter], 5.0 * index, 5.0 * index + 4, text))
        for label, inside in _LABEL.findall(labels):
            if label == "risk":
                risks.append(inside)
            elif label in ("action", "follow_up"):
                who, _, due = inside.partition("; ")
                items.append(LabelledItem(index, label, who, due))
            else:
                answers[label] = (*answers.get(label, ()), index)
    speakers = tuple(Speaker(letter, role, None, 0.0) for letter, role in ROLES.items())
    transcript = RedactedTranscript(Language(language, 1.0), speakers, tuple(said))
    return Dialogue(name, transcript, sentiment, resolution, answers, tuple(items), frozenset(risks))
