"""The values of the canary call and a real vLLM: nothing of them reaches it, and nothing of them is written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.analysis.real_vllm import RealServer
from tests.canaries import CUSTOMER, chat_lines, everything_below, leaks, site

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(900)]


@pytest.fixture
def wire(vllm: RealServer) -> Iterator[tuple[str, list[bytes]]]:
    """The address of a pass-through to vLLM, and the texts of every request that goes through it."""
    passed: list[bytes] = []

    class PassThrough(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            target = vllm.url.removesuffix("/v1") + self.path
            headers = {"Content-Type": self.headers.get("Content-Type", "application/json")}
            reply = httpx.request(self.command, target, content=body, headers=headers, timeout=240, trust_env=False)
            passed.append(f"{self.path} {texts_of(body)}".encode())
            self.send_response(reply.status_code)
            self.send_header("Content-Type", reply.headers.get("Content-Type", "application/json"))
            self.send_header("Content-Length", str(len(reply.content)))
            self.end_headers()
            self.wfile.write(reply.content)

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), PassThrough)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1", passed
    server.shutdown()
    server.server_close()
    thread.join()


def texts_of(body: bytes) -> str:
    """A request without its numbers: a token limit may be 739, which is also the code of the canary card."""
    return json.dumps(json.loads(body or b"null", parse_int=lambda _: None, parse_float=lambda _: None))


def test_no_value_reaches_a_real_vllm_or_a_file(wire: tuple[str, list[bytes]], tmp_path: Path) -> None:
    url, passed = wire
    out, temporary = tmp_path / "out", tmp_path / "tmp"
    temporary.mkdir()
    (tmp_path / "chat.txt").write_text(chat_lines())
    settings = "temperature = 1.0\nmax_output_tokens = 300\ntimeout_s = 240.0\n"
    (tmp_path / "site.toml").write_text(site(url, "random-qwen3") + settings)
    command = [sys.executable, "-m", "engine", "--verbose", "analyze", "chat.txt", "--config", "site.toml"]
    done = subprocess.run(
        [*command, "--out", str(out)],
        cwd=tmp_path, env={**os.environ, "TMPDIR": str(temporary)}, capture_output=True, check=False, timeout=600,
    )  # fmt: skip
    result = json.loads((out / "chat.json").read_text())
    assert result["status"] in ("completed", "partial"), done.stderr  # random weights may not close their braces
    sent = b"\n".join(passed)
    assert b"[CREDIT_CARD_NUMBER_1]" in sent  # the call did go there
    written = [*everything_below(out, temporary), ("stdout", done.stdout), ("stderr", done.stderr), ("wire", sent)]
    assert {name: found for name, content in written if (found := leaks(content))} == {}
    assert not [name for name, content in written if CUSTOMER.encode() in content]
