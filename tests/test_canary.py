"""Nothing leaks: one value of each of the 36 entities goes in, and every byte that comes out is searched for them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from engine.privacy import ENTITIES
from engine.serve import call_engine_pb2 as pb
from engine.serve import call_engine_pb2_grpc as rpc
from tests.analysis.faulty_server import FaultyServer, Request, answer, example, schema_of
from tests.canaries import CANARIES, CUSTOMER, chat_lines, everything_below, leaks, site, transcript_json, turns

COMMAND = [sys.executable, "-m", "engine"]
SITE_KEY = "the key of the canary site"
PARROT = f"{CUSTOMER} (quillfeather) at 415 555 2671 pays with 4929123456789013, born 11/23/1967."
"""What the language model answers: values of the call, as they were said and in other forms."""


def test_there_is_a_canary_for_every_entity() -> None:
    assert sorted(canary.entity for canary in CANARIES) == sorted(ENTITIES)


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
    if schema.get("type") == "array":
        return [repeated(schema["items"], root)][: schema.get("maxItems")]
    return example(schema, root)


def run(tmp_path: Path, server: FaultyServer, method: str) -> Iterator[tuple[str, bytes]]:
    """Everything that a run writes, prints, leaves behind and sends."""
    out, temporary, inputs = tmp_path / "out", tmp_path / "tmp", tmp_path / "in"
    temporary.mkdir()
    inputs.mkdir()
    (inputs / "chat.txt").write_text(chat_lines())
    (inputs / "transcript.json").write_text(transcript_json())
    (tmp_path / "site.toml").write_text(site(server.url, "tiny", f'substitution = {{ default = "{method}" }}'))
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


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, server: FaultyServer) -> Iterator[tuple[Path, str]]:
    """The folder of a running `call-engine serve`, with all that it writes and prints, and its address."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "tmp").mkdir()
    (folder / "site.toml").write_text(site(server.url, "tiny"))
    command = [*COMMAND, "--verbose", "serve", "--port", "0", "--out", "out", "--config", "site.toml"]
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        process = subprocess.Popen(
            command, stdout=out, stderr=err, cwd=folder, env={**os.environ, "TMPDIR": str(folder / "tmp")}
        )
    try:
        yield folder, f"127.0.0.1:{port_of(process, folder / 'stderr')}"
    finally:
        process.terminate()
        process.wait(timeout=60)


def port_of(process: subprocess.Popen[bytes], log: Path) -> int:
    """The port that a server says it listens on."""
    for _ in range(240):
        if found := re.search(r"serving .* on 127\.0\.0\.1:(\d+)", log.read_text()):
            return int(found[1])
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.5)
            break
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")


def test_the_grpc_server_leaks_nothing(served: tuple[Path, str], server: FaultyServer) -> None:
    folder, address = served
    sent = len(server.requests)
    with grpc.insecure_channel(address) as channel:
        stub = rpc.CallEngineStub(channel)
        chat = pb.Chat(turns=[pb.ChatTurn(speaker=speaker, text=text) for speaker, text in turns()])
        result = stub.AnalyzeText(chat, timeout=200)
        (redacted,) = stub.Redact(iter([pb.Text(id="1", text=chat_lines(), language="en")]), timeout=200)
        with pytest.raises(grpc.RpcError) as refused:  # an error must not quote what it was given
            stub.Process(iter([pb.AudioChunk(data=chat_lines().encode())]), timeout=200)
    assert result.status == "completed"
    assert len(redacted.spans) >= len(CANARIES)
    assert len(server.requests) > sent
    answers = {
        "result": result.SerializeToString(),
        "redacted": redacted.SerializeToString(),
        "refused": str(refused.value).encode(),
        "requests": json.dumps([server.requests[sent:], server.headers, server.asked]).encode(),
    }
    written = [*everything_below(folder), *answers.items()]
    assert [name for name, _ in written if name.endswith(".html")]
    assert {name: found for name, content in written if (found := leaks(content))} == {}
