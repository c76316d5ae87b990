"""Who does what, and when: deeds and promises of the operator, and what is to happen after the call, as quotes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from engine.analysis.conversation import QUOTE_CHARS, Conversation, Sentence
from engine.analysis.lexicon import Lexicon
from engine.analysis.phrases import Match
from engine.analysis_types import ActionItem, Role

MAX_ITEMS = 6
"""Of each kind."""

Kind = Literal["action", "follow_up"]


class _Deed(NamedTuple):
    """What a cue tells: the kind of item, who does it, and where the cue stands."""

    kind: Kind
    who: Role
    cue: Match[str]


def action_items(conversation: Conversation) -> tuple[ActionItem, ...]:
    """What is said to be done or to be done later, in the order of the call.

    An action: what the operator did or promised. A follow-up: what is to come after the call (a call-back, a delivery,
    a visit), what the customer is asked to do, and what the customer promises.
    """
    items: dict[tuple[str, Kind, Role], ActionItem] = {}
    for sentence in conversation.sentences:
        deeds = [] if sentence.is_question else sorted(_deeds(sentence), key=lambda deed: deed.cue.start)
        for deed, due in zip(deeds, _times(sentence, deeds, conversation.lexicon), strict=True):
            text = sentence.quote(QUOTE_CHARS, deed.cue.key)
            item = ActionItem(text, deed.who, due, deed.kind, (sentence.utterance,))
            items.setdefault((text, deed.kind, deed.who), item)
    return _limited(tuple(items.values()))


def texts(items: Sequence[ActionItem], kind: Kind) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item.text for item in items if item.kind == kind))


def _deeds(sentence: Sentence) -> Iterator[_Deed]:
    """What the cues of a sentence tell. Words that tell of something to come tell of no deed."""
    cues = sentence.cues
    if sentence.role == "customer":
        if "commitment" in cues:
            yield _Deed("follow_up", "customer", cues["commitment"])
        return
    doer: Role = sentence.role
    asked: Role = "customer" if doer == "agent" else "unknown"
    coming = [_Deed("follow_up", who, cues[cue]) for cue, who in (("follow_up", doer), ("task", asked)) if cue in cues]
    if "formula" in cues:  # "please hold while I check" asks nothing of anybody
        coming = [deed for deed in coming if not _overlap(deed.cue, cues["formula"])]
    for cue in ("done", "commitment"):
        if cue in cues and not any(_overlap(cues[cue], other.cue) for other in coming):
            yield _Deed("action", doer, cues[cue])
            break
    yield from coming


def _overlap(one: Match[str], other: Match[str]) -> bool:
    return one.start < other.stop and other.start < one.stop


def _times(sentence: Sentence, deeds: Sequence[_Deed], lexicon: Lexicon) -> Iterator[str | None]:
    """When each deed is due, in the words of the call: the first time given between its cue and the next one; where
    there is but one deed, any time before it."""
    spans = _joined(lexicon.deadlines.find(sentence.tokens)) if deeds else []
    borders = [*(deed.cue.start for deed in deeds), len(sentence.tokens)]
    for start, stop in itertools.pairwise(borders):
        inside = [span for span in spans if start < span[1] and span[0] < stop]
        chosen = inside[:1] or (spans[-1:] if len(deeds) == 1 else [])
        yield sentence.words(*chosen[0]) if chosen else None


def _joined(matches: Iterator[Match[str]]) -> list[tuple[int, int]]:
    """Matches that overlap or follow one another at once, as one span: "on Tuesday" "at ten"."""
    spans: list[tuple[int, int]] = []
    for _, start, stop in matches:
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(stop, spans[-1][1]))
        else:
            spans.append((start, stop))
    return spans


def _limited(items: tuple[ActionItem, ...]) -> tuple[ActionItem, ...]:
    kept = {
        id(item)
        for kind in ("action", "follow_up")
        for item in [each for each in items if each.kind == kind][:MAX_ITEMS]
    }
    return tuple(item for item in items if id(item) in kept)
