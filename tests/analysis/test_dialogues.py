"""The labelled dialogues that the analysis is measured on: their labels name what exists."""

from __future__ import annotations

from typing import get_args

import pytest

from benchmarks.dialogues import Dialogue, read_dialogues
from engine.analysis.checklists import load_checklist
from engine.analysis_types import RiskKind, Role

SETS = {name: read_dialogues(name) for name in ("development", "blind")}


def test_there_are_enough_and_none_twice() -> None:
    assert {name: len(dialogues) for name, dialogues in SETS.items()} == {"development": 17, "blind": 17}
    assert len({dialogue.id for dialogues in SETS.values() for dialogue in dialogues}) == 34


@pytest.mark.parametrize(
    "dialogue", [each for dialogues in SETS.values() for each in dialogues], ids=lambda each: each.id
)
def test_the_labels_name_what_exists(dialogue: Dialogue) -> None:
    questions = {question.id for question in load_checklist("service-quality").questions}
    assert set(dialogue.answers) <= questions
    assert dialogue.risks <= set(get_args(RiskKind))
    assert all("{" not in utterance.text for utterance in dialogue.transcript.utterances)
    for item in dialogue.items:
        assert item.who in get_args(Role)
        assert item.due in dialogue.transcript.utterances[item.utterance].text
