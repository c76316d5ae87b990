"""Names of people: after what introduces them, as answers to "your name, please?", from lists, and spelled out.

A word that is also an everyday word ("will", "grace", "mark") is a name only where the words around it say so. Lines in
lower case, as some speech recognizers write them, are judged by the words alone. Unknown names count after a cue.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from engine.privacy.recognizers.base import Find, Rule, finder_recognizer, recognizer
from engine.privacy.recognizers.lexicon import is_common, words
from engine.privacy.recognizers.name_cues import ANY_WORD, LISTED, LOOSELY_TITLED, PRESENTED, SPEAKING, STATED, TITLED, Trust, cues, questions
from engine.privacy.recognizers.tokens import Token, tokenize

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_MOST_WORDS = 5
_PARTICLES = frozenset(
    "van von der den de da das dos du di del della la le el al bin bint ibn ben abu ter ten zu y e o mac st san".split()  # noqa: SIM905
)
_SUFFIXES = frozenset("jr sr ii iii iv phd md esq dds rn cpa".split())  # noqa: SIM905
_FILLERS = frozenset(
    "um uh er erm ah oh eh mm hm hmm like so well yes yeah yep sure okay ok it it's its is the that that's my name i'm im i am this "
    "speaking certainly absolutely of course hi hello actually just would be here mr mrs ms dr miss mister".split()  # noqa: SIM905
)
_AUXILIARIES = frozenset(("will", "may", "can"))
_SPEAKS = frozenset(("speaking", "calling", "here", "from", "with", "at"))
_OF_A_PLACE = frozenset("st saint san santa santo fort port mount mt lake new hurricane storm los las el north south east west".split())  # noqa: SIM905
_SPELLING_CUE = re.compile(r"\b[a-z] (?:as in|is in|like in|for|like)\Z|\b(?:as in|like in)\Z", re.IGNORECASE)
_AFTER_ANSWER = frozenset("and my ssn account password number phone date the i social last card address email with dob".split())  # noqa: SIM905


class Name(NamedTuple):
    """Tokens `first`..`last` name a person."""

    first: int
    last: int
    score: float


def recognizers() -> list[EntityRecognizer]:
    spelled = (
        Rule(
            r"\b(?:name|spell(?:ed|ing|s|t)?|surname)\b[^\n]{0,60}?\b(?P<value>[A-Z]{3,}(?:[ ,-]+[A-Z]{2,})*)\b", 0.75, cased=True
        ),
        Rule(
            r"\b(?:name|[Ss]pell(?:ed|ing|s|t)?|surname)\b[^\n]*\n[^\n]{0,40}?\b(?P<value>[A-Z]{3,}(?:[ ,-]+[A-Z]{2,})*)\b",
            0.75,
            cased=True,
        ),
        Rule(r"\b(?:name|spell(?:ed|ing|s|t)?|surname)\b[^\n]{0,60}?(?P<value>\b[a-z](?:[ .,-]{1,2}[a-z]\b){2,})", 0.75),
    )
    return [
        finder_recognizer("person_name", _find, context=("name", "surname", "cardholder", "account holder", "spelled")),
        recognizer("person_name", *spelled, needs=r"\b(?:name|surname|spell)"),
    ]


def _find(text: str) -> Iterator[Find]:
    tokens = tokenize(text)
    names = {name.first: name for name in sorted(_after_cues(text, tokens), key=lambda name: name.score)}
    taken = {index for name in names.values() for index in range(name.first, name.last + 1)}
    listed = [name for name in _listed(text, tokens) if name.first not in taken]
    found = [*names.values(), *listed]
    for name in (*found, *_again(tokens, found)):
        yield Find(tokens[name.first].start, tokens[name.last].stem_end, name.score)


# --- where names are looked for ---------------------------------------------------------------------------------------


def _after_cues(text: str, tokens: Sequence[Token]) -> Iterator[Name]:
    """Names that a cue before them, a "speaking" after them, or a question in the turn before announces."""
    starts = [token.start for token in tokens]
    for end, trust in cues(text, tokens):
        first = _skip_fillers(tokens, bisect_left(starts, end)) if trust is STATED else bisect_left(starts, end)
        if first < len(tokens) and _near(text[end : tokens[first].start], trust):
            yield from _named(tokens, first, trust)
            if trust in (PRESENTED, SPEAKING):
                yield from _announced(tokens, first)
    for end in questions(text, tokens):
        yield from _answer(tokens, bisect_left(starts, end))
    for index, token in enumerate(tokens):
        if token.word == "speaking" and token.line == tokens[index - 1].line:
            yield from _announced(tokens, max(0, index - 2))
            yield from _announced(tokens, max(0, index - 1))


def _near(gap: str, trust: Trust) -> bool:
    """Whether a name may follow after the characters between cue and word."""
    if gap == ". ":
        return trust in (TITLED, LOOSELY_TITLED)
    return len(gap) <= (40 if trust is STATED else 4) and not set(gap) & set("\n?!;")


def _skip_fillers(tokens: Sequence[Token], first: int) -> int:
    line = tokens[first].line if first < len(tokens) else -1
    index = first
    while index < len(tokens) and tokens[index].line == line and tokens[index].word in _FILLERS and index - first < 8:
        index += 1
    return index


def _answer(tokens: Sequence[Token], first: int) -> Iterator[Name]:
    """The name that a turn gives as its answer."""
    start = _skip_fillers(tokens, first)
    if start == len(tokens) or tokens[start].line != tokens[first].line:
        return
    for name in _named(tokens, start, STATED):
        after = tokens[name.last + 1] if name.last + 1 < len(tokens) else None
        if _is_end(after, tokens[name.last]) or after is None or after.word in _AFTER_ANSWER or after.word[0].isdigit():
            yield name


def _announced(tokens: Sequence[Token], first: int) -> Iterator[Name]:
    """Unknown names of up to three words before "speaking", "calling", "from" ..."""
    last = first
    while last < len(tokens) and last - first < 3 and _may_be_name(tokens[last]) and (last == first or tokens[last].joined):
        last += 1
    if last > first and last < len(tokens) and tokens[last].joined and tokens[last].word in _SPEAKS:
        yield Name(first, last - 1, 0.8)


def _listed(text: str, tokens: Sequence[Token]) -> Iterator[Name]:
    """Names on the lists, wherever they stand."""
    position = 0
    for index, token in enumerate(tokens):
        if index < position or token.stem not in _known() or token.word in words("function_words"):
            continue
        before = tokens[index - 1] if index else None
        if before and token.joined and before.word in _OF_A_PLACE or _SPELLING_CUE.search(text, max(0, token.start - 12), token.start - 1):
            continue
        for name in _named(tokens, index, LISTED):
            yield _from_start(tokens, name)
            position = name.last + 1


def _from_start(tokens: Sequence[Token], name: Name) -> Name:
    """The name with the initials or unknown given names that stand before it: "J. P. Morgan", "Sadhana Kumar"."""
    first = name.first
    while first and name.first - first < 2 and tokens[first].joined:
        token = tokens[first - 1]
        initial = len(token.word) == 1 and token.capital and not token.word == "i"
        if not initial and (tokens[name.first].stem not in words("surnames") or not _may_be_name(token)):
            break
        first -= 1
    return Name(first, name.last, max(name.score, 0.7)) if first < name.first else name


def _again(tokens: Sequence[Token], found: Sequence[Name]) -> Iterator[Name]:
    """The words of names that were sure once, wherever they come back."""
    taken = {index for name in found for index in range(name.first, name.last + 1)}
    sure = {
        token.stem
        for name in found
        if name.score >= 0.75
        for token in tokens[name.first : name.last + 1]
        if len(token.stem) > 2 and token.word not in words("function_words")
    }
    for index, token in enumerate(tokens if sure else ()):
        if token.stem in sure and index not in taken and (not is_everyday(token) or (token.capital and not token.opening)):
            yield Name(index, index, 0.7)


# --- what makes a name ------------------------------------------------------------------------------------------------


def _named(tokens: Sequence[Token], first: int, trust: Trust) -> Iterator[Name]:
    """The name that begins with token `first`, if one does."""
    score = _score(tokens, first, trust)
    last = _end(tokens, first, trust) if score or _pairs(tokens, first, trust) else first
    if last > first:
        score = max(score, 0.75) if tokens[first].stem in words("given_names") or score else 0.0
    after = tokens[last + 1] if last + 1 < len(tokens) else None
    closed = after and after.joined and after.word in words("strong_streets", "organization_suffixes")
    if score and not (closed and trust is not STATED):
        yield Name(first, last, score)


def _score(tokens: Sequence[Token], first: int, trust: Trust) -> float:
    """How sure token `first` alone is a name after a cue of this trust; 0 if it is none."""
    token = tokens[first]
    after = tokens[first + 1] if first + 1 < len(tokens) else None
    if token.word in words("function_words") or not token.word[0].isalpha():
        return 0.0
    if token.stem not in _known():
        rare = not is_common(token.stem) and token.stem not in _others()
        return (trust.written if token.capital else trust.lower) if rare else 0.0
    if not is_everyday(token):
        return _listed_score(token, trust)
    if token.capital and not (trust is LISTED and token.opening):
        followed = after is not None and after.joined and after.capital
        return 0.0 if trust is LISTED and (followed or token.stem not in words("given_names")) else max(trust.listed - 0.1, 0.45)
    ends = after is None or _is_end(after, token)
    free = trust.before is ANY_WORD and token.word not in _AUXILIARIES
    return trust.listed - 0.1 if ends and trust is not LISTED or free or (after and after.word in trust.before and token.word not in _AUXILIARIES) else 0.0


def _listed_score(token: Token, trust: Trust) -> float:
    """The score of a name that means nothing else; a surname alone, or one that is a place too, says less."""
    if trust is not LISTED:
        return trust.listed
    if token.written and not token.capital:
        return 0.3
    if token.stem not in words("given_names"):
        return 0.45 if token.capital and token.stem not in _others() else 0.25
    return 0.45 if token.stem in _others() else trust.listed


def _pairs(tokens: Sequence[Token], first: int, trust: Trust) -> bool:
    """Whether an everyday word begins a full name: "Mark Johnson", "grace okafor"."""
    token = tokens[first]
    if token.stem not in words("given_names") or token.word in words("function_words") or first + 1 == len(tokens):
        return False
    after = tokens[first + 1]
    surname = after.stem in words("surnames") and not is_everyday(after) and after.stem not in _others()
    return after.joined and surname and token.capital == after.capital and (token.capital or token.word not in _AUXILIARIES or trust is STATED)


def _end(tokens: Sequence[Token], first: int, trust: Trust) -> int:
    """Index of the last token of the name that begins with token `first`."""
    last = first
    index = first + 1
    while index < len(tokens) and tokens[index].joined and index - first < _MOST_WORDS:
        token = tokens[index]
        if token.word in _SUFFIXES:
            return index
        if _continues(tokens, index, trust, first):
            last = index
        elif not (token.word in _PARTICLES or (len(token.word) == 1 and token.word not in "iau")):
            break
        elif len(token.word) == 1 and (trust is STATED or token.capital):
            last = index
        index += 1
    return last


def _continues(tokens: Sequence[Token], index: int, trust: Trust, first: int) -> bool:
    """Whether token `index` goes on with a name."""
    token = tokens[index]
    if token.word in words("function_words", "strong_streets", "organization_suffixes") or not token.word[0].isalpha():
        return False
    if token.written:
        everyday = is_everyday(token) and token.stem not in words("surnames")
        return token.capital and not everyday and (token.stem in _known() or token.stem not in _others())
    if token.stem in _known() and not is_everyday(token):
        return True
    if not is_common(token.stem):
        return len(token.word) > 1 and token.stem not in _others() and (bool(trust.lower) or tokens[first].stem in words("given_names"))
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    return token.stem in words("surnames") and (_is_end(after, token) or (after is not None and after.word in words("function_words")))


def _may_be_name(token: Token) -> bool:
    """A word that can be a name on no list."""
    if token.word in words("function_words") or not token.word[0].isalpha() or len(token.word) < 2:
        return False
    if token.stem in _known():
        return token.capital or not (token.written or is_everyday(token))
    return not is_common(token.stem) and token.stem not in _others() and (token.capital or not token.written)


def _is_end(after: Token | None, token: Token) -> bool:
    """Whether a clause or the turn ends after `token`."""
    return after is None or after.line != token.line or not after.joined


def is_everyday(token: Token) -> bool:
    return token.stem in words("common_words") or (token.stem not in _known() and is_common(token.stem))


def _known() -> frozenset[str]:
    return words("given_names", "surnames")


def _others() -> frozenset[str]:
    """Words with a capital that are no names of people."""
    return words("countries", "regions", "cities", "nationalities", "languages", "religions", "companies", "us_state_codes")
