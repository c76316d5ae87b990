"""Places: countries, regions, cities, and what people say around a place ("I live in ..."). Addresses: addresses.py.

Names of places that are everyday words ("Reading", "Nice", "Mobile") count with words about a place before them, or
with a capital inside a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from engine.privacy.recognizers.addresses import address_recognizers
from engine.privacy.recognizers.base import Find, Finder, Rule, finder_recognizer
from engine.privacy.recognizers.finders import either, in_lines
from engine.privacy.recognizers.lexicon import is_common, phrases_of, words
from engine.privacy.recognizers.tokens import Token, line_tokens, lines_with, span, tokens_at

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_PLACES = ("countries", "regions", "cities")
_STAY = either(
    "liv(?:e|es|ed|ing), resid(?:e|es|ed|ing), born, grew up, growing up, raised, based, located, settled",
    "stay(?:s|ed|ing)?, mov(?:e|es|ed|ing), relocat(?:ed?|ing), travel(?:s|l?ed|l?ing)?, fly, flies, flying, flew",
    "flights?, drove, driving, go, goes, going, went, come, comes, came, coming, visit(?:s|ed|ing)?, ship(?:ped|ping)?",
    "deliver(?:ed|y)?, sent, send, mailed, arriv(?:e|es|ed|ing), land(?:ed|ing)?, store, branch, offices?, shop",
    "address, house, home, apartment, property, headquarter(?:s|ed), originally, someone, people, call(?:s|ed|ing)?",
    "trips?, vacation, holidays?, university, weather, hotel, customer",
)
_ADVERB = either("over, out, up, down, back, here, there, just, right, all the way, it, them, me, is, was, are")
_TOWARDS = either("in, to, from, at, near, around, outside, outside of, of, for, into, through, via, towards?, between")
_PLACE_CUE = re.compile(
    rf"\b(?:{_STAY}(?: {_ADVERB})* {_TOWARDS}|visit(?:s|ed|ing)?|leaving|downtown|(?:north|south|east|west) of|"
    r"(?:city|state|town|county|country|province|village|republic|port|downtown) (?:of|is|called)|(?:city|town|"
    r"state|county|country|hometown|zip|location)(?: is|:|,)?|(?:some|any)where in|(?:back|over|out|up|down) in|"
    r"from)(?: (?:the|um|uh|sunny|rural|central|northern|southern|eastern|western))* \Z",
    re.IGNORECASE,
)
_CUE_ENDS = frozenset(
    "in to from at near around outside of for into through via toward towards between visit visits visited visiting "
    "leaving downtown is called city town state county country hometown zip location the um uh sunny rural central "
    "northern southern eastern western".split()
)
"""The words that a cue for a place ends with."""

_HOME = re.compile(
    r"\b(?:liv(?:e|es|ed|ing)|resid(?:e|es|ing)|born|grew up|raised)(?: (?:here|just|over|up|down|out|way))? (?:in|"
    r"near|outside(?: of)?|around) |\b(?:city|town|hometown) (?:is|called|of) |\bi['’]m originally from ",
    re.IGNORECASE,
)
_TRAVEL = re.compile(
    r"\b(?:mov(?:ed?|ing)|flying|fly|flew|flight|travel(?:l?ed|l?ing)?|trip|drive|driving|relocat(?:ed?|ing)|"
    r"shipped|based|located|arrived|stay(?:ed|ing)?|vacation|holiday|store|branch|office|hotel|visiting|come|came|"
    r"comes|originally)(?: (?:here|back|over|up|down))? (?:in|to|from|at|near) |\bvisit(?:ed|ing)? ",
    re.IGNORECASE,
)
_THERE = re.compile(r"\b(?:i['’]m|i am|we['’]re|we are) in ", re.IGNORECASE)
_HOME_KEYS = frozenset(
    "live lives lived living reside resides residing born grew raised city town hometown originally".split()
)
_TRAVEL_KEYS = frozenset(
    "move moved moving flying fly flew flight travel traveled travelled traveling travelling trip drive driving "
    "relocate relocated relocating shipped based located arrived stay stayed staying vacation holiday store branch "
    "office hotel visiting visited visit come came comes originally".split()
)
_IN, _BEING = frozenset(("in",)), frozenset(("m", "am", "re", "are"))
_CUE_KEYS = _HOME_KEYS | _TRAVEL_KEYS | _IN | frozenset("where state country county birth birthplace calling".split())
_ASKING = frozenset("where what which your city calling place birthplace".split())
_ASKED = re.compile(
    r"\b(?:where (?:do|are|were|did|is|was) (?:you|he|she|they|it)|(?:what|which|your) (?:city|town|state|country|"
    r"county)|city and state|calling from|(?:city|place) of birth|birthplace)\b",
    re.IGNORECASE,
)
_OPENING = r"(?:(?:um|uh|in|from|it['’]s|it is|i['’]m in|i live in|yes|sure|well|i am in|near),? )*"
"""What an answer may open with."""

_QUESTION = re.compile(
    _ASKED.pattern + rf"[^\n]*\n{_OPENING}(?=\w)",
    re.IGNORECASE,
)
_OPENED = re.compile(_OPENING, re.IGNORECASE)
_SHAPES = (
    Rule(
        r"\b(?:Lake|Mount|Mt\.?|Fort|Port|San|Santa|Santo|Saint|St\.|El|Los|Las|Isle of|Bay of|Gulf of) (?!Of|"
        r"The)[A-Z][a-z’']+(?: [A-Z][a-z]+)?(?=[.,;?!]|$| [a-z])",
        0.5,
        cased=True,
    ),
    Rule(
        r"(?<=[a-z,] )(?:[A-Z][\w’'-]+ ){1,2}(?:County|Beach|Springs|Heights|Falls|Valley|Islands?|Township|Borough|"
        r"Airport|Peninsula|Province|Canyon|Creek|Harbou?r|Parish|River|Mountains?|Hills)\b",
        0.55,
        cased=True,
    ),
    Rule(
        r"\b(?:in|to|from|outside|within|across|leaving|of) the (?P<value>us|u\.s\.?|uk|u\.k\.?|usa|states|uae|eu)\b",
        0.6,
    ),
    Rule(r"(?<=[a-z] )(?:U\.S\.(?:A\.)?|U\.K\.|USA|UK|UAE|US)(?=[\s.,;:?!)'’]|$)", 0.55, cased=True),
)
_SHAPE_KEYS = (
    "lake", "mount", "mt", "fort", "port", "san", "santa", "santo", "saint", "st", "el", "los", "las", "isle",
    "bay", "gulf",
    "county", "beach", "springs", "heights", "falls", "valley", "island", "islands", "township", "borough",
    "airport", "creek",
    "peninsula", "province", "canyon", "harbor", "harbour", "parish", "river", "mountain", "mountains", "hills",
    "us", "u", "uk",
    "usa", "states", "uae", "eu",
)  # fmt: skip


def recognizers() -> list[EntityRecognizer]:
    finders = (_listed_finder(), _cue_finder(), in_lines(_SHAPE_KEYS, *_SHAPES))
    return [*(finder_recognizer("location", finder) for finder in finders), *address_recognizers()]


def _listed_finder() -> Finder:
    """Places on the lists; their names that are everyday words need a sign that the place is meant."""
    places = words(*_PLACES)
    phrases = phrases_of(*_PLACES)
    everyday = places & words("common_words", "function_words")
    people = words("given_names", "surnames")

    def find(text: str) -> Iterator[Find]:
        for offset, line in lines_with(text, phrases.keys):
            tokens = line_tokens(line, offset)
            for first, last in phrases.find(tokens):
                name = tokens[first].stem if first == last else ""
                score = 0.55 if name in people else 0.65
                if name in everyday:
                    score = _everyday_score(tokens, first)
                if _is_meant(text, tokens[first].start):
                    score = max(score, 0.75)
                if score:
                    yield span(tokens, first, last, score)

    return find


def _is_meant(text: str, start: int) -> bool:
    """Whether the words before say that a place comes."""
    window = max(0, start - 70)
    if _may_be_cue(text[window:start]) and _PLACE_CUE.search(text, window, start):
        return True
    turn = text.rfind("\n", 0, start) + 1
    if not _OPENED.fullmatch(text, turn, start):
        return False
    asked = text.rfind("\n", 0, max(turn - 1, 0)) + 1 if turn else start
    return any(match.end() == start for match in _QUESTION.finditer(text, asked, start + 1))


def _may_be_cue(before: str) -> bool:
    """Whether the last word of what stands before a place is one that a cue ends with: most are none."""
    said = before.rsplit(maxsplit=1)
    return before.endswith(" ") and bool(said) and said[-1].rstrip(":,").lower() in _CUE_ENDS


def _everyday_score(tokens: Sequence[Token], first: int) -> float:
    """How sure it is that an everyday word means the place."""
    token = tokens[first]
    after = tokens[first + 1] if first + 1 < len(tokens) else None
    if after and after.stem in words("regions", "countries") and after.capital == token.capital:
        return 0.75
    alone = after is None or not after.joined or not after.capital
    return 0.5 if token.capital and not token.opening and alone else 0.0


def _cue_finder() -> Finder:
    """Places on no list: capitals or rare words after "I live in", "flying to", or as the answer to "which city"."""
    closing = words("organization_suffixes", "plain_organization_suffixes")
    known = phrases_of(*_PLACES)

    def find(text: str) -> Iterator[Find]:
        for end, unwritten in _cue_ends(text):
            tokens, first = tokens_at(text, end)
            if first == len(tokens) or not _may_be_place(tokens[first], unwritten) or known.at(tokens, first) >= 0:
                continue
            last = _end_of_place(tokens, first)
            if tokens[last].word not in closing:
                yield span(tokens, first, last, 0.7 if tokens[first].capital else 0.55)

    return find


def _cue_ends(text: str) -> Iterator[tuple[int, bool]]:
    """Where cues for a place end, and whether a place in lower case is believed there."""
    for pattern, *held in ((_HOME, _HOME_KEYS), (_TRAVEL, _TRAVEL_KEYS), (_THERE, _IN, _BEING)):
        for offset, line in lines_with(text, _CUE_KEYS, *held):
            for cue in pattern.finditer(line):
                yield offset + cue.end(), pattern is _HOME
    for offset, line in lines_with(text, _CUE_KEYS, _ASKING):
        asked = _ASKED.search(line)
        answer = _QUESTION.match(text, offset + asked.start()) if asked else None
        if answer:
            yield answer.end(), True


def _may_be_place(token: Token, unwritten: bool) -> bool:
    if token.word in words("function_words") or not token.word[0].isalpha():
        return False
    return not is_common(token.stem) if token.capital != unwritten else token.capital


def _end_of_place(tokens: Sequence[Token], first: int) -> int:
    """Index of the last token of a place of up to three words: capitals after a capital, else rare words."""
    last = first
    while last + 1 < len(tokens) and last - first < 2 and tokens[last + 1].joined:
        token = tokens[last + 1]
        ends = not token.capital if tokens[first].capital else is_common(token.stem)
        if ends or token.word in words("function_words"):
            break
        last += 1
    return last
