"""What people say around a name, and how much it tells: "my name is", "Mr", "am I speaking with", "thank you"."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from engine.privacy.recognizers.base import phrases
from engine.privacy.recognizers.lexicon import Phrases
from engine.privacy.recognizers.tokens import Token, line_tokens, lines_with

ANY_WORD = frozenset(("*",))
"""`Trust.before` of a cue after which a name that is an everyday word needs no sign of its end."""


class Trust(NamedTuple):
    """How sure a name is after a cue: scores of a name on the lists, and of an unknown one in written and in lower-case
    text (0: not taken for a name).

    `before`: the words that may follow a name that is also an everyday word ("this is Grace from"), besides the end.
    """

    listed: float
    written: float
    lower: float
    before: frozenset[str] = frozenset()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_AFTER_PERSON = _words(
    "from in about and who on at yesterday last today please earlier but he she i or because so to is was has"
)

STATED = Trust(0.9, 0.8, 0.75, ANY_WORD)
TITLED = Trust(0.85, 0.8, 0.75, ANY_WORD)
LOOSELY_TITLED = Trust(0.8, 0.7, 0.0)
PRESENTED = Trust(0.85, 0.5, 0.0, _words("from calling speaking here how again with at and"))
SPEAKING = Trust(0.85, 0.5, 0.0, _words("from calling speaking here how again"))
SPOKEN_TO = Trust(0.85, 0.65, 0.0, _AFTER_PERSON)
RELATED = Trust(0.8, 0.6, 0.0, _words("and is was has who on at she he they her his him"))
GREETED = Trust(0.8, 0.6, 0.0, _words("this how i i'm my it's can thank thanks for so you're"))
REPLIED_TO = Trust(0.75, 0.0, 0.0)
LISTED = Trust(0.6, 0.0, 0.0)

_CUES = {
    STATED: """
        surname is, surname was, last name, maiden name is, nickname is, nickname, alias, cardholder is, account
        holder is, policy holder is, policyholder is, beneficiary is, payee is, passenger is, recipient is, surname,
        named, under the name, under the name of, in the name of, goes by, go by, known as, call me, calls me,
        called me, people call him, people call her, signed, sincerely, kind regards, best regards, warm regards,
        attn, attention, c o, introduce myself, i'm called, i am called, he's called, she's called, he is called,
        she is called""",
    TITLED: "mr, mrs, ms, mx, mister, dr, prof",
    LOOSELY_TITLED: """
        miss, doctor, professor, officer, captain, detective, sergeant, judge, reverend, pastor, rabbi, lady, aunt,
        auntie, uncle, grandma, grandpa, cousin, senator, governor, sister, father, brother, nurse, inspector,
        lieutenant, colonel, madam, señor, señora, herr, frau, monsieur, madame, agent, technician, manager,
        supervisor, representative, colleague, advisor, adviser, secretary, assistant, attorney, lawyer""",
    PRESENTED: "this is, this's, here is",
    SPEAKING: "i'm, i am, im, it's, it is",
    SPOKEN_TO: """
        speak to, speak with, speaking to, speaking with, spoke to, spoke with, spoken to, spoken with, talk to,
        talk with, talked to, talked with, talking to, talking with, chat with, chatted with, chatting with, ask
        for, asked for, asking for, transfer you to, transferred to, transferred me to, connect you to, connect you
        with, put you through to, registered to, belongs to, belonging to, payable to, addressed to, made out to,
        reported by, assisted by, helped by, on behalf of, is this, account is under, order is under, booking is
        under, reservation is under, it's under, it is under, should be under, maybe under, booked under, listed
        under, filed under""",
    RELATED: """
        wife, husband, spouse, son, daughter, brother, sister, partner, boyfriend, girlfriend, friend, mother,
        father, mom, mum, dad, boss, roommate, fiance, fiancee, fiancé, fiancée, neighbor, neighbour, grandson,
        granddaughter, nephew, niece, aunt, uncle, cousin, kid, baby, child""",
    GREETED: """
        hi, hello, hey, hiya, hullo, dear, thanks, thank you, thanks so much, thank you so much, thank you very
        much, thanks a lot, thanks again, thank you again, good morning, good afternoon, good evening, good day,
        morning, bye, goodbye, welcome, nice to meet you, take care, sorry, excuse me, pleasure""",
    REPLIED_TO: """
        ok, okay, sure, alright, all right, yes, yeah, no, right, great, perfect, please, well, listen, look,
        lovely, excellent, of course, no problem, certainly, absolutely, there you go, got it, you're welcome, i
        understand""",
}
_PHRASES = tuple((trust, Phrases(phrases(" ".join(listed.split())))) for trust, listed in _CUES.items())

_THINGS = _words(
    "user company business street domain file brand product bank plan network model school host screen store device "
    "wifi event service merchant city town hospital clinic pharmacy group website medication drug app game building "
    "project pet's computer printer team channel show movie song package feature item column field folder process log "
    "server program"
)
"""Whose names are not those of people."""

_HOLDER = (
    r"(?:account|card|policy|order|file|booking|reservation|bill|line|contract|passport|caller|customer|patient|"
    r"cardholder|account ?holder|policy ?holder|profile|system|license|licence|id)(?:'s)?"
)
_IS = r"(?:,? ?(?:'s|is|was|would be|should be|will be|=|:|-))"
_NAME_IS = re.compile(
    rf"name(?: (?:on|of|for|in|under) (?:(?:the|my|this|that|your|his|her) )?{_HOLDER})*(?:s?{_IS}|s(?= [a-z]))(?: "
    rf"(?:is|was|it's|spelled|spelt|as|actually|just|also|now|under|called|going to be))*|"
    r"name\?? ?(?:'s|is)(?= )|name(?: \w+){0,4}\? (?:\w+: )?"
)
_BARE_NAME = re.compile(
    r"(?:^|(?<=\n))(?:(?:full|first|last|customer|my) )?name\b:?(?! (?:and|is|on|or|of|change|was)\b)"
)
_QUESTION = re.compile(
    r"(?:surname|name|who am i|who do i|whom do i|who is|who's|who are you|speaking (?:with|to)(?: today| "
    r"please)?\??\n|talking to\??\n|(?:call|address) you\?)[^\n]*\n?"
)


def cues(text: str, tokens: Sequence[Token]) -> Iterator[tuple[int, Trust]]:
    """Where in the text a name may begin after a cue, and how much the cue tells."""
    for trust, listed in _PHRASES:
        for offset, line in lines_with(text, listed.keys):
            said = line_tokens(line, offset)
            for _, last in listed.find(said):
                yield said[last].end, trust
    lowered = _lowered(text)
    for pattern in (_NAME_IS, _BARE_NAME):
        for match in pattern.finditer(lowered):
            if _of_a_person(lowered, match.start(), tokens):
                yield match.end(), STATED


def questions(text: str, tokens: Sequence[Token]) -> Iterator[int]:
    """Where the turn after a question for a person's name begins."""
    lowered = _lowered(text)
    for match in _QUESTION.finditer(lowered):
        if match[0].endswith("\n") and _of_a_person(lowered, match.start(), tokens):
            yield match.end()


def _lowered(text: str) -> str:
    """The text in lower case with plain apostrophes, as long as it is."""
    lowered = text.lower().replace("’", "'")
    return lowered if len(lowered) == len(text) else text


def _of_a_person(text: str, start: int, tokens: Sequence[Token]) -> bool:
    """Whether the word at `start` begins there and does not follow one of a thing ("company name")."""
    index = bisect_left(tokens, start, key=lambda token: token.start)
    begins = index < len(tokens) and tokens[index].start == start
    bound = begins and index > 0 and tokens[index].joined and tokens[index - 1].word in _THINGS
    return (begins or not text[start : start + 1].strip()) and not bound
