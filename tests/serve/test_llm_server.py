"""`serve-llm`: the command it prints, and a server that starts, dies or hangs (a small one in vLLM's place)."""

from __future__ import annotations

import dataclasses
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from engine.config_types import LlmConfig, LlmServerConfig
from engine.errors import ConfigurationError, LlmUnavailableError, ModelError
from engine.serve.cli import main
from engine.serve.llm_server import llm_command, llm_environment, serve_llm, started, wait_until_ready

HEALTHY = """
import http.server, sys
class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()
    def log_message(self, *args): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Healthy).serve_forever()
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def config(tmp_path: Path) -> LlmConfig:
    """Weights and an environment that look like some; `vllm` is the healthy server."""
    (tmp_path / "Qwen3-8B").mkdir()
    program = tmp_path / "venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.with_name("vllm").touch()
    program.write_text(f"#!{sys.executable}\n{HEALTHY}")
    program.chmod(0o755)
    server = LlmServerConfig(
        str(tmp_path / "Qwen3-8B"), str(tmp_path / "venv"), kv_cache_gib=16.0, start_timeout_s=20.0
    )
    return LlmConfig(base_url=f"http://127.0.0.1:{free_port()}/v1", server=server)


def with_server(config: LlmConfig, **changes: object) -> LlmConfig:
    return dataclasses.replace(config, server=dataclasses.replace(config.server, **changes))  # type: ignore[arg-type]


def replaced(config: LlmConfig, program: str) -> LlmConfig:
    """The configuration with another program in the place of vLLM."""
    path = Path(config.server.environment) / "bin" / "python"
    path.write_text(f"#!{sys.executable}\n{program}")
    return config


def test_the_command_has_the_flags_that_analysis_needs(config: LlmConfig) -> None:
    command = llm_command(config)
    assert command[1:3] == ["-m", "vllm.entrypoints.openai.api_server"]
    flags = dict(zip(command[3:-1:2], command[4:-1:2], strict=True))
    assert flags == {
        "--model": config.server.weights,
        "--served-model-name": "Qwen3-8B",
        "--host": "127.0.0.1",
        "--port": config.base_url.rpartition(":")[2].removesuffix("/v1"),
        "--max-model-len": "16384",
        "--max-num-seqs": "128",
        "--structured-outputs-config": '{"backend":"xgrammar","disable_any_whitespace":true}',
        "--gpu-memory-utilization": "0.6",
        "--kv-cache-memory-bytes": str(16 * 1024**3),
    }
    assert command[-1] == "--enable-prefix-caching"


def test_the_cache_is_vllms_own_matter_where_none_is_named(config: LlmConfig) -> None:
    assert "--kv-cache-memory-bytes" not in llm_command(with_server(config, kv_cache_gib=0.0))
    assert llm_command(with_server(config, arguments=("--enforce-eager",)))[-1] == "--enforce-eager"
    assert llm_environment(config)["HF_HUB_OFFLINE"] == "1"


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"weights": ""}, ConfigurationError, "no model to serve; expected --weights DIR"),
        ({"weights": "/nowhere/model"}, ModelError, "/nowhere/model does not exist"),
        ({"environment": "/nowhere"}, ConfigurationError, "no vLLM to start; received /nowhere/bin/vllm"),
    ],
)
def test_what_is_missing_is_named(
    config: LlmConfig, changes: dict[str, object], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        serve_llm(with_server(config, **changes))


def test_another_machine_is_refused(config: LlmConfig) -> None:
    with pytest.raises(ConfigurationError, match=r"on this machine; received .*http://10.0.0.7:8000/v1"):
        llm_command(dataclasses.replace(config, base_url="http://10.0.0.7:8000/v1"))


def test_a_dry_run_prints_the_command_and_starts_nothing(config: LlmConfig, capsys: pytest.CaptureFixture[str]) -> None:
    assert serve_llm(replaced(config, "raise SystemExit('started')"), dry_run=True) == 0
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert "HF_HUB_OFFLINE=1" in printed and "--enable-prefix-caching" in printed


def test_the_command_line_has_it(config: LlmConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(f'[analysis.llm.server]\nenvironment = "{config.server.environment}"\n')
    assert main(["serve-llm", "--config", str(file), "--weights", config.server.weights, "--dry-run"]) == 0
    assert f"--model {config.server.weights}" in capsys.readouterr().out
    assert main(["serve-llm", "--config", str(file), "--dry-run"]) == 2


def test_a_server_that_gets_ready_ends_with_its_block(config: LlmConfig) -> None:
    with started(llm_command(config), {}) as process:
        wait_until_ready(process, config)
        assert process.poll() is None
    assert process.poll() is not None


def test_a_server_that_ends_is_said_to_have_ended(config: LlmConfig) -> None:
    with (
        started(llm_command(replaced(config, "raise SystemExit(3)")), {}) as process,
        pytest.raises(LlmUnavailableError, match="ended before it was ready; received exit code 3"),
    ):
        wait_until_ready(process, config)


def test_a_server_that_never_answers_is_given_up(config: LlmConfig) -> None:
    silent = with_server(replaced(config, "import time; time.sleep(60)"), start_timeout_s=0.1)
    with started(llm_command(silent), {}) as process, pytest.raises(LlmUnavailableError, match=r"0\.1 s without"):
        wait_until_ready(process, silent)
    assert process.poll() == -signal.SIGTERM


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_server_ends_with_the_command(config: LlmConfig, tmp_path: Path, stop: signal.Signals) -> None:
    file = tmp_path / "mine.toml"
    server = f'weights = "{config.server.weights}"\nenvironment = "{config.server.environment}"\n'
    file.write_text(f'[analysis.llm]\nbase_url = "{config.base_url}"\n[analysis.llm.server]\n{server}')
    command = [sys.executable, "-m", "engine", "serve-llm", "--config", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any(line.startswith("ready: ") for line in process.stderr)
        process.send_signal(stop)
        process.communicate(timeout=60)
    assert process.returncode == 130
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(config.base_url.rpartition(":")[2].removesuffix("/v1")))) != 0


def test_the_key_goes_to_the_server_but_not_onto_its_command_line(
    config: LlmConfig, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(config.api_key_env, "the-key-of-the-site")
    program = "import os, sys; print('key' if os.environ.get('VLLM_API_KEY') else 'none'); sys.exit(5)"
    with pytest.raises(LlmUnavailableError, match="exit code 5"):
        serve_llm(replaced(config, program))
    printed = capfd.readouterr().out
    assert "key\n" in printed
    assert "the-key-of-the-site" not in printed
