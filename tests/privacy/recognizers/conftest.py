"""One filter for the entities that word lists find, so that each table also shows which entity wins a place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.privacy import PrivacyFilter
from engine.types import Language, Transcript, Utterance

LISTED = (
    "blood_type",
    "drug",
    "event",
    "gender_sexuality",
    "injury",
    "language",
    "location",
    "medical_condition",
    "medical_process",
    "nationality",
    "occupation",
    "organization",
    "person_name",
    "political_affiliation",
    "religion",
)


@pytest.fixture(scope="session")
def values(found: Callable[..., list[tuple[str, str]]]) -> Callable[[str, str], list[str]]:
    """`values(entity, text)`: what is found as that entity when all of LISTED are looked for."""

    def find(entity: str, text: str) -> list[str]:
        return [value for name, value in found(text, *LISTED) if name == entity]

    return find


@pytest.fixture(scope="session")
def answered(privacy_filter: PrivacyFilter) -> Callable[[str, str], str]:
    """`answered(question, answer)`: the redacted answer of a customer to an agent's question."""

    def redact(question: str, answer: str) -> str:
        turns = (
            Utterance(0, "A", "agent", None, None, question),
            Utterance(1, "B", "customer", None, None, answer),
        )
        return privacy_filter.redact(Transcript(Language("en", 1.0), (), turns)).utterances[1].text

    return redact
