"""Spoken e-mail and web addresses as they are written: "john dot doe at example dot com" -> "john.doe@example.com"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from engine.privacy.offsets import Edit
from engine.privacy.spoken_words import Line

_TOP_LEVEL = frozenset(
    (
        "com net org edu gov mil info biz io co ai app dev tv me us uk ca au de fr es it nl eu in ie nz ch at be se "
        "no fi pl pt br jp cn ru za mx"
    ).split()
)
_PROVIDERS = frozenset(
    (
        "gmail googlemail yahoo ymail hotmail outlook icloud aol protonmail proton comcast verizon gmx live msn "
        "rediffmail mail yandex zoho fastmail btinternet"
    ).split()
)
_RUN_TOGETHER = {f"{provider}{dot}com": f"{provider}.com" for provider in _PROVIDERS for dot in ("", "dot")}
_SIGNS = {"dot": ".", "underscore": "_", "dash": "-", "hyphen": "-", "plus": "+", "period": "."}
_NOT_LOCAL = frozenset(
    (
        "a about address all also an and any are as at available be been but buy by call check contact do email e for "
        "from get go good got had has have he her here him his i id if in into is it it's its just look mail me my "
        "name no not now of off ok online open today tomorrow yesterday store site okay on one or order our out reach "
        "see send sent she shop so some that that's the their them then there they this to try type uh um under up us "
        "use user username using visit was we website were what which will with write yeah yes you your"
    ).split()
)
_EMAIL_CUES = frozenset("email emails mail e-mail address reach contact write send inbox gmail".split())
_LOCAL_TOKENS = 6
_CUE_TOKENS = 12
_TIGHT = re.compile(r"[.@_+-]")


class Domain(NamedTuple):
    """Tokens `first`..`last` are a domain; `provider`: it is one that hands out mailboxes."""

    first: int
    last: int
    provider: bool


def address_edits(line: Line) -> Iterator[Edit]:
    """Edits that write the spoken addresses, dotted numbers and dashed numbers of a line."""
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
    if word in _SIGNS or word in ("at", "the"):
        return None
    last = index
    while (following := _after_dot(line, last)) is not None:
        last = following
    if last > index and line.lower(last) in _TOP_LEVEL:
        return Domain(index, last, line.lower(index) in _PROVIDERS)
    if word in _PROVIDERS and line.follows(index, word, "com"):
        return Domain(index, index + 1, True)
    if word in _PROVIDERS - {"mail", "live", "proton"} and line.lower(index - 1) == "at":
        return Domain(index, index, True)
    return None


def _after_dot(line: Line, index: int) -> int | None:
    """The token that follows token `index` over a spoken or written dot."""
    if line.gap(index) == "." and line.tokens[index + 1].lower.isalnum():
        return index + 1
    if line.lower(index + 1) in ("dot", "period") and line.spaced(index) and line.spaced(index + 1):
        return index + 2 if index + 2 < len(line.tokens) else None
    if line.lower(index + 1) in ("dash", "hyphen") and line.lower(index + 3) == "dot" and line.spaced(index + 1):
        return index + 2
    return None


def _local_start(line: Line, last: int, free: int) -> int:
    """The first token of the local part that ends at token `last`; beyond `last` if there is none."""
    first = last + 1
    while first > free and last - first < _LOCAL_TOKENS:
        before = first - 1
        if first <= last and not (line.spaced(before) or _TIGHT.fullmatch(line.gap(before))):
            break
        explicit = line.lower(before) in _SIGNS or line.lower(first) in _SIGNS or not line.spaced(before)
        if line.lower(before) in _NOT_LOCAL and not (explicit and first <= last):
            break
        first = before
    while first <= last and line.lower(first) in _SIGNS:
        first += 1
    return first


def _is_mailbox(line: Line, first: int, last: int) -> bool:
    """Whether "x at y dot com" is a mailbox rather than a purchase "at y dot com"."""
    tokens = [line.lower(index) for index in range(first, last + 1)]
    if any(token in _SIGNS or not token.isalpha() for token in tokens) or first == 0:
        return True
    before = {line.lower(index) for index in range(max(0, first - _CUE_TOKENS), first)}
    return bool(before & _EMAIL_CUES)


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
