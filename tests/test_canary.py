"""Nothing leaks: one value of each of the 36 entities goes in, and every byte that comes out is searched for them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.privacy import ENTITIES
from tests.analysis.faulty_server import FaultyServer, Request, answer, example, schema_of
from tests.canaries import CANARIES

COMMAND = [sys.executable, "-m", "engine"]
SITE_KEY = "the key of the canary site"
CUSTOMER = "Xanthippe Quillfeather"
PARROT = f"{CUSTOMER} (quillfeather) at 415 555 2671 pays with 4929123456789013, born 11/23/1967."
"""What the language model answers: values of the call, as they were said and in other forms."""


def test_there_is_a_canary_for_every_entity() -> None:
    assert sorted(canary.entity for canary in CANARIES) == sorted(ENTITIES)


def leaks(content: bytes) -> list[str]:
    """The values that stand in some bytes: as they were said, without their punctuation, and their digits alone."""
    text = content.decode("utf-8", "ignore").casefold()
    squeezed = re.sub(r"[^a-z0-9]", "", text)
    found = []
    for canary in CANARIES:
        value = canary.value.casefold()
        long = re.sub(r"[^a-z0-9]", "", value)
        whole = re.search(rf"(?<![\w.]){re.escape(value)}(?![\w])", text)
        if whole or (len(long) >= 9 and long in squeezed):
            found.append(canary.entity)
    return found


def everything_below(*directories: Path) -> Iterator[tuple[str, bytes]]:
    for directory in directories:
        for path in sorted(directory.rglob("*")):
            yield f"the name {path.name}", path.name.encode()
            if path.is_file():
                yield path.name, path.read_bytes()


@pytest.fixture(scope="module")
def server() -> Iterator[FaultyServer]:
    """A language model that repeats what nobody told it."""
    made = FaultyServer()

    def parrot(request: Request):
        return answer(request, **repeated(schema_of(request)))

    made.script = parrot
    yield made
    made.stop()


def repeated(schema: dict[str, Any], root: dict[str, Any] | None = None) -> Any:
    """The answer that a JSON Schema of ours allows with PARROT, as much of it as fits, in every text."""
    root = root or schema
    if "$ref" in schema:
        return repeated(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "anyOf" in schema:
        return repeated(schema["anyOf"][0], root)
    if "enum" not in schema and schema["type"] == "string":
        return PARROT[: schema.get("maxLength")]
    if "enum" not in schema and schema["type"] == "object":
        return {name: repeated(inner, root) for name, inner in schema["properties"].items()}
    texts = schema.get("type") == "array" and schema["items"].get("type") == "string"
    return [repeated(schema["items"], root)][: schema.get("maxItems")] if texts else example(schema, root)


def chat_lines() -> str:
    lines = [(f"Agent: {canary.question}", f"{CUSTOMER}: {canary.sentence}") for canary in CANARIES]
    return "\n".join(line for pair in lines for line in pair) + f"\nAgent: Thank you, {CUSTOMER}.\n"


def transcript_json() -> str:
    """The same with times, so that subtitles have something to show."""
    turns = []
    for canary in CANARIES:
        turns += [("Agent", canary.question), (CUSTOMER, canary.sentence)]
    timed = [
        {"speaker": speaker, "text": text, "start": 5.0 * i, "end": 5.0 * i + 4}
        for i, (speaker, text) in enumerate(turns)
    ]
    return json.dumps(timed)


def run(tmp_path: Path, server: FaultyServer, method: str) -> Iterator[tuple[str, bytes]]:
    """Everything that a run writes, prints, leaves behind and sends."""
    out, temporary, inputs = tmp_path / "out", tmp_path / "tmp", tmp_path / "in"
    temporary.mkdir()
    inputs.mkdir()
    (inputs / "chat.txt").write_text(chat_lines())
    (inputs / "transcript.json").write_text(transcript_json())
    (tmp_path / "site.toml").write_text(
        f'extends = "demo"\n[privacy]\nexplain = true\nsubstitution = {{ default = "{method}" }}\n'
        '[output]\nformats = ["json", "txt", "srt", "vtt", "html"]\n[analysis]\nbackend = "vllm"\n'
        f'[analysis.llm]\nbase_url = "{server.url}"\nmodel = "tiny"\n'
    )
    command = [*COMMAND, "--verbose", "analyze", *map(str, inputs.iterdir())]
    environment = {**os.environ, "TMPDIR": str(temporary), "CALL_ENGINE_SITE_KEY": SITE_KEY}
    sent = len(server.requests)
    done = subprocess.run(
        [*command, "--out", str(out), "--config", str(tmp_path / "site.toml")],
        capture_output=True, check=False, timeout=250, env=environment, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(server.requests) > sent
    assert {path.suffix for path in out.iterdir()} >= {".json", ".txt", ".srt", ".vtt", ".html", ".sqlite"}
    yield from everything_below(out, temporary)
    yield "stdout", done.stdout
    yield "stderr", done.stderr
    yield "requests", json.dumps([server.requests[sent:], server.headers, server.asked]).encode()


@pytest.mark.parametrize("method", ["marker", "surrogate", "hash"])
def test_no_value_survives_anywhere(method: str, tmp_path: Path, server: FaultyServer) -> None:
    written = list(run(tmp_path, server, method))
    assert all(
        json.loads(content)["status"] == "completed" for name, content in written if re.fullmatch(r"\w+\.json", name)
    )
    names = " ".join(name for name, _ in written)
    assert all(name in names for name in ("chat.json", "chat.html", "transcript.srt", "transcript.vtt", ".sqlite"))
    assert {name: found for name, content in written if (found := leaks(content))} == {}
    assert not [name for name, content in written if SITE_KEY.encode() in content]
    result = json.loads(dict(written)["chat.json"])
    replacements = {redaction["marker"] for redaction in result["redactions"] if redaction["entity"] == "phone_number"}
    if method != "surrogate":  # the parrot says the number in another form, and a fake has the form of its value
        assert [each for each in replacements if each in result["analysis"]["summary"]]


def test_the_search_for_leaks_finds_them() -> None:
    assert leaks(chat_lines().encode()) == [canary.entity for canary in CANARIES]
    assert set(leaks(PARROT.encode())) >= {"person_name", "phone_number", "credit_card_number", "date_of_birth"}
    assert leaks(b"a call about nothing, 7 of 9 points") == []


@pytest.mark.parametrize("kind", ["txt", "json", "jsonl"])
def test_the_redact_command_leaks_nothing(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"in.{kind}"
    path.write_text(transcript_json() if kind == "json" else chat_lines())
    if kind == "jsonl":
        requests = "".join(json.dumps({"id": 1, "text": chat_lines()}) + "\n")
        done = subprocess.run(
            [*COMMAND, "redact", "--jsonl", "--explain"],
            input=requests.encode(),
            capture_output=True,
            check=False,
            timeout=200,
        )
    else:
        done = subprocess.run(
            [*COMMAND, "redact", str(path), "--explain"], capture_output=True, check=False, timeout=200
        )
    assert done.returncode == 0, done.stderr
    assert leaks(done.stdout) == []
    assert leaks(done.stderr) == []
    for entity in ("person_name", "phone_number", "vehicle_id"):
        assert entity.encode() in done.stderr  # the counts
