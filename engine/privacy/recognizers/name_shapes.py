"""What makes a name of a person: which tokens can be part of one, and where it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from functools import cache
from typing import NamedTuple

from engine.privacy.recognizers.lexicon import is_common, phrases_of, words
from engine.privacy.recognizers.name_cues import ANY_WORD, LISTED, PRESENTED, SPEAKING, STATED, Trust
from engine.privacy.recognizers.tokens import Token


class Name(NamedTuple):
    """Tokens `first`..`last` name a person."""

    first: int
    last: int
    score: float


class Kind(Enum):
    """What a token can be. A NAME is on the lists (or ends as surnames do) and means nothing else; a WORD is there too,
    but is an everyday word; a RARE one is on no list at all; NONE is no part of a name."""

    NONE = 0
    NAME = 1
    WORD = 2
    RARE = 3


_MOST_WORDS = 5
_PARTICLES = frozenset(
    "van von der den de da das dos du di del della la le el al bin bint ibn ben abu ter ten zu y e o mac st san".split()
)
_SUFFIXES = frozenset("jr sr junior senior ii iii iv phd md esq dds rn cpa".split())
_NO_PEOPLE = ("countries", "regions", "cities", "companies")
"""Lists whose entries of two words and more are no names of people ("Sri Lanka", "Merrill Lynch")."""

_OF_ADDRESSES = frozenset("apt bldg ste ave blvd rd pkwy hwy apo fpo dpo uss usns uscgc usnv hms".split())
"""Words of addresses and ships that are on no list and yet no names."""

_AUXILIARIES = frozenset(("will", "may", "can"))
_ADJECTIVES = frozenset(
    "rich frank sunny rusty sandy misty christian sterling earnest clement junior august happy".split()
)
_MONTHS = frozenset(("april", "may", "june", "august"))
_SURNAME_ENDINGS = (
    "kumar", "krishnan", "moorthy", "murthy", "swamy", "swami", "lakshmi", "priya", "sekaran", "nathan", "raju",
    "enko", "ovich",
    "evich", "ović", "ović", "ević", "opoulos", "escu", "shvili", "oglu", "oğlu", "sson", "dottir", "wicz", "owski",
    "ewski",
    "inski", "owska", "ewska", "qvist", "ashvili", "ullah", "uddin",
)  # fmt: skip


def kind(token: Token) -> Kind:
    return Kind.NONE if len(token.word) < 2 else _kind(token.stem)


def named(tokens: Sequence[Token], first: int, trust: Trust) -> Iterator[Name]:
    """The name that begins with token `first` after a cue of this trust, if one does."""
    score = _score(tokens, first, trust)
    if not score and not _is_pair(tokens, first, trust):
        return
    last = _end(tokens, first, trust)
    if trust is LISTED and last > first and phrases_of(*_NO_PEOPLE).at(tokens, first) >= last:
        return
    after = next_token(tokens, last)
    closed = (
        after is not None
        and after.joined
        and after.word in words("strong_streets", "organization_suffixes", "legal_forms")
    )
    if not closed or trust is STATED:
        yield Name(first, last, max(score, 0.75) if last > first else score)


def next_token(tokens: Sequence[Token], index: int) -> Token | None:
    """The token after `index` on the same line."""
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    return after if after and after.line == tokens[index].line else None


def is_end(after: Token | None) -> bool:
    """Whether a clause or the turn ends before the token `after` (None: the turn does)."""
    return after is None or not after.joined


@cache
def _kind(stem: str) -> Kind:
    if stem in words("function_words") or stem in _OF_ADDRESSES or not stem.replace("'", "").isalpha():
        return Kind.NONE
    if stem in words("given_names", "surnames"):
        return Kind.WORD if stem in words("common_words") else Kind.NAME
    if stem in _others() or is_common(stem):
        return Kind.NONE
    return Kind.NAME if stem.endswith(_SURNAME_ENDINGS) else Kind.RARE


def _score(tokens: Sequence[Token], first: int, trust: Trust) -> float:
    """How sure token `first` alone is a name after a cue of this trust; 0 if it is none."""
    token = tokens[first]
    match kind(token):
        case Kind.NAME:
            return _listed_score(token) if trust is LISTED else trust.listed
        case Kind.RARE:
            return trust.written if token.capital else trust.lower
        case Kind.WORD:
            return _word_score(token, next_token(tokens, first), trust)
    return 0.0


def _listed_score(token: Token) -> float:
    """The score of a name without a cue; a surname alone, or one that is a place too, says less."""
    if token.written and not token.capital:
        return 0.0
    if token.stem not in words("given_names"):
        return 0.45 if token.capital and token.stem not in _others() else 0.0
    return 0.45 if token.stem in _others() else LISTED.listed


def _word_score(token: Token, after: Token | None, trust: Trust) -> float:
    """The score of a name that is an everyday word: a capital, the end of the clause, or the next word must tell."""
    if trust is LISTED:
        barred = token.stem in _MONTHS or token.stem in _others() or token.stem not in words("given_names")
        alone = is_end(after) or (after is not None and not after.capital)
        return 0.5 if token.capital and not token.opening and alone and not barred else 0.0
    if trust in (PRESENTED, SPEAKING) and not (token.capital or token.stem in words("given_names") - _ADJECTIVES):
        return 0.0
    follows = after is not None and after.word in trust.before
    told = token.capital or is_end(after) or ((follows or trust.before is ANY_WORD) and token.word not in _AUXILIARIES)
    return trust.listed - 0.1 if told else 0.0


def _is_pair(tokens: Sequence[Token], first: int, trust: Trust) -> bool:
    """Whether an everyday word begins a full name: "Mark Johnson", "grace okafor"."""
    token, after = tokens[first], next_token(tokens, first)
    if kind(token) is not Kind.WORD or token.stem not in words("given_names") or after is None or not after.joined:
        return False
    if token.capital:
        return after.capital and kind(after) in (Kind.NAME, Kind.RARE) and after.stem not in _others()
    surname = kind(after) is Kind.NAME and after.stem not in words("given_names") | _others()
    return surname and not after.capital and (token.word not in _AUXILIARIES or trust is STATED)


def _end(tokens: Sequence[Token], first: int, trust: Trust) -> int:
    """Index of the last token of the name that begins with token `first`."""
    last = first
    for index in range(first + 1, min(first + _MOST_WORDS, len(tokens))):
        token = tokens[index]
        if not token.joined or tokens[index - 1].stem != tokens[index - 1].word:
            break
        if token.word in _SUFFIXES:
            return index
        initial = len(token.word) == 1 and token.word not in "iau"
        if _continues(tokens, index, trust, first) or (initial and (trust is STATED or token.capital)):
            last = index
        elif token.word not in _PARTICLES and not initial:
            break
    return last


def _continues(tokens: Sequence[Token], index: int, trust: Trust, first: int) -> bool:
    """Whether token `index` goes on with the name that began with token `first`."""
    token = tokens[index]
    if token.word in words("strong_streets", "organization_suffixes", "legal_forms"):
        return False
    given = tokens[first].stem in words("given_names")
    match kind(token):
        case Kind.NAME:
            return token.capital or not token.written
        case Kind.RARE:
            return token.capital or (not token.written and (given or trust.lower > 0))
        case Kind.WORD:
            after = next_token(tokens, index)
            surname = token.stem in words("surnames")
            ends = is_end(after) or (after is not None and after.word in words("function_words"))
            return surname and (token.capital or (not token.written and ends))
    return trust is STATED and token.capital and token.word.isalpha() and token.word not in words("function_words")


@cache
def _others() -> frozenset[str]:
    """Words with a capital that are no names of people."""
    return words(
        "countries", "regions", "cities", "nationalities", "languages", "religions", "companies", "us_state_codes"
    )
