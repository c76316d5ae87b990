"""`call-engine serve-llm`: vLLM in an environment of its own, with the flags that the analysis needs."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import platform
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO
from urllib.parse import urlsplit

from engine.config_types import LlmConfig
from engine.errors import ConfigurationError, LlmUnavailableError
from engine.models import find_model

GIB = 1024**3
LOCAL = ("127.0.0.1", "localhost", "::1", "0.0.0.0")
OUR_PTXAS = Path("/usr/local/cuda/bin/ptxas")
POLL_S = 0.5
PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
PATIENCE_S = (20.0, 10.0)  # after SIGTERM, after SIGKILL

# Free white space between tokens lets a model that does not end write spaces until it is cut off.
STRUCTURED_OUTPUTS = json.dumps({"backend": "xgrammar", "disable_any_whitespace": True}, separators=(",", ":"))


def serve_llm(config: LlmConfig, *, dry_run: bool = False) -> int:
    """Print the command that serves the analysis model; unless `dry_run`, start it and stay until it ends.

    Returns the exit code, 1 where the server ended by itself; an interruption is a KeyboardInterrupt. Raises
    ConfigurationError where the configuration names no weights, no environment with vLLM or another machine, ModelError
    where the weights are not there, and LlmUnavailableError where the server does not get ready.
    """
    command, settings = llm_command(config), llm_environment(config)
    print(
        " ".join([f"{name}={shlex.quote(value)}" for name, value in settings.items()] + [shlex.join(command)]),
        flush=True,
    )
    if dry_run:
        return 0
    key = os.environ.get(config.api_key_env, "").strip()
    with started(command, {**settings, **({"VLLM_API_KEY": key} if key else {})}) as process:
        wait_until_ready(process, config)
        print(f"ready: {config.base_url}", file=sys.stderr, flush=True)
        process.wait()
    return 1


def llm_command(config: LlmConfig) -> list[str]:
    """The command line of vLLM; what is not said here it decides itself. Raises as `serve_llm` does."""
    server, url = config.server, urlsplit(config.base_url)
    if url.hostname not in LOCAL:
        raise ConfigurationError(
            "serve-llm starts a server on this machine",
            received=f"analysis.llm.base_url = {config.base_url!r}",
            expected="a URL such as http://127.0.0.1:8000/v1",
        )
    if not server.weights:
        raise ConfigurationError(
            "no model to serve", expected="--weights DIR, or weights in [analysis.llm.server] of the configuration"
        )
    weights = find_model(server.weights).absolute()
    # As a module: the command `vllm` of the CPU build asks for a distribution of that name and ends.
    command = [str(_interpreter(server.environment)), "-m", "vllm.entrypoints.openai.api_server"]
    flags = {
        "model": str(weights),
        "served-model-name": config.model or weights.name,
        "host": url.hostname,
        "port": str(url.port or 80),
        "max-model-len": str(config.context_tokens),
        "max-num-seqs": str(server.max_sequences),
        "structured-outputs-config": STRUCTURED_OUTPUTS,
        "gpu-memory-utilization": str(server.memory_share),
    }
    if server.kv_cache_gib:
        flags["kv-cache-memory-bytes"] = str(round(server.kv_cache_gib * GIB))
    command += [part for name, value in flags.items() for part in (f"--{name}", value)]
    return [*command, "--enable-prefix-caching", *server.arguments]


def llm_environment(config: LlmConfig) -> dict[str, str]:
    """What vLLM is to find in its environment: no byte leaves the machine, and the CPU build knows its cache."""
    settings = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    if config.server.kv_cache_gib:
        settings["VLLM_CPU_KVCACHE_SPACE"] = str(max(round(config.server.kv_cache_gib), 1))
    if platform.machine() == "aarch64" and OUR_PTXAS.exists() and "TRITON_PTXAS_PATH" not in os.environ:
        settings["TRITON_PTXAS_PATH"] = str(OUR_PTXAS)  # the one that Triton brings does not know Grace Blackwell
    return settings


@contextlib.contextmanager
def started(
    command: Sequence[str], settings: Mapping[str, str], output: IO[bytes] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """The running server, which ends with the block, whatever happens; SIGTERM ends the block."""
    process = subprocess.Popen(
        command,
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        preexec_fn=_end_with_us if sys.platform == "linux" else None,
    )
    before = _on_termination(_interrupted)
    try:
        yield process
    finally:
        _stop(process)
        _on_termination(before)


def wait_until_ready(process: subprocess.Popen[bytes], config: LlmConfig) -> None:
    """Return once `/health` answers; raises LlmUnavailableError where the server ends or takes too long."""
    import httpx

    url = f"{config.base_url.rstrip('/').removesuffix('/v1')}/health"
    deadline = time.monotonic() + config.server.start_timeout_s
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(url, trust_env=False, timeout=POLL_S * 4).is_success and process.poll() is None:
                return
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = process.wait(POLL_S)
            raise LlmUnavailableError(
                "the LLM server ended before it was ready", received=f"exit code {code}", remedy="see what it printed"
            )
    raise LlmUnavailableError(
        "the LLM server is not ready",
        received=f"{config.server.start_timeout_s:g} s without an answer from {url}",
        remedy="see what it printed, or raise start_timeout_s in [analysis.llm.server]",
    )


def _interpreter(environment: str) -> Path:
    programs = Path(environment).expanduser().absolute() / "bin"
    if not (programs / "vllm").is_file():
        raise ConfigurationError(
            "there is no vLLM to start",
            received=str(programs / "vllm"),
            expected="a virtual environment with vLLM in [analysis.llm.server] environment",
            remedy="`bash scripts/install-vllm gpu` in a checkout, or install vllm into a virtual environment",
        )
    return programs / "python"


def _end_with_us() -> None:
    """Have Linux end the server even where this process is killed and cleans nothing up."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server and, whatever becomes of it, all processes of its session."""
    for stop, patience_s in zip((signal.SIGTERM, signal.SIGKILL), PATIENCE_S, strict=True):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, stop)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience_s)


def _on_termination(act: signal._HANDLER) -> signal._HANDLER:
    """What SIGTERM did before; only the main thread may say."""
    try:
        return signal.signal(signal.SIGTERM, act)
    except ValueError:
        return None


def _interrupted(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal's own parameters
    raise KeyboardInterrupt
