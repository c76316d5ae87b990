"""Organizations: well-known ones, what "Bank", "Ltd" or "University" closes, and what someone calls from.

"The bank" and "my insurance" are none: something that is a name must stand before the word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from engine.privacy.recognizers.base import Find, Finder, Rule, finder_recognizer
from engine.privacy.recognizers.finders import Frame, in_lines, listed
from engine.privacy.recognizers.lexicon import Phrases, is_common, phrases_of, words
from engine.privacy.recognizers.tokens import Token, line_tokens, lines_with, span, tokens_at

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_CONNECTORS = frozenset(("of", "and", "the", "for", "de", "und"))
_WHERE = frozenset(("at", "from", "with"))
_MOST_WORDS = 5

_CUE = re.compile(
    r"\b(?:call(?:ing|s|ed)?(?: you| you back| in| over)?(?: today)? from|(?:thank you|thanks)(?: so much| very "
    r"much)? for (?:calling|choosing|contacting|being with)|welcome to|you(?:['’]ve| have) reached|work(?:s|ed|"
    r"ing)? (?:for|at|in)|employ(?:ed|er) (?:by|at|is)|on behalf of|representing|(?:account|policy|policies|"
    r"contract|insurance|job|works|insured|banks?|banking|customer) (?:with|at)|insured by|switch(?:ed|ing)? (?:to|"
    r"from)|(?:email|letter|text|offer|message) from|(?:company|business|firm|shop|employer)(?:['’]s)?(?: is| name| "
    r"called)+|this is [\w'’-]+(?: [\w'’-]+)? (?:from|with|at)|(?:here|speaking) (?:from|with)|(?:i['’]m|i am|we "
    r"are|we['’]re) (?:with|from)),? (?=\w)|\b(?:company|business) name[^\n]*\n(?:(?:it['’]s|it is|yes|sure|the|is) "
    r")*(?=\w)",
    re.IGNORECASE,
)
_CUE_KEYS = frozenset(
    "from with this calling choosing contacting being welcome reached work works worked working employed employer "
    "behalf representing account policy policies contract insurance job insured bank banks banking customer switch "
    "switched switching company business firm shop here speaking".split()
)
"""A word of each cue."""

_AT = Frame(
    0.6,
    r"\b(?:work(?:s|ed|ing)? (?:for|at)|calling from|employed (?:by|at)|(?:account|contract|plan|insurance|phone|"
    r"service|line) (?:with|from)|customer (?:of|with)|switch(?:ed|ing)? (?:to|from)|shop(?:ped|ping)? at|bought "
    r"(?:\w+ ){0,3}(?:at|from)|order(?:ed)? (?:\w+ ){0,3}from|purchased? (?:\w+ ){0,2}(?:at|from)|charges? (?:at|"
    r"from)|store like) ",
    r"(?! (?:date|number|hour|time|price|audience|rate|amount)\b)",
)
_RULES = (
    Rule(r"\b(?:AT ?& ?T|H ?& ?M|M ?& ?T Bank|PG ?& ?E|B ?& ?Q|P ?& ?G|UPS|BT|EE|SAP|MIT)\b", 0.6, cased=True),
    Rule(
        r"(?i:\b(?:at&t|at & t|at and t)(?= (?:wireless|phone|account|bill|customer|internet|store|service)\b|"
        r"[.,?!]|$))",
        0.6,
    ),
    Rule(r"\b(?:via|by|through|with|from) (?P<value>ups)\b(?! and downs)", 0.6),
    Rule(
        r"\b(?:Bank|University|Ministry|Department|Church|Museum|Institute|College|School|Bureau) of (?:the "
        r")?[A-Z][\w'’-]+(?:(?:,? and|,? of|,? the)* [A-Z][\w'’-]+)*",
        0.75,
        cased=True,
    ),
    Rule(
        r"\b(?:bank|university|ministry|church|diocese) of (?!(?:the|a|my|your|our|this|that|origin|choice|course|"
        r"record|all|some|one|and)\b)[a-z]+",
        0.6,
    ),
)
_RULE_KEYS = (
    "at", "h", "pg", "b", "p", "m", "ups", "bt", "ee", "sap", "mit", "bank", "university", "ministry", "department",
    "church",
    "museum", "institute", "college", "school", "bureau", "diocese",
)  # fmt: skip


def recognizers() -> list[EntityRecognizer]:
    everyday = words("companies") & words("common_words", "function_words")
    finders = (
        listed([(words("companies") - everyday, 0.65), (everyday, 0.0)], [_AT]),
        _written_finder(Phrases(everyday)),
        _suffix_finder(),
        _cue_finder(),
        in_lines(_RULE_KEYS, *_RULES),
    )
    return [finder_recognizer("organization", finder) for finder in finders]


def _written_finder(everyday: Phrases) -> Finder:
    """Everyday words that are companies too ("Apple", "Target"), with a capital inside a sentence."""

    def find(text: str) -> Iterator[Find]:
        for offset, line in lines_with(text, everyday.keys):
            tokens = line_tokens(line, offset)
            for first, last in everyday.find(tokens):
                if tokens[first].capital and not tokens[first].opening:
                    yield span(tokens, first, last, 0.5)

    return find


# --- "Miller Bank" ----------------------------------------------------------------------------------------------------


def _suffix_finder() -> Finder:
    """Names that end in "Bank", "Insurance", "Ltd": the words before must be a name."""
    strong = Phrases(words("organization_suffixes", "legal_forms"))
    plain = Phrases(words("plain_organization_suffixes"))

    def find(text: str) -> Iterator[Find]:
        for offset, line in lines_with(text, strong.keys | plain.keys):
            tokens = line_tokens(line, offset)
            for phrases, sure in ((strong, True), (plain, False)):
                for suffix, last in phrases.find(tokens):
                    first = _start_of_name(tokens, suffix, sure)
                    if first < suffix and (sure or tokens[first].capital or _is_introduced(tokens, first, last)):
                        yield span(tokens, first, last, 0.75 if sure else 0.7)

    return find


def _start_of_name(tokens: Sequence[Token], suffix: int, sure: bool) -> int:
    """Index of the first word of the name that ends before the suffix; the suffix's own where there is none."""
    legal = tokens[suffix].word in words("legal_forms")
    written = tokens[suffix].capital or legal
    first = suffix
    while first > 0 and suffix - first < _MOST_WORDS and (tokens[first].joined or (legal and first == suffix)):
        if not _belongs(tokens[first - 1], first < suffix, written):
            break
        first -= 1
    if sure and not written and first and tokens[first - 1].word in _WHERE:
        return first
    while first < suffix and not _begins(tokens[first]):
        first += 1
    named = any(_is_name(token) for token in tokens[first:suffix])
    spelled = any(token.capital and not token.opening for token in tokens[first:suffix])
    return first if named or (sure and spelled) else suffix


