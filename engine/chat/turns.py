"""Turns of a chat -> Transcript. Names stay behind: they are personal data."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from engine.analysis_types import Role
from engine.chat.names import NameMask, role_of
from engine.errors import InputError, UnknownNameError
from engine.roles import with_roles
from engine.types import Language, Speaker, Transcript, Utterance


@dataclass(frozen=True, slots=True)
class ChatTurn:
    """One message. `speaker` is a name, a role or an id; `start_s`: seconds after the first message, or into the
    recording where it was spoken, and only then is there an `end_s`."""

    speaker: str
    text: str
    start_s: float | None = None
    end_s: float | None = None
    role: Role = "unknown"


def from_turns(turns: Sequence[ChatTurn], language: str, mask_names: bool = True) -> Transcript:
    """The transcript of a chat: speakers "S1", "S2" … in order of appearance, an utterance a turn with text.

    A name that states a role decides it, the other roles are decided from what is said. Names of speakers become
    [PERSON_NAME_n] wherever the text has them, unless `mask_names` is off. Raises InputError where no turn has text or
    times are impossible.
    """
    spoken = [(number, turn) for number, turn in enumerate(turns, start=1) if turn.text.strip()]
    if not spoken:
        raise InputError("the chat has no text", expected="at least one message")
    ids: dict[str, str] = {}
    known: dict[str, Role] = {}
    for number, turn in spoken:
        _check(number, turn)
        speaker = ids.setdefault(_key(turn), f"S{len(ids) + 1}")
        if known.get(speaker, "unknown") == "unknown":
            known[speaker] = turn.role if turn.role != "unknown" else role_of(turn.speaker)
    names = [turn.speaker for _, turn in spoken] if mask_names else []
    mask = NameMask(names, [turn.text for _, turn in spoken])
    utterances = tuple(
        Utterance(i, ids[_key(turn)], "unknown", turn.start_s, turn.end_s, mask.masked(_clean(turn.text)))
        for i, (_, turn) in enumerate(spoken)
    )
    talk_s = _talk_times_s(utterances)
    speakers = tuple(Speaker(speaker, "unknown", None, talk_s[speaker]) for speaker in ids.values())
    return with_roles(Transcript(Language(language, 1.0), speakers, utterances), known)


def _key(turn: ChatTurn) -> str:
    return " ".join(turn.speaker.casefold().split())


def _clean(text: str) -> str:
    """Without half characters, which no file can hold."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text.strip())


def _check(number: int, turn: ChatTurn) -> None:
    if turn.role not in get_args(Role):
        raise UnknownNameError(f"role of turn {number}", turn.role, get_args(Role))
    times = [time for time in (turn.start_s, turn.end_s) if time is not None]
    if not all(0.0 <= time < float("inf") for time in times) or times != sorted(times):
        raise InputError(
            f"times of turn {number}", received=f"{turn.start_s} to {turn.end_s}", expected="seconds, start before end"
        )


def _talk_times_s(utterances: Sequence[Utterance]) -> dict[str, float]:
    """By speaker."""
    lengths: dict[str, list[float]] = {utterance.speaker: [] for utterance in utterances}
    for utterance in utterances:
        if utterance.start_s is not None and utterance.end_s is not None:
            lengths[utterance.speaker].append(utterance.end_s - utterance.start_s)
    return {speaker: math.fsum(each) for speaker, each in lengths.items()}
