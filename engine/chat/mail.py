"""E-mail threads (RFC 5322 files, `.eml`) -> turns: the message and what it quotes, the oldest first."""

from __future__ import annotations

import dataclasses
import email
import email.policy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import mktime_tz, parseaddr, parsedate_tz
from html.parser import HTMLParser

from engine.chat.names import role_of
from engine.chat.times import seconds_after_first
from engine.chat.turns import ChatTurn
from engine.errors import InputError

MAX_DEPTH = 20
"""Messages attached to messages; and how often what is quoted quotes again."""

_WROTE = "wrote|writes|a écrit|schrieb|escribió|ha scritto|escreveu|skrev|schreef|napisał|napisal|написал|пишет|写道"
_ATTRIBUTION = re.compile(rf"\s*(?P<who>\S.{{0,300}}?(?:{_WROTE})\b.{{0,120}}?)[:：]\s*", re.IGNORECASE)
_FORWARDED = re.compile(r"\s*[-_]{2,}.{0,60}[-_]{2,}\s*|\s*[-_]{8,}\s*")
_HEADERS = "From|De|Von|Da|Van|От"
_SENDER = re.compile(rf"\s*\*?(?:{_HEADERS})\*?\s?:\*?\s*(?P<who>.+)", re.IGNORECASE)
_HEADER = re.compile(r"\s*\*?[^\W\d_][\w -]{0,20}\*?\s?:\*?\s.*")
_ADDRESS = re.compile(r"[<(\[]*(?:mailto:)?([^\s<>()\[\]:;,]+)@[^\s<>()\[\]:;,]+[>)\]]*")
_DATED = re.compile(
    r"""
    .* \d{1,2} [:.h] \d{2} (?: [:.] \d{2} )?                # up to the time
    \s* (?: [ap]\.?m\.? \b | Uhr | UTC | GMT )? \s* (?: \(? [+-]\d{4} \)? )? \s* [,;]? \s*
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ZONED = re.compile(
    r"\d{1,2} \s [A-Z][a-z]{2} \s \d{4} \s \d{1,2}:\d{2} (?: :\d{2} )? \s (?: [+-]\d{4} | GMT | UTC ) (?!\w)",
    re.VERBOSE,
)
"""A date of RFC 5322 in what announces a quotation. Most programs write one without a zone, and in whose zone it is
nobody can tell."""


@dataclass(frozen=True, slots=True)
class _Passage:
    """What one person wrote; `sent_s`: when, in seconds of the epoch, None where nothing tells."""

    who: str
    sent_s: float | None
    lines: Sequence[str]

    def turn(self) -> ChatTurn:
        return ChatTurn(self.who, self.text(), role=role_of(self.who))

    def text(self) -> str:
        """The words before the signature, on one line."""
        end = next((number for number, line in enumerate(self.lines) if line.rstrip("\r\n") in ("-- ", "--")), None)
        return " ".join(" ".join(self.lines[:end]).split())


def mail_turns(content: bytes) -> tuple[ChatTurn, ...]:
    """The turns of a thread; the subject stands before the oldest. Raises InputError where there is no message.

    Times come from Date headers and from quoted dates that name their zone, where the oldest turn has one.
    """
    message = email.message_from_bytes(content, policy=email.policy.default)
    if not any(name in message for name in ("From", "Date", "Subject", "Message-ID")):
        raise InputError("the file is no e-mail", received="no header of one", expected="From, Subject and a text")
    passages = _written(message, 0)
    turns = [_at(passage.turn(), at_s) for passage, at_s in zip(passages, _times(passages), strict=True)]
    subject = " ".join(str(message.get("Subject", "")).split())
    subject = re.sub(r"^(?:(?:re|fwd?|aw|wg|tr|rv|r)\s*:\s*)+", "", subject, flags=re.IGNORECASE)
    if subject and turns:
        turns[0] = dataclasses.replace(turns[0], text=f"{subject.rstrip('.')}. {turns[0].text}")
    return tuple(turns)


def _written(message: EmailMessage, depth: int) -> list[_Passage]:
    """What has words in a message and those attached to it, the oldest first."""
    attached: list[_Passage] = []
    if depth < MAX_DEPTH:
        for part in message.walk():
            if part.get_content_type() == "message/rfc822" and part is not message:
                inner = part.get_payload(0)
                attached += _written(inner, depth + 1) if isinstance(inner, EmailMessage) else []
    who, sent_s = _name(str(message.get("From", ""))), _epoch_s(str(message.get("Date", "")))
    passages = list(_passages(_body(message).splitlines(), who, sent_s))
    return attached + [passage for passage in reversed(passages) if passage.text()]


# --- times ------------------------------------------------------------------------------------------------------------


def _at(turn: ChatTurn, start_s: float | None) -> ChatTurn:
    return dataclasses.replace(turn, start_s=start_s)


def _times(passages: Sequence[_Passage]) -> list[float | None]:
    """Seconds after the first; none at all where nobody knows when that was."""
    sent = [passage.sent_s for passage in passages]
    return seconds_after_first(sent) if sent and sent[0] is not None else [None] * len(sent)


def _epoch_s(date: str) -> float | None:
    """Of a date of RFC 5322."""
    parsed = parsedate_tz(date)
    try:
        return None if parsed is None else float(mktime_tz(parsed))
    except (ValueError, OverflowError):  # the thirteenth month
        return None


def _announced_s(text: str) -> float | None:
    found = _ZONED.search(text)
    return _epoch_s(found[0]) if found else None


# --- what is quoted ---------------------------------------------------------------------------------------------------


def _passages(lines: Sequence[str], who: str, sent_s: float | None) -> Iterator[_Passage]:
    """The message, what it quotes, what that quotes, and so on."""
    for _ in range(MAX_DEPTH):
        found = _quotation(lines)
        if found is None:
            break
        start, end, quoted_from = found
        yield _Passage(who, sent_s, lines[:start])
        who, sent_s = quoted_from, _announced_s(" ".join(lines[start:end]))
        lines = [_unquoted(line) for line in lines[end:]]
    yield _Passage(who, sent_s, [line for line in lines if not line.startswith(">")])


def _quotation(lines: Sequence[str]) -> tuple[int, int, str] | None:
    """Where a quotation is announced, where it begins, and by whom it is."""
    for number, line in enumerate(lines):
        together = f"{line.rstrip()} {lines[number + 1].strip()}" if number + 1 < len(lines) else line
        for text, length in ((line, 1), (together, 2)):
            announced = _ATTRIBUTION.fullmatch(text)
            if announced and _quoted_next(lines[number + length :]):
                return number, number + length, _attributed(announced["who"])
        if headers := _header_block(lines[number:]):
            sender, length = headers
            return number, number + length, _name(sender)
    return None


def _quoted_next(lines: Sequence[str]) -> bool:
    """Whether the next line with text is a quoted one."""
    return next((line.lstrip().startswith(">") for line in lines if line.strip()), False)


def _header_block(lines: Sequence[str]) -> tuple[str, int] | None:
    """Sender and length of the headers that some programs put above what they quote."""
    skipped = 1 if _FORWARDED.fullmatch(lines[0]) else 0
    headers = []
    for line in lines[skipped : skipped + 8]:
        if not _HEADER.fullmatch(line):
            break
        headers.append(line)
    sender = _SENDER.fullmatch(headers[0]) if headers else None
    if not sender or len(headers) < 3 - skipped:
        return None
    return sender["who"], skipped + len(headers)


def _unquoted(line: str) -> str:
    return re.sub(r"^\s*> ?", "", line)


def _attributed(who: str) -> str:
    """The name in "On Monday, 3 March 2025 at 10:12, Ann Smith <ann@example.org> wrote"."""
    who = re.sub(rf"(?<!\w)(?:{_WROTE})(?!\w)", " ", who, flags=re.IGNORECASE).strip()
    named = _DATED.sub("", who, count=1).strip(" ,;") or who
    return _name(named)


def _name(sender: str) -> str:
    """The name of a sender, else the part of the address before the @."""
    shown, address = parseaddr(sender)
    if shown and "@" not in shown:
        return " ".join(shown.split())
    bare = " ".join(_ADDRESS.sub(" ", sender).replace('"', "").split()).strip(" ,;<>")
    found = _ADDRESS.search(sender)
    return bare or (found[1] if found else address.partition("@")[0])


# --- the body ---------------------------------------------------------------------------------------------------------


def _body(message: EmailMessage) -> str:
    """The text of a message, from its HTML where it has no other."""
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        text = str(part.get_content())
    except (LookupError, UnicodeError, KeyError):  # an unknown charset or a damaged one
        payload = part.get_payload(decode=True)
        text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return _words_of(text) if part.get_content_type() == "text/html" else text


@dataclass
class _Words(HTMLParser):
    """The text of an HTML document, a line for each block; quotations as in plain text."""

    lines: list[str] = field(default_factory=lambda: [""])
    quoted: int = 0
    hidden: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the parser's own
        self.hidden += tag in ("style", "script", "head")
        self.quoted += tag == "blockquote"
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("style", "script", "head")
        self.quoted -= tag == "blockquote"
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if self.hidden <= 0 and data.strip():
            self.lines[-1] += re.sub(r"\s+", " ", data)

    def _break(self, tag: str) -> None:
        if tag in ("p", "div", "br", "tr", "li", "blockquote", "h1", "h2", "h3", "hr"):
            self.lines.append("> " * max(self.quoted, 0))


def _words_of(html: str) -> str:
    parser = _Words()
    parser.feed(html)
    parser.close()
    return "\n".join(parser.lines)
