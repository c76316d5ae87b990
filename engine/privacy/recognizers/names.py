"""Names of people: after what introduces them, as answers to "your name, please?", from lists, and spelled out.

A word that is also an everyday word ("will", "grace", "mark") is a name only where the words around it say so. Lines in
lower case, as some speech recognizers write them, are judged by the words alone. Unknown names count after a cue.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from engine.privacy.recognizers.base import Find, Rule, finder_recognizer, recognizer
from engine.privacy.recognizers.lexicon import words
from engine.privacy.recognizers.name_cues import (
    LISTED,
    LOOSELY_TITLED,
    PRESENTED,
    SPEAKING,
    STATED,
    TITLED,
    Trust,
    cues,
    questions,
)
from engine.privacy.recognizers.name_shapes import Kind, Name, is_end, kind, named, next_token
from engine.privacy.recognizers.tokens import Token, tokenize

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_FILLERS = frozenset(
    "um uh er erm ah oh eh mm hm hmm like so well yes yeah yep sure okay ok it it's its is the that that's my name "
    "i'm im i am this speaking certainly absolutely of course hi hello actually just would be here mr mrs ms dr miss "
    "mister and".split()
)
_SPEAKS = frozenset(("speaking", "calling", "here", "from", "with", "at"))
_OF_A_PLACE = frozenset(
    "st saint san santa santo fort port mount mt lake new hurricane storm los las el north south east west".split()
)
_LETTER_AS = re.compile(r"\b[a-z] (?:as in|is in|like in|for|like) ?\Z|\b(?:as in|like in) ?\Z", re.IGNORECASE)
_AFTER_ANSWER = frozenset("and my password account number phone date the i social last card address email with".split())
_OWNED = frozenset(
    "account phone number name email address card policy birthday order wife husband daughter son mother father house "
    "home line bill password social plan appointment".split()
)
_SAID_TO = frozenset("can could may i thank thanks this please let is are how you what if we do did".split())
_LETTERS = r"(?P<value>[A-Z]{3,}(?:[ ,-]+[A-Z]{2,})*)\b"
_SPELLED = (
    Rule(rf"\b(?:[Nn]ame|[Ss]pell(?:ed|ing|s|t)?|[Ss]urname)\b[^\n]{{0,60}}?\b{_LETTERS}", 0.75, cased=True),
    Rule(rf"\b(?:[Nn]ame|[Ss]pell(?:ed|ing|s|t)?|[Ss]urname)\b[^\n]*\n[^\n]{{0,40}}?\b{_LETTERS}", 0.75, cased=True),
    Rule(
        r"\b(?:name|spell(?:ed|ing|s|t)?|surname)\b[^\n]{0,60}?(?P<value>(?<![\w'’])[a-z](?:[ .,-]{1,2}[a-z]\b){2,})",
        0.75,
    ),
)


def recognizers() -> list[EntityRecognizer]:
    return [
        finder_recognizer("person_name", _find),
        recognizer("person_name", *_SPELLED, needs=r"\b(?:name|surname|spell)"),
    ]


def _find(text: str) -> Iterator[Find]:
    tokens = tokenize(text)
    best = {name.first: name for name in sorted(_told(text, tokens), key=lambda name: name.score)}
    taken = {index for name in best.values() for index in range(name.first, name.last + 1)}
    listed = (name for name in (*_listed(text, tokens), *_whole_turns(tokens)) if name.first not in taken)
    found = [*best.values(), *listed]
    for name in (*found, *_again(tokens, found)):
        yield Find(tokens[name.first].start, tokens[name.last].stem_end, name.score)


# --- told by what stands around ---------------------------------------------------------------------------------------


def _told(text: str, tokens: Sequence[Token]) -> Iterator[Name]:
    """Names that a cue before them, a word after them, or a question in the turn before announces."""
    starts = [token.start for token in tokens]
    for end, trust in cues(text, tokens):
        first = bisect_left(starts, end)
        if trust is STATED:
            first = _skip_fillers(tokens, first)
        if first < len(tokens) and _is_near(text[end : tokens[first].start], trust):
            yield from named(tokens, first, trust)
            if trust in (PRESENTED, SPEAKING):
                yield from _announced(tokens, first)
    for end in questions(text, tokens):
        yield from _answer(tokens, bisect_left(starts, end))
    for index, token in enumerate(tokens):
        if token.word == "speaking" and index:
            yield from _announced(tokens, index - 1)
        elif _is_owner_or_addressed(token, next_token(tokens, index)) and kind(token) is Kind.RARE:
            yield Name(index, index, 0.6)


def _is_owner_or_addressed(token: Token, after: Token | None) -> bool:
    """Whether a word is the owner of what follows ("Vinka's address") or is spoken to ("Vinka, can you")."""
    if after is None or (token.written and not token.capital):
        return False
    if token.stem != token.word:
        return after.word in _OWNED
    return token.capital and token.opening and not after.joined and not after.opening and after.word in _SAID_TO


def _is_near(gap: str, trust: Trust) -> bool:
    """Whether a name may follow after the characters between cue and word."""
    if gap == ". ":
        return trust in (TITLED, LOOSELY_TITLED)
    return len(gap) <= (40 if trust is STATED else 4) and not set(gap) & set("\n?!;")


def _skip_fillers(tokens: Sequence[Token], first: int) -> int:
    """Index of the first token from `first` on that is more than "um", "yes", "it's" ..., within the line."""
    index = first
    while index < len(tokens) and tokens[index].line == tokens[first].line and tokens[index].word in _FILLERS:
        index += 1
    return index


def _answer(tokens: Sequence[Token], first: int) -> Iterator[Name]:
    """The name that a turn gives as its answer."""
    start = _skip_fillers(tokens, first)
    if start == len(tokens) or tokens[start].line != tokens[first].line:
        return
    for name in named(tokens, start, STATED):
        after = next_token(tokens, name.last)
        if is_end(after) or (after and (after.word in _AFTER_ANSWER or after.word[0].isdigit())):
            yield name


def _announced(tokens: Sequence[Token], first: int) -> Iterator[Name]:
    """Unknown names of up to three words before "speaking", "calling", "from" ..."""
    last = first
    while last + 1 < len(tokens) and last - first < 3 and _may_be_name(tokens[last]) and tokens[last + 1].joined:
        last += 1
    if last > first and tokens[last].word in _SPEAKS:
        yield Name(first, last - 1, 0.8)


def _may_be_name(token: Token) -> bool:
    match kind(token):
        case Kind.NONE:
            return False
        case Kind.WORD:
            return token.capital
    return token.capital or not token.written


# --- told by the name itself ------------------------------------------------------------------------------------------


def _listed(text: str, tokens: Sequence[Token]) -> Iterator[Name]:
    """Names on the lists, wherever they stand."""
    position = 0
    for index, token in enumerate(tokens):
        if index < position or kind(token) not in (Kind.NAME, Kind.WORD):
            continue
        of_a_place = index > 0 and token.joined and tokens[index - 1].word in _OF_A_PLACE
        if of_a_place or _LETTER_AS.search(text, max(0, token.start - 12), token.start):
            continue
        for name in named(tokens, index, LISTED):
            yield _doubtful(text, tokens, name) or _from_start(tokens, name)
            position = name.last + 1


def _doubtful(text: str, tokens: Sequence[Token], name: Name) -> Name | None:
    """A surname of two parts alone ("Ellis-Ingram"), with little trust: so are firms called."""
    parts = tokens[name.first : name.last + 1]
    written = text[parts[0].start : parts[-1].stem_end]
    before = tokens[name.first - 1] if name.first else None
    alone = before is None or not parts[0].joined or before.opening or not before.capital
    firm = "-" in written and " " not in written and all(part.stem in words("surnames") for part in parts)
    return name._replace(score=0.45) if alone and firm else None


def _from_start(tokens: Sequence[Token], name: Name) -> Name:
    """The name with the initials or unknown given names that stand before it: "J. P. Morgan", "Sadhana Kumar"."""
    first = name.first
    while first and name.first - first < 2 and tokens[first].joined:
        token = tokens[first - 1]
        initial = len(token.word) == 1 and token.capital and token.word != "i"
        unknown = kind(token) is Kind.RARE and _may_be_name(token) and tokens[name.first].stem in words("surnames")
        if not (initial or unknown):
            break
        first -= 1
    return Name(first, name.last, max(name.score, 0.7)) if first < name.first else name


def _whole_turns(tokens: Sequence[Token]) -> Iterator[Name]:
    """Turns that are nothing but a name, of which a part is on the lists, and numbers ("shabdh roy 2564")."""
    position = 0
    for _, group in groupby(tokens, key=lambda token: token.line):
        line = list(group)
        said = [token for token in line if token.word[0].isalpha() and token.word not in ("and", "yes", "hi", "sir")]
        kinds = [kind(token) for token in said] if len(said) <= 3 else []
        if Kind.NAME in kinds and Kind.NONE not in kinds:
            yield Name(position + line.index(said[0]), position + line.index(said[-1]), 0.6)
        position += len(line)


def _again(tokens: Sequence[Token], found: Sequence[Name]) -> Iterator[Name]:
    """The words of names that were sure once, wherever they come back."""
    taken = {index for name in found for index in range(name.first, name.last + 1)}
    sure = {
        token.stem
        for name in found
        if name.score >= 0.75
        for token in tokens[name.first : name.last + 1]
        if len(token.stem) > 2 and kind(token) is not Kind.NONE
    }
    for index, token in enumerate(tokens if sure else ()):
        if token.stem in sure and index not in taken:
            spelled = token.capital and not token.opening
            if spelled or (kind(token) is not Kind.WORD and (token.capital or not token.written)):
                yield Name(index, index, 0.7)
