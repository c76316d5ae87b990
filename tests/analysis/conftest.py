"""Stand-ins for the language model's server, a border that the project does not own: a faulty one, and a real vLLM."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.analysis.asking import Questions, questions
from engine.analysis.checklists import load_checklist
from engine.config import LlmConfig
from engine.types import Checklist, Language, RedactedTranscript, RedactedUtterance

ROOT = Path(__file__).parents[2]
VLLM_PYTHON = ROOT / ".venv-vllm" / "bin" / "python"
VLLM_START_S = 240
TEXT = "some text"


# --- what a server may answer -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reply:
    """One response. `fault`: "hang" sends nothing, "trickle" a byte now and then, "reset" and "cut" end in mid-body."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    fault: str = ""


def completion(content: str | None, finish_reason: str = "stop") -> Reply:
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish_reason}
    return Reply(body=json.dumps({"object": "chat.completion", "choices": [choice]}).encode())


def failure(status: int, message: str = "no", **headers: str) -> Reply:
    body = json.dumps({"error": {"message": message, "type": "Error", "code": status}}).encode()
    return Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


def example(schema: dict[str, Any], root: dict[str, Any] | None = None) -> Any:
    """The smallest value that a JSON Schema of ours allows, with text in its strings."""
    root = root or schema
    if "$ref" in schema:
        return example(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example(schema["anyOf"][0], root)
    if schema["type"] == "object":
        return {name: example(inner, root) for name, inner in schema["properties"].items()}
    return {"string": TEXT[: schema.get("maxLength")], "array": [], "integer": 7, "boolean": True}[schema["type"]]


def well_behaved(request: dict[str, Any]) -> Reply:
    """A valid answer to whatever was asked."""
    return completion(json.dumps(example(request["response_format"]["json_schema"]["schema"])))


Script = Callable[[dict[str, Any]], Reply]


class FaultyServer:
    """An HTTP server on this machine that misbehaves as told: `replies` in turn, then `script` for the rest."""

    Reply = Reply
    completion = staticmethod(completion)
    failure = staticmethod(failure)
    example = staticmethod(example)
    well_behaved = staticmethod(well_behaved)

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.script: Script = well_behaved
        self.models: Reply = Reply(body=b'{"object":"list","data":[{"id":"tiny","max_model_len":16384}]}')
        self.tokenize: Reply = failure(404)
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.asked: list[str] = []
        self.in_flight = self.peak = 0
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    def config(self, **changes: Any) -> LlmConfig:
        defaults = {"base_url": self.url, "model": "tiny", "timeout_s": 5.0, "connect_timeout_s": 2.0}
        return LlmConfig(**{**defaults, **changes})

    def stop(self) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def reply_to(self, path: str, body: bytes) -> Reply:
        with self.lock:
            self.asked.append(path)
        if path == "/v1/models":
            return self.models
        if path == "/tokenize":
            return self.tokenize
        request = json.loads(body)
        with self.lock:
            self.requests.append(request)
            self.in_flight += 1
            self.peak = max(self.peak, self.in_flight)
            scripted = self.replies.pop(0) if self.replies else None
        try:
            return scripted or self.script(request)
        finally:
            with self.lock:
                self.in_flight -= 1

    def _handler(server) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler below has a `self` of its own
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                server.headers.append(dict(self.headers))
                self.answer(server.reply_to(self.path, body))

            do_POST = do_GET  # noqa: N815 - http.server's name

            def answer(self, reply: Reply) -> None:
                if reply.fault == "hang":
                    server.stopping.wait()
                    return
                self.send_response(reply.status)
                for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.send_body(reply)

            def send_body(self, reply: Reply) -> None:
                if not reply.fault:
                    self.wfile.write(reply.body)
                    return
                self.close_connection = True
                self.wfile.write(reply.body[:20])
                if reply.fault == "reset":
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    socket.close(self.connection.detach())
                while reply.fault == "trickle" and not server.stopping.wait(0.02):
                    self.wfile.write(b" ")

            def log_message(self, format: str, *args: object) -> None:
                """Tests read no access log."""

        return Handler


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    faulty = FaultyServer()
    yield faulty
    faulty.stop()


# --- transcripts ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def said() -> Callable[..., RedactedTranscript]:
    """`said("hello", "good morning")`: a redacted call in which agent and customer take turns."""
    return conversation


def conversation(*texts: str) -> RedactedTranscript:
    utterances = tuple(
        RedactedUtterance(
            index, f"S{index % 2}", ("agent", "customer")[index % 2], 2.0 * index, 2.0 * index + 1.5, text
        )
        for index, text in enumerate(texts)
    )
    return RedactedTranscript(Language("en", 1.0), (), utterances)


# --- a real vLLM on the CPU -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RealServer:
    """A vLLM that serves "random-qwen3", a model of random weights whose tokenizer knows the keys of this ask."""

    url: str
    checklists: tuple[Checklist, ...]
    categories: tuple[str, ...]

    def metric(self, name: str) -> float:
        """A counter of the server, summed over its labels."""
        text = httpx.get(self.url.replace("/v1", "/metrics"), trust_env=False).text
        return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


@pytest.fixture(scope="session")
def vllm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    if not VLLM_PYTHON.exists():
        reason = "there is no vLLM in .venv-vllm; `bash scripts/install-vllm` puts it there"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("vllm")
    checklists, categories = (load_checklist("service-quality"),), ("billing", "technical", "other")
    _write_random_model(folder / "model", questions(checklists, categories))
    port = _free_port()
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            _vllm_command(folder / "model", port),
            env=_vllm_environment(),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_for_health(process, port, folder / "log.txt")
        yield RealServer(f"http://127.0.0.1:{port}/v1", checklists, categories)
    finally:
        _stop(process)


def _write_random_model(target: Path, asked: Questions) -> None:
    asks = [asked.summary, *(step.main for step in asked.ladder)]
    keys = [json.dumps(example(ask.schema), indent=0, separators=(",", ":")).replace(TEXT, "") for ask in asks]
    corpus = "\n".join([asked.largest.system, *keys])
    script = Path(__file__).with_name("random_llm.py")
    subprocess.run([VLLM_PYTHON, script, target], input=corpus.encode(), check=True, capture_output=True, timeout=120)


def _vllm_command(model: Path, port: int) -> list[str | Path]:
    command: list[str | Path] = [VLLM_PYTHON, "-m", "vllm.entrypoints.openai.api_server", "--model", model]
    command += ["--served-model-name", "random-qwen3", "--host", "127.0.0.1", "--port", str(port), "--enforce-eager"]
    return [*command, "--structured-outputs-config", '{"backend":"xgrammar","disable_any_whitespace":true}']


def _vllm_environment() -> dict[str, str]:
    ours = {"VLLM_CPU_KVCACHE_SPACE": "1", "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    return {**os.environ, **ours}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_health(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + VLLM_START_S
    while time.monotonic() < deadline:
        try:
            process.wait(timeout=0.5)
            break
        except subprocess.TimeoutExpired:
            pass
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
    pytest.fail(f"vLLM did not start:\n{log.read_text(errors='replace')[-3000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server and, whatever becomes of it, all processes of its session."""
    for stop, patience_s in ((signal.SIGTERM, 20), (signal.SIGKILL, 10)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, stop)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience_s)
