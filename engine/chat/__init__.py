"""Chats and finished transcripts: text that enters at hop 5."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TypeAlias

from engine.chat.formats import parse_turns
from engine.chat.mail import mail_turns
from engine.chat.names import name_words
from engine.chat.turns import ChatTurn, from_turns
from engine.errors import InputError
from engine.types import Transcript

__all__ = ["Chat", "ChatContent", "ChatTurn", "from_turns", "parse_chat", "read_chat"]

Chat: TypeAlias = str | Path | Sequence[ChatTurn]
"""The text of a chat (JSON or "Speaker: text" lines), the path of a file that holds it or an e-mail, or its turns."""

# A year of somebody's chats has a few megabytes; this is a wrong file.
MAX_BYTES = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class ChatContent:
    """The turns of a chat with the names that it came with, and the hash of its content."""

    turns: tuple[ChatTurn, ...]
    sha256: str

    def transcript(self, language: str, mask_names: bool = True) -> Transcript:
        """See `from_turns`."""
        return from_turns(self.turns, language, mask_names)

    def names(self) -> dict[str, str]:
        """The words in its speakers' labels that name a person, in lower case, each with its label; not "agent"."""
        return name_words(turn.speaker for turn in self.turns)


def read_chat(chat: Chat) -> ChatContent:
    """Read and parse any chat; raises InputError where there is nothing to read or it cannot be understood."""
    if isinstance(chat, Path):
        content = _content_of(chat)
        if chat.suffix.lower() == ".eml":
            return ChatContent(mail_turns(content), hashlib.sha256(content).hexdigest())
        chat = _text_of(chat, content)
    if isinstance(chat, str):
        return ChatContent(parse_turns(chat), _sha256(chat))
    if not all(isinstance(turn, ChatTurn) for turn in chat):
        raise InputError("the turns of a chat", received="other values", expected="a sequence of ChatTurn")
    return ChatContent(tuple(chat), _sha256(json.dumps([astuple(turn) for turn in chat])))


def parse_chat(text: str, language: str) -> Transcript:
    """The transcript of a chat's text; raises InputError with the line or entry that cannot be understood."""
    return from_turns(parse_turns(text), language)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _content_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"chat {path} cannot be read", received=error.strerror, remedy="check the path and its permissions"
        ) from None
    if len(content) > MAX_BYTES:
        raise InputError(f"chat {path}", received=f"over {MAX_BYTES} bytes", expected="the text of one chat")
    return content


def _text_of(path: Path, content: bytes) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"chat {path}", received=f"a byte at {error.start} that is no text", expected="UTF-8 text"
        ) from None
