"""`scripts/bench-gpu` with an interpreter that notes what it is asked for: its order, and that no fault ends it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def asked(tmp_path):
    """Runs the script; a benchmark whose arguments hold `fails` fails. Returns the exit code and the commands."""

    def run(*arguments: str, fails: str = "no such argument") -> tuple[int, list[str]]:
        noted, python = tmp_path / "noted", tmp_path / "python"
        noted.unlink(missing_ok=True)
        python.write_text(f'#!/bin/sh\necho "$*" >> {noted}\ncase "$*" in *"{fails}"*) exit 3 ;; esac\n')
        python.chmod(0o755)
        script = ["bash", str(ROOT / "scripts" / "bench"), "gpu", *arguments]
        environment = {**os.environ, "PYTHON": str(python)}
        done = subprocess.run(script, env=environment, capture_output=True, text=True, check=False, timeout=120)
        assert ("FAILED with exit code 3" in done.stderr) == (done.returncode == 1)
        return done.returncode, re.sub(r"--weights-in \S+ ", "", noted.read_text()).splitlines()

    return run


def test_what_the_table_asks_for_comes_first(asked):
    code, commands = asked("first")
    assert code == 0
    assert "path" in commands[0] and "large-v3-turbo" in commands[0] and "--diarization none" in commands[0]
    parts = ("--in-flight 1 ", "--live 128", "--in-flight 256", "transformers", "bench_front_end", "--estimate")
    for part in (*parts, "bench_kernels", "--shape large-v3 "):
        assert any(part in command for command in commands), part


def test_the_encoder_is_swept_at_both_widths(asked):
    swept = [command for command in asked()[1] if "--sweep-encoder" in command]
    assert [command.split()[-1] for command in swept] == ["auto", "float8"]
    assert len({command.rsplit(maxsplit=1)[0] for command in swept}) == 1


def test_a_fault_ends_no_other_part_and_is_told_at_the_end(asked):
    code, commands = asked(fails="--live")
    assert code == 1
    assert commands == asked()[1]


def test_a_rehearsal_asks_for_the_same_parts(asked):
    real, rehearsed = asked()[1], asked("rehearse")[1]
    assert {command.split()[0] for command in rehearsed} == {command.split()[0] for command in real}
    assert not any("cuda" in command or "large" in command for command in rehearsed)
