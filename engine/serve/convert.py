"""Results and messages: the proto names its fields as the JSON its keys, so protobuf's JSON mapping does the work."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from google.protobuf import json_format

from engine.chat import ChatTurn
from engine.privacy import RedactedText
from engine.privacy.anonymizer import Cut
from engine.result_json import to_dict
from engine.result_types import CallResult
from engine.serve import call_engine_pb2 as pb


def to_message(result: CallResult) -> pb.CallResult:
    """The result as a message; the original text never travels, and why something was found is left to files."""
    redactions = tuple(dataclasses.replace(redaction, recognizer="", why="") for redaction in result.redactions)
    document = to_dict(dataclasses.replace(result, original=None, redactions=redactions))
    return json_format.ParseDict(document, pb.CallResult())


def to_turns(chat: pb.Chat) -> list[ChatTurn]:
    return [
        ChatTurn(
            turn.speaker,
            turn.text,
            turn.start_s if turn.HasField("start_s") else None,
            turn.end_s if turn.HasField("end_s") else None,
        )
        for turn in chat.turns
    ]


def to_redacted(request: pb.Text, found: RedactedText) -> pb.RedactedText:
    spans: Iterable[pb.TextSpan] = (pb.TextSpan(**_shown(span)) for span in found.spans)
    return pb.RedactedText(id=request.id, text=found.text, spans=spans)


def _shown(span: Cut) -> dict[str, object]:
    """What the message has of a span; why it was found is told by `redact --explain`."""
    return {name: value for name, value in span._asdict().items() if name in pb.TextSpan.DESCRIPTOR.fields_by_name}
