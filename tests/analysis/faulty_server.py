"""An HTTP server that stands for the language model's (a border that we do not own) and misbehaves as told."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from engine.analysis.prompts import CLOSING, OPENING
from engine.config_types import LlmConfig

TEXT = "some text"
Request = dict[str, Any]


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
    """The smallest value that a JSON Schema of ours allows, with text in its strings, and no as every answer (which
    needs no evidence)."""
    root = root or schema
    if "$ref" in schema:
        return example(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example(schema["anyOf"][0], root)
    if schema["type"] == "object":
        return {name: example(inner, root) for name, inner in schema["properties"].items()}
    return {"string": TEXT[: schema.get("maxLength")], "array": [], "integer": 7, "boolean": False}[schema["type"]]


Script = Callable[[Request], Reply]


class FaultyServer:
    """An HTTP server on this machine that misbehaves as told: `replies` in turn, then `script` for the rest."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.script: Script = answer
        self.models: Reply = Reply(body=b'{"object":"list","data":[{"id":"tiny","max_model_len":16384}]}')
        self.tokenize: Script = lambda _: failure(404)
        self.requests: list[Request] = []
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
            return self.tokenize(json.loads(body))
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


class Pauses(list[float]):
    """Pauses that are noted down instead of waited."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


# --- reading what was asked -------------------------------------------------------------------------------------------


def schema_of(request: Request) -> dict[str, Any]:
    schema: dict[str, Any] = request["response_format"]["json_schema"]["schema"]
    return schema


def answer(request: Request, **changes: Any) -> Reply:
    """A valid answer but for the changes, as far as they are asked for."""
    valid = example(schema_of(request))
    return completion(json.dumps({**valid, **{name: value for name, value in changes.items() if name in valid}}))


def transcript_of(request: Request) -> list[str]:
    """The lines between the delimiters, as a reader of the prompt would find them."""
    prompt = request["messages"][-1]["content"].split("\n")
    return prompt[prompt.index(OPENING) + 1 : prompt.index(CLOSING)]