def _is_introduced(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether a word before a name in lower case says that one comes, or the turn is the name and no more."""
    if first:
        return tokens[first - 1].word in ("from", "at", "with", "for", "called", "calling", "is")
    return last + 1 == len(tokens) or tokens[last + 1].word in ("and", "password")


def _belongs(token: Token, inside: bool, written: bool) -> bool:
    """Whether a token before the suffix may be part of the name."""
    if token.word in _CONNECTORS:
        return inside and written
    if (
        token.word[0].isdigit()
        or token.word in words("function_words")
        or (token.word in words("organization_modifiers") and not token.capital)
    ):
        return False
    return token.capital or not written or _is_name(token)


def _begins(token: Token) -> bool:
    """Whether the name of an organization may begin with a token."""
    inside = token.capital and not token.opening and token.word not in _CONNECTORS
    return inside or (_is_name(token) and token.word not in words("organization_modifiers"))


def _is_name(token: Token) -> bool:
    return not is_common(token.stem) or (token.stem in words("surnames") and token.word not in words("function_words"))


# --- "calling from Acme" ----------------------------------------------------------------------------------------------


def _cue_finder() -> Finder:
    """What follows "calling from", "work for", "thank you for calling", where it is no place and no person."""
    places = phrases_of("countries", "regions", "cities")

    def find(text: str) -> Iterator[Find]:
        for cue in _cues(text):
            tokens, first = tokens_at(text, cue.end())
            run = _trimmed(list(_run(tokens, first)))
            if not run or places.at(tokens, first) >= 0:
                continue
            alone = len(run) == 1 and (run[0].stem in words("given_names") or is_common(run[0].stem))
            if not alone:
                stated = "name" in cue[0].lower()
                yield span(tokens, first, first + len(run) - 1, 0.8 if stated else 0.7 if run[0].capital else 0.6)

    return find


def _cues(text: str) -> Iterator[re.Match[str]]:
    """The cues that stand in a line; what they announce may begin the line after."""
    for offset, line in lines_with(text, None, _CUE_KEYS):
        line_end = offset + len(line)
        after_end = text.find("\n", line_end + 1)
        for cue in _CUE.finditer(text, offset, after_end if after_end >= 0 else len(text)):
            if cue.start() < line_end:
                yield cue


def _run(tokens: Sequence[Token], first: int) -> Iterator[Token]:
    """The words that may be a name from token `first` on."""
    for index in range(first, min(first + _MOST_WORDS, len(tokens))):
        token = tokens[index]
        capitals = tokens[first].capital
        connects = capitals and token.word in _CONNECTORS and (index > first or token.capital)
        if index > first and not token.joined:
            return
        if not connects and (token.word in words("function_words") or (capitals and not token.capital)):
            return
        yield token


def _trimmed(run: list[Token]) -> list[Token]:
    """The run without everyday words at its end that close no name ("acme regarding", "acme and")."""
    closing = words("organization_suffixes", "plain_organization_suffixes", "legal_forms")
    while run and run[-1].word not in closing:
        if (run[-1].capital or not is_common(run[-1].stem)) and run[-1].word not in _CONNECTORS:
            break
        run.pop()
    return run
