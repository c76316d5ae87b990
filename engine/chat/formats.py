"""The text of a chat -> turns. No message of an error holds text of the chat."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

from engine.analysis_types import Role
from engine.chat.names import role_of
from engine.chat.times import Stamp, seconds_after_first
from engine.chat.turns import ChatTurn
from engine.errors import InputError
from engine.roles import plain

EXPECTED = 'JSON (a list of objects with "speaker" and "text") or "Speaker: text" lines'

LISTS = ("messages", "turns", "utterances", "conversation", "chat")
SPEAKERS = ("speaker", "author", "sender", "from", "name", "user", "role")
TEXTS = ("text", "message", "content", "body")
SENT = ("timestamp", "sent_at", "created_at", "datetime", "time", "date", "ts")
STARTS, ENDS = ("start_s", "start"), ("end_s", "end")


def parse_turns(text: str) -> tuple[ChatTurn, ...]:
    """The turns of a chat; raises InputError with the line or entry that cannot be understood."""
    if "\0" in text:
        raise InputError("the chat is not text", received="NUL characters", expected=EXPECTED)
    text = text.removeprefix("\ufeff").strip()
    looks_like_json = re.match(r"\{|\[\s*(?:[\[{\]\"]|-?\d+(?:\.\d+)?\s*[,\]])", text)  # and "[12:03] Ann: …" does not
    found = list(_entries(_document(text)) if looks_like_json else _lines(text.splitlines()))
    sent = seconds_after_first([stamp for _, stamp in found])
    return tuple(_sent(turn, at_s) for (turn, _), at_s in zip(found, sent, strict=True))


def _sent(turn: ChatTurn, at_s: float | None) -> ChatTurn:
    """When a message was sent says nothing of how long it was: only what was spoken has an end."""
    return turn if turn.end_s is not None else dataclasses.replace(turn, start_s=at_s)


# --- JSON -------------------------------------------------------------------------------------------------------------


def _document(text: str) -> object:
    """The JSON document, or the list of the objects on its lines (JSON Lines)."""
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        fault = error
    try:
        return [json.loads(line, strict=False) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        where = f"{fault.msg}, line {fault.lineno}" if isinstance(fault, json.JSONDecodeError) else type(fault).__name__
    raise InputError("the chat is not valid JSON", received=where, expected=EXPECTED)


def _entries(document: object) -> Iterator[tuple[ChatTurn, Stamp]]:
    if isinstance(document, Mapping):
        document = next((document[key] for key in LISTS if key in document), None)
    if not isinstance(document, list):
        raise InputError("the chat's JSON has no list of messages", expected=f"a list, or one under {', '.join(LISTS)}")
    for number, entry in enumerate(document, start=1):
        yield _turn(number, entry)


def _turn(number: int, entry: object) -> tuple[ChatTurn, Stamp]:
    """A message, and what it says of when it was sent."""
    fields = entry if isinstance(entry, Mapping) else {}
    text, speaker = _first(fields, TEXTS), _first(fields, SPEAKERS)
    if not any(key in fields for key in TEXTS) or not isinstance(text, str | None):
        raise InputError(
            f"entry {number} of the chat", received=type(entry).__name__, expected='an object with "speaker" and "text"'
        )
    if not isinstance(speaker, str | int | None):
        raise InputError(f"speaker of entry {number}", received=type(speaker).__name__, expected="a name")
    role = str(fields.get("role", ""))
    times = (_seconds(_first(fields, STARTS)), _seconds(_first(fields, ENDS)))
    start_s, end_s = times if None not in times else (None, None)
    sent = _first(fields, (*SENT, *STARTS))
    stamp = sent if isinstance(sent, str | int | float) and not isinstance(sent, bool) else None
    return ChatTurn("" if speaker is None else str(speaker), text or "", start_s, end_s, _role(role)), stamp


def _first(fields: Mapping[str, object], keys: Sequence[str]) -> object:
    return next((fields[key] for key in keys if fields.get(key) is not None), None)


def _seconds(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1e9:
        return float(value)
    return None


def _role(text: str) -> Role:
    return next((role for role in get_args(Role) if role == text), role_of(text))


# --- lines ------------------------------------------------------------------------------------------------------------

_STAMP = r"""
    (?: [\[(]? (?: \d{1,4}[./-]\d{1,2}[./-]\d{1,4} [,T]? \s* )?
        \d{1,2}:\d{2} (?: :\d{2} )? (?: [.,]\d+ )? (?: \s? [ap]\.?m\.? )? [\])]? \s* (?: [-–] \s+ )? )?
"""
_LINE = re.compile(
    rf"\s* (?P<stamp> {_STAMP} )"
    r"(?P<name> \[[A-Z_]+_\d+\] | [^\W\d_] [^:：]{0,59}? ) \s* [:：] (?!//|\\) \s* (?P<text> .* )",
    re.VERBOSE | re.IGNORECASE,
)
_NAME = re.compile(r"[\w'’&#@/()+-]+(?:\.\w+)*(?:\s+[\w'’&#@/()+-]+(?:\.\w+)*){0,5}")
_ABBREVIATION = re.compile(r"(?<!\w)([^\W\d_]{1,3})\.(?=\s)")

# What people write before a colon in a message, in the middle of a chat: "Order number: 4711".
_LABELS = frozenset(
    """
    account actions address adresse adresse also and anrede answer attachment attention bestellnummer betreff birthday
    birthdate checklists city code correo country csat date datum default details direccion duration e-mail ean email
    endereco error errors esempio example exemple fecha file follow-ups fyi gracias hi hello http https id image imei
    indirizzo info iban important kundennummer language link location mail mailto mobile model name nb nom nombre nome
    note number numero nummer objet ok okay option or order phone plz please ps question re recording redactions ref
    reference reminder result sehr sentiment so sorry status step subject summary tel telefon telefono telefone
    telephone thanks time tip total topics tracking update url username warning website well yes zip
    """.split()
)


def _lines(lines: Sequence[str]) -> Iterator[tuple[ChatTurn, Stamp]]:
    """A turn for each "Speaker: text" line, the lines after it joined to it; with no speaker at all, a turn a line."""
    turns: list[tuple[str, list[str], Stamp]] = []
    named = False
    for line in filter(str.strip, lines):
        found = _LINE.fullmatch(line)
        if found and _is_speaker(found["name"]):
            turns.append((found["name"].strip(), [found["text"].strip()], found["stamp"]))
            named = True
        elif named:
            turns[-1][1].append(line.strip())
        else:
            turns.append(("", [line.strip()], None))
    for speaker, texts, stamp in turns:
        yield ChatTurn(speaker, " ".join(filter(None, texts))), stamp


def _is_speaker(name: str) -> bool:
    """Whether what stands before the colon is a name: few words, each like a name's, and no label of a form."""
    if re.fullmatch(r"\[[A-Z_]+_\d+\]", name):
        return True
    name = _ABBREVIATION.sub(r"\1", name.strip())
    words = plain(name).split()
    if not words or not _NAME.fullmatch(name):
        return False
    if role_of(name) != "unknown":
        return True
    if _LABELS & {words[0], words[-1]}:
        return False
    return len(name.split()) == 1 or all(_like_a_name(word) for word in name.split())


def _like_a_name(word: str) -> bool:
    return not word[0].islower() or word in (
        "de",
        "der",
        "del",
        "di",
        "da",
        "dos",
        "la",
        "le",
        "van",
        "von",
        "bin",
        "al",
    )
