"""Every command and every Python example of the README runs as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PACKAGE

ROOT = PACKAGE.parent
README = (ROOT / "README.md").read_text("utf-8")
ITSELF = "bash scripts/test"  # is what runs this test


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """A directory that looks like the checkout, so that results do not land in the real one."""
    root = tmp_path_factory.mktemp("checkout")
    for name in ("engine", "configs", "scripts", "benchmarks", ".venv"):
        (root / name).symlink_to(ROOT / name)
    return root


def run(command: list[str], checkout: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CALL_ENGINE_MODELS": str(checkout / "models")}
    return subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, check=False, timeout=280
    )


def test_the_readme_opens_with_the_two_commands():
    assert [line.split("#")[0].strip() for line in blocks("bash")[0].splitlines()] == ["bash scripts/demo", ITSELF]


def test_every_command_runs(checkout):
    commands = "\n".join(line for block in blocks("bash") for line in block.splitlines() if ITSELF not in line)
    done = run(["bash", "-euxo", "pipefail", "-c", commands], checkout)
    assert done.returncode == 0, done.stderr[-2000:]
    assert (checkout / "demo-results" / "telecom-billing.html").is_file()
    assert "speech recognition works" in done.stdout


def test_every_python_example_runs(checkout):
    (example,) = blocks("python")
    done = run([sys.executable, "-c", example], checkout)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "John Smith" not in done.stdout


def test_every_configuration_example_loads(tmp_path):
    from engine import load_config

    for number, text in enumerate(blocks("toml")):
        path = tmp_path / f"site-{number}.toml"
        path.write_text(text)
        assert load_config(path).profile == f"site-{number}"


def test_every_link_leads_to_a_file():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    for link in links:
        assert link.startswith("http") or (ROOT / link).exists(), link


def test_the_file_map_names_what_exists():
    for name in re.findall(r"`(engine/[\w./]+|configs/|benchmarks/|scripts/)`", README):
        assert (ROOT / name).exists(), name
