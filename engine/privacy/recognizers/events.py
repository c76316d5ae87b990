"""Events with a name: holidays, festivals, sport, wars, disasters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.privacy.recognizers.base import Rule, finder_recognizer
from engine.privacy.recognizers.finders import Frame, either, in_lines, listed
from engine.privacy.recognizers.lexicon import words

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_AT_THE_TIME = Frame(
    0.7,
    r"\b(?:for|during|before|after|until|since|on|at|by|over|around|celebrat\w+|happy|watch\w*|won|of|attend\w*|to|"
    r"past|this|last|next|observ\w+)(?: the| this| last| next| (?:19|20)\d\d)* ",
    r"(?! (?:an?|me|the|my|card|plan|phone|us|contract|account|number|bill|one)\b)",
)
_KINDS = (
    "Festival", "Marathon", "Olympics", "Parade", "Summit", "Expo", "Championship", "Championships", "Cup", "Games",
    "Carnival",
    "Derby", "Prix", "Awards", "War", "Revolution", "Massacre", "Earthquake", "Tsunami", "Uprising", "Genocide",
    "Referendum",
    "Conference", "Convention", "Biennale", "Regatta",
)  # fmt: skip
_WRITTEN = (
    Rule(
        rf"\b[A-Z][\w'’]+ (?:(?:[A-Z][\w'’]+|of|the|and) ){{0,2}}?(?:{'|'.join(_KINDS)})\b(?: (?:of )?\d{{4}})?",
        0.7,
        cased=True,
    ),
    Rule(r"\b(?:Battle|Siege|Treaty|Fall|Feast|War) of (?:the )?[A-Z]\w+(?: [A-Z]\w+)?", 0.7, cased=True),
)
_NO_STORM = either(
    "in, on, and, or, is, was, has, had, damage, damaged, coverage, insurance, season, warning, policy, claim",
    "deductible, drain, door, window, came, hit, that, last, outage, related, shelter, surge, fan, lamp, knocked, took",
    "blew, i, we, my, caused, with",
)
_STORMS = (
    Rule(rf"\b(?:hurricane|typhoon|cyclone|(?:tropical )?storm) (?!{_NO_STORM}\b)[a-z]{{3,}}\b", 0.65),
    Rule(r"\b(?:super ?bowl|world cup|olympics|olympic games|euro|wrestlemania) (?:\d{2,4}|[xvil]{2,})\b", 0.8),
)


def recognizers() -> list[EntityRecognizer]:
    plain = words("plain_events")
    kinds = (*map(str.lower, _KINDS), "battle", "siege", "treaty", "fall", "feast")
    storms = (
        "hurricane",
        "typhoon",
        "cyclone",
        "storm",
        "super",
        "superbowl",
        "world",
        "olympics",
        "euro",
        "wrestlemania",
    )
    return [
        finder_recognizer("event", listed([(words("events") - plain, 0.75), (plain, 0.0)], [_AT_THE_TIME])),
        finder_recognizer("event", in_lines(kinds, *_WRITTEN, check=_is_name)),
        finder_recognizer("event", in_lines(storms, *_STORMS)),
    ]


def _is_name(find: str) -> bool:
    """Whether a word with a capital is more than the opening of a sentence ("The Conference")."""
    return find.split()[0].lower() not in words("organization_modifiers", "function_words")
