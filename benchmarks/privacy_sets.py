"""The sets that bench_privacy.py measures with, read where they lie; none of their text enters the project."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

PRESIDIO = "presidio_research_generated_large.json"
MULTIDOGO = ("fastfood", "finance", "software")
CLEAN = Path(__file__).parent / "text" / "clean_business.txt"
HELD_OUT = Path(__file__).parent / "text" / "held_out_calls.txt"
_MARKED = re.compile(r"\[([^]|]+)\|([a-z_]+)\]")

# Labels of presidio-research as our entities; a label that is not here is neither wanted nor counted as wrong.
PRESIDIO_ENTITIES = {
    "PERSON": "person_name",
    "ADDRESS": "location",
    "LOCATION": "location",
    "ORGANIZATION": "organization",
    "CREDIT_CARD": "credit_card_number",
    "PHONE_NUMBER": "phone_number",
    "EMAIL_ADDRESS": "email_address",
    "US_SSN": "us_social_security_number",
    "IBAN_CODE": "banking_information",
    "DOMAIN_NAME": "url",
    "TITLE": "occupation",
    "US_DRIVER_LICENSE": "drivers_license",
    "IP_ADDRESS": "ip_address",
    "DATE_TIME": "date",
}
# Slots of MultiDoGO that are personal data; others (food items, sizes, quantities) are not.
PERSONAL_SLOTS = {
    "name",
    "phonenumber",
    "card_number",
    "ssn",
    "email",
    "account_number",
    "address",
    "password",
    "company_name",
}
_DIGITS = "zero one two three four five six seven eight nine".split()


class Label(NamedTuple):
    """Characters `start`..`end` of a text are labelled `name`."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Labelled:
    """One turn or text with its labels, in order."""

    text: str
    labels: tuple[Label, ...]


def presidio_sentences(folder: Path) -> list[Labelled]:
    """presidio-research's generated sentences, labels as our entities."""
    sentences = []
    for sample in json.loads((folder / PRESIDIO).read_text("utf-8")):
        labels = [
            Label(PRESIDIO_ENTITIES[span["entity_type"]], span["start_position"], span["end_position"])
            for span in sample["spans"]
            if span["entity_type"] in PRESIDIO_ENTITIES
        ]
        sentences.append(Labelled(sample["full_text"], tuple(sorted(labels, key=lambda label: label.start))))
    return sentences


def multidogo_calls(folder: Path) -> list[list[Labelled]]:
    """MultiDoGO's conversations (the customer's turns only, as published) without rows whose labels do not fit."""
    calls = defaultdict(list)
    for domain in MULTIDOGO:
        with (folder / f"multidogo_{domain}.tsv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE, restval=""):
                slots = row["slot-labels"].split()
                words = list(re.finditer(r"\S+", row["utterance"]))
                if len(slots) == len(words):
                    spans = [Label(slot, *word.span()) for slot, word in zip(slots, words, strict=True) if slot != "O"]
                    calls[row["conversationId"]].append(Labelled(row["utterance"], tuple(_joined(spans))))
    return list(calls.values())


def spoken(turn: Labelled) -> Labelled:
    """The turn as a speech recognizer writes it: no capitals, no punctuation, every digit a word."""
    text, labels = "", [(label, [0, 0]) for label in turn.labels]
    for position, character in enumerate(turn.text):
        written = _spoken_character(character, text)
        for label, span in labels:
            if position == label.start:
                span[0] = len(text) + (len(written) - len(written.lstrip()))
        text += written
        for label, span in labels:
            if position == label.end - 1:
                span[1] = len(text.rstrip())
    kept = tuple(Label(label.name, start, end) for label, (start, end) in labels if start < end)
    return Labelled(text, kept)


def held_out_calls() -> list[Labelled]:
    """This project's own sentences of calls, `[text|entity]` where a span is; nothing is tuned on them."""
    lines = HELD_OUT.read_text("utf-8").splitlines()
    return [_unmarked(line) for line in lines if line and not line.startswith("#")]


def _unmarked(line: str) -> Labelled:
    text, labels, position = "", [], 0
    for match in _MARKED.finditer(line):
        text += line[position : match.start()]
        labels.append(Label(match[2], len(text), len(text) + len(match[1])))
        text += match[1]
        position = match.end()
    return Labelled(text + line[position:], tuple(labels))


def clean_text() -> list[str]:
    """Business text of this project's own without personal data, one paragraph a turn."""
    return [line for line in CLEAN.read_text("utf-8").splitlines() if line.strip()]


def _spoken_character(character: str, before: str) -> str:
    gap = "" if not before or before.endswith(" ") else " "
    if character.isascii() and character.isdigit():
        return f"{gap}{_DIGITS[int(character)]} "
    if character.isspace() or (not character.isalnum() and character not in "'’"):
        return gap
    return character.lower()


def _joined(labels: Sequence[Label]) -> list[Label]:
    """Neighbouring words with one slot as one label."""
    joined: list[Label] = []
    for label in labels:
        if joined and joined[-1].name == label.name and label.start - joined[-1].end == 1:
            joined[-1] = Label(label.name, joined[-1].start, label.end)
        else:
            joined.append(label)
    return joined
