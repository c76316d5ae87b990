"""Spoken e-mail and web addresses as they are written: "john dot doe at example dot com" -> "john.doe@example.com"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from engine.privacy.offsets import Edit
from engine.privacy.spoken_words import Line, Part, Rewrite

_TOP_LEVEL = frozenset(
    (
        "com net org edu gov mil info biz io co ai app dev tv me us uk ca au de fr es it nl eu in ie nz ch at be se "
        "no fi pl pt br jp cn ru za mx kr tr ua vn tw hk ar gob gouv"
    ).split()
)
_PROVIDERS = frozenset(
    (
        "gmail googlemail yahoo ymail hotmail outlook icloud aol protonmail proton comcast verizon gmx live msn "
        "rediffmail mail yandex zoho fastmail btinternet web freenet laposte libero naver qq"
    ).split()
)
_RUN_TOGETHER = {f"{provider}{dot}com": f"{provider}.com" for provider in _PROVIDERS for dot in ("", "dot")}
_SIGNS = {"dot": ".", "underscore": "_", "dash": "-", "plus": "+"}
TRIGGERS = frozenset((*_SIGNS, "at", "slash", "point", *_RUN_TOGETHER, *_PROVIDERS))
"""Words without one of which a line holds no spoken address."""

_DOTTED = re.compile(r"\w\.\w")
_LOCAL_TOKENS = 6
_CUE_TOKENS = 12
_TIGHT = re.compile(r"[.@_+-]")


class Domain(NamedTuple):
    """Tokens `first`..`last` are a domain; `provider`: it is one that hands out mailboxes."""

    first: int
    last: int
    provider: bool


def rewrite_names(line: Line) -> Iterator[Rewrite]:
    """Parts of domains as they are pronounced, beside a sign: "точка ру" -> "ru", "ドット コム" -> "com"."""
    for index, token in enumerate(line.tokens) if line.vocabulary.says else ():
        written = line.vocabulary.says.get(token.lower)
        if written and (line.lower(index - 1) in ("dot", "at") or line.lower(index + 1) in ("dot", "at")):
            yield Rewrite((Part(index, index, written),))


def address_edits(line: Line) -> Iterator[Edit]:
    """Edits that write the spoken addresses, dotted numbers and dashed numbers of a line."""
    if not any(token.lower in TRIGGERS for token in line.tokens) and not _DOTTED.search(line.source):
        return
    taken: set[int] = set()
    index = free = 0
    while index < len(line.tokens):
        domain = _domain_at(line, index)
        if domain is None:
            index += 1
            continue
        first, last = _mailbox_start(line, domain, free), _path_end(line, domain)
        yield from _written(line, domain, first, last)
        taken.update(range(first, last + 1))
        index = free = last + 1
    for index in range(len(line.tokens)):
        if not taken & {index - 1, index, index + 1}:
            yield from _sign_between(line, index)


def _written(line: Line, domain: Domain, first: int, last: int) -> Iterator[Edit]:
    """The address in tokens `first`..`last` around its domain."""
    if first < domain.first:
        local_last = domain.first - 2 if line.lower(domain.first - 1) == "at" else domain.first - 1
        yield from _joined(line, first, local_last)
        yield Edit(line.tokens[local_last].end, line.tokens[domain.first].start, "@")
    yield from _joined(line, domain.first, domain.last)
    for index in range(domain.last, last, 2):
        yield Edit(line.tokens[index].end, line.tokens[index + 2].start, "/")


def _mailbox_start(line: Line, domain: Domain, free: int) -> int:
    """The first token, from `free` on, of the local part before a domain, else of the domain itself.

    Domains that hand out mailboxes may do without "at".
    """
    said_at = line.lower(domain.first - 1) == "at"
    last = domain.first - 2 if said_at else domain.first - 1
    if line.gap(domain.first - 1) == "@" or not line.spaced(domain.first - 1):
        return domain.first
    first = _local_start(line, last, free)
    is_mailbox = first <= last and (domain.provider or (said_at and _is_mailbox(line, first, last)))
    return first if is_mailbox else domain.first


def _path_end(line: Line, domain: Domain) -> int:
    """The last token of the spoken path after a domain: "slash help slash billing"."""
    last = domain.last
    while line.lower(last + 1) == "slash" and line.spaced(last) and line.spaced(last + 1):
        last += 2
    return last


def _domain_at(line: Line, index: int) -> Domain | None:
    """The domain that starts at token `index`: "mail dot example dot co dot uk", "gmail com", "gmailcom", "x.org"."""
    word = line.lower(index)
    if word in _RUN_TOGETHER:
        return Domain(index, index, True)
    if word in _SIGNS or word == "at" or word in line.vocabulary.the:
        return None
    last = index
    while (following := _after_dot(line, last)) is not None:
        last = following
    if last > index and line.lower(last) in _TOP_LEVEL:
        return Domain(index, last, line.lower(index) in _PROVIDERS)
    if word in _PROVIDERS and line.spaced(index) and line.lower(index + 1) == "com":
        return Domain(index, index + 1, True)
    if word in _PROVIDERS - {"mail", "live", "proton"} and line.lower(index - 1) == "at":
        return Domain(index, index, True)
    return None


def _after_dot(line: Line, index: int) -> int | None:
    """The token that follows token `index` over a spoken or written dot."""
    if line.gap(index) == "." and line.tokens[index + 1].lower.isalnum():
        return index + 1
    if line.lower(index + 1) == "dot" and line.spaced(index) and line.spaced(index + 1):
        return index + 2 if index + 2 < len(line.tokens) else None
    if line.lower(index + 1) == "dash" and line.lower(index + 3) == "dot" and line.spaced(index + 1):
        return index + 2
    return None


def _local_start(line: Line, last: int, free: int) -> int:
    """The first token of the local part that ends at token `last`; beyond `last` if there is none."""
    first = last + 1
    while first > free and last - first < _LOCAL_TOKENS:
        before = first - 1
        if first <= last and not (line.spaced(before) or _TIGHT.fullmatch(line.gap(before))):
            break
        if _is_everyday(line, before) and not _is_part(line, before, first, last):
            break
        if _is_spelled(line, first, last) and len(line.lower(before)) > 1 and line.lower(before) not in _SIGNS:
            break
        first = before
    if _is_preposition(line, first, last):
        first += 1
    while first <= last and line.lower(first) in _SIGNS:
        first += 1
    return first


def _is_part(line: Line, before: int, first: int, last: int) -> bool:
    """Whether an everyday word belongs to the mailbox all the same: beside a sign, or one of its spelled letters."""
    if line.lower(before).isascii() and not line.text(before).isascii():
        return False
    if first > last:
        spelled = len(line.lower(before)) == len(line.lower(before - 1)) == 1
        return spelled or line.lower(before - 1) in _SIGNS
    signed = line.lower(before) in _SIGNS or line.lower(first) in _SIGNS or not line.spaced(before)
    return signed or (len(line.lower(before)) == 1 and len(line.lower(first)) == 1)


def _is_preposition(line: Line, first: int, last: int) -> bool:
    """The "a" of "escribirme a l e a arroba", told from the letter by the word before it."""
    letters = _is_spelled(line, first, last) and _is_spelled(line, first + 1, last)
    return letters and first > 0 and _is_everyday(line, first) and not _is_everyday(line, first - 1)


def _is_spelled(line: Line, first: int, last: int) -> bool:
    """Whether the local part begins with two letters on their own."""
    return last > first and len(line.lower(first)) == len(line.lower(first + 1)) == 1


def _is_everyday(line: Line, index: int) -> bool:
    """A word of the sentence rather than of a mailbox; where words are cut out of a text, any that is not Latin."""
    word, words = line.lower(index), line.vocabulary
    return word in words.common or (words.cut == "anywhere" and not word.isascii())


def _is_mailbox(line: Line, first: int, last: int) -> bool:
    """Whether "x at y dot com" is a mailbox rather than a purchase "at y dot com"."""
    tokens = [line.lower(index) for index in range(first, last + 1)]
    if any(token in _SIGNS or not token.isalpha() for token in tokens) or first == 0:
        return True
    if not line.vocabulary.email_cues:
        return True
    before = {line.lower(index) for index in range(max(0, first - _CUE_TOKENS), first)}
    return bool(before & line.vocabulary.email_cues)


def _joined(line: Line, first: int, last: int) -> Iterator[Edit]:
    """Tokens `first`..`last` without space between them and with signs for their names."""
    for index in range(first, last + 1):
        token = line.tokens[index]
        if token.lower in _RUN_TOGETHER:
            yield Edit(token.start, token.end, _RUN_TOGETHER[token.lower])
        elif token.lower in _SIGNS and first < index < last:
            yield Edit(token.start, token.end, _SIGNS[token.lower])
        if index < last and line.spaced(index):
            bare_com = line.lower(index) in _PROVIDERS and line.lower(index + 1) == "com"
            yield Edit(token.end, line.tokens[index + 1].start, "." if bare_com else "")
    if first == last and line.lower(first) in _PROVIDERS:
        yield Edit(line.tokens[last].end, line.tokens[last].end, ".com")


def _sign_between(line: Line, index: int) -> Iterator[Edit]:
    """ "192 dot 168", "415 dash 555", "05 slash 26", "4 point 5"; "underscore" between any two words."""
    sign = {**_SIGNS, "slash": "/", "point": "."}.get(line.lower(index))
    if not sign or not (line.spaced(index - 1) and line.spaced(index)):
        return
    before, after = line.lower(index - 1), line.lower(index + 1)
    if (before[-1:].isdecimal() and after[:1].isdecimal()) or (sign == "_" and before and after):
        yield Edit(line.tokens[index - 1].end, line.tokens[index + 1].start, sign)
