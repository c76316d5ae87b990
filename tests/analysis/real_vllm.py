"""A real vLLM on the CPU, in the `.venv-vllm` of `scripts/install-vllm`, that serves a model of random weights."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from engine.analysis.asking import Questions, questions
from engine.analysis.checklists import load_checklist
from engine.types import Checklist
from tests.analysis.faulty_server import TEXT, example

PYTHON = Path(__file__).parents[2] / ".venv-vllm" / "bin" / "python"
START_S = 300
PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


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


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[RealServer]:
    """Builds the model, serves it, and ends the server whatever happens."""
    checklists, categories = (load_checklist("service-quality"),), ("billing", "technical", "other")
    _write_random_model(folder / "model", questions(checklists, categories))
    port = _free_port()
    with (folder / "log.txt").open("wb") as log:
        command = _command(folder / "model", port)
        process = subprocess.Popen(
            command,
            env=_environment(),
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=_end_with_the_tests,
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
    subprocess.run([PYTHON, script, target], input=corpus.encode(), check=True, capture_output=True, timeout=120)


def _command(model: Path, port: int) -> list[str | Path]:
    command: list[str | Path] = [PYTHON, "-m", "vllm.entrypoints.openai.api_server", "--model", model]
    command += ["--served-model-name", "random-qwen3", "--host", "127.0.0.1", "--port", str(port), "--enforce-eager"]
    return [*command, "--structured-outputs-config", '{"backend":"xgrammar","disable_any_whitespace":true}']


def _environment() -> dict[str, str]:
    ours = {"VLLM_CPU_KVCACHE_SPACE": "1", "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    return {**os.environ, **ours}


def _end_with_the_tests() -> None:
    """Have Linux end the server even where the tests are killed and clean nothing up."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_health(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_S
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
    raise RuntimeError(f"vLLM did not start:\n{log.read_text(errors='replace')[-3000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server and, whatever becomes of it, all processes of its session."""
    for stop, patience_s in ((signal.SIGTERM, 20), (signal.SIGKILL, 10)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, stop)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience_s)
