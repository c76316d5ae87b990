"""`call-engine redact`: lines in, redacted lines out; or files, whatever they are."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO

from engine.chat import ChatContent, read_chat
from engine.config import replace
from engine.config_types import EngineConfig, PrivacyConfig
from engine.errors import CallEngineError, ConfigurationError, InputError
from engine.files import write_atomic
from engine.privacy import CallRedaction, PrivacyFilter, RedactedText, Vault, load_privacy_filter
from engine.serve.documents import StringsOf, is_text, read_text
from engine.serve.restore import text_id, vault_beside

_FIELDS = ("entity", "start", "end", "score", "marker")
_REASONS = ("recognizer", "why")


def redact_lines(lines: Iterable[str], out: TextIO, config: PrivacyConfig) -> int:
    """{"id", "text", "language"} -> {"id", "text", "spans"}. A bad line is reported by number and skipped."""
    privacy = load_privacy_filter(config)
    _vault(config, None)
    counts: Counter[str] = Counter()
    failed = False
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            answer = _redacted(line, privacy, _FIELDS + (_REASONS if config.explain else ()))
        except CallEngineError as error:
            print(f"call-engine: line {number}: {error}", file=sys.stderr)
            failed = True
            continue
        counts.update(span["entity"] for span in answer["spans"])
        out.write(json.dumps(answer, ensure_ascii=False) + "\n")
        out.flush()
    if config.explain:
        print_counts(counts)
    return int(failed)


def redact_files(paths: Sequence[Path], out: Path | None, config: EngineConfig) -> int:
    """Texts and chats to redacted texts, in `out` or else to stdout; recordings to redacted recordings and transcripts,
    in `out` or else in `redacted/`. Returns the exit code.

    Where the configuration asks for a vault, each redacted text has one beside it, for `call-engine restore`. Raises
    ConfigurationError where there is no key for it, or no directory.
    """
    texts = [path for path in paths if path.is_file() and is_text(path)]
    recordings = [path for path in paths if path not in texts]
    failed = _redact_texts(texts, out, config) if texts else 0
    if recordings:
        from engine.serve.run import process

        failed = process(recordings, out or Path("redacted"), _for_recordings(config)) or failed
    return failed


def print_counts(counts: Counter[str]) -> None:
    """How often each entity was redacted: never what."""
    listed = ", ".join(f"{entity} {count}" for entity, count in sorted(counts.items(), key=lambda item: -item[1]))
    print(f"redacted: {listed or 'nothing'}", file=sys.stderr)


def _for_recordings(config: EngineConfig) -> EngineConfig:
    """The configuration without analysis, and with a beep where it does not say how to redact audio."""
    sound = config.privacy.audio.sound
    changes = {
        "analysis": {"backend": "none"},
        "privacy": {"audio": {"sound": "beep" if sound == "none" else sound}},
        "output": {"formats": ("json", "txt")},
    }
    return replace(config, changes)


def _redact_texts(paths: Sequence[Path], out: Path | None, config: EngineConfig) -> int:
    privacy = load_privacy_filter(config.privacy)
    vault = _vault(config.privacy, out)
    language = config.asr.language if len(config.asr.language) == 2 else config.asr.language_fallback
    counts: Counter[str] = Counter()
    failed = False
    for path in paths:
        try:
            original = read_text(path)
            text, found = _redacted_text(original, privacy, language)
            _put(path, text, out, original, vault)
        except CallEngineError as error:
            print(f"call-engine: {error}", file=sys.stderr)
            failed = True
            continue
        counts.update(span.entity for each in found for span in each.spans)
        if config.privacy.explain:
            _explain(found)
    if config.privacy.explain:
        print_counts(counts)
    return int(failed)


def _redacted_text(text: str, privacy: PrivacyFilter, language: str) -> tuple[str, Sequence[RedactedText]]:
    """A text as it is; JSON of a chat or transcript as a list of its turns and nothing else; other JSON with every
    string and number in it redacted, each key as context of its value."""
    chat = _chat(text)
    call = privacy.open(chat.names()) if chat else privacy.open()
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        found = call.redact_text(text, language)
        return found.text, [found]
    if chat:
        turns = chat.transcript(language, mask_names=False).utterances
        redacted = call.redact_texts([turn.text for turn in turns], language)
        said = zip(turns, redacted, strict=True)
        return _json(
            [
                {"speaker": t.speaker, "role": t.role, "start_s": t.start_s, "end_s": t.end_s, "text": r.text}
                for t, r in said
            ]
        ), redacted
    return _redacted_document(StringsOf(document), call, language)


def _redacted_document(document: StringsOf, call: CallRedaction, language: str) -> tuple[str, Sequence[RedactedText]]:
    redacted = call.redact_texts(document.texts, language)
    values = [item for item, is_key in zip(redacted, document.is_key, strict=True) if not is_key]
    return _json(document.replaced([item.text for item in values])), values


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _chat(text: str) -> ChatContent | None:
    try:
        return read_chat(text)
    except CallEngineError:
        return None


def _vault(config: PrivacyConfig, out: Path | None) -> Vault | None:
    """The vault that the configuration asks for; it lies beside a file, never in a stream."""
    if not config.vault.enabled:
        return None
    if out is None:
        raise ConfigurationError(
            "the vault needs a place",
            received="[privacy.vault] enabled = true and text that goes to stdout",
            expected="files and --out DIR",
            remedy="add --out, or set enabled = false",
        )
    return Vault(config.vault)


def _put(path: Path, text: str, out: Path | None, original: str, vault: Vault | None) -> None:
    """The redacted text to stdout or a file, its vault first: what cannot be undone is not done."""
    if out is None:
        sys.stdout.write(text)
        return
    out.mkdir(parents=True, exist_ok=True)
    place = out / f"{path.stem}.redacted{path.suffix}"
    data = text.encode("utf-8", errors="replace")
    if vault:
        write_atomic(vault_beside(place), vault.lock(text_id(data), [original]))
    write_atomic(place, data)


def _explain(found: Iterable[RedactedText]) -> None:
    """A line a finding: no value, only what stands for it and why."""
    for span in (span for text in found for span in text.spans):
        print(f"{span.score:.2f}  {span.marker or span.entity}  {span.recognizer}: {span.why}", file=sys.stderr)


def _redacted(line: str, privacy: PrivacyFilter, fields: Sequence[str]) -> dict[str, Any]:
    request = _request(line)
    found = privacy.redact_text(request["text"], request.get("language") or "en")
    spans = [{field: getattr(span, field) for field in fields} for span in found.spans]
    return {"id": request.get("id"), "text": found.text, "spans": spans}


def _request(line: str) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        request = None
    if not isinstance(request, dict) or not isinstance(request.get("text"), str):
        raise InputError("not a request", expected='a JSON object {"id", "text", "language"}')
    return request
