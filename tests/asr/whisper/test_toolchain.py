"""Which assembler is taken for a card, and that the user's own settings stand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.asr.whisper import toolchain
from engine.asr.whisper.toolchain import architecture, prepare, ptxas_for

OLD, NEW, OTHER = Path("/bundled/ptxas"), Path("/cuda/ptxas"), Path("/usr/bin/ptxas")
KNOWN = {OLD: {"sm_80", "sm_90a", "sm_100a"}, NEW: {"sm_90a", "sm_121a"}, OTHER: {"sm_121a", "sm_80"}}


def knows(ptxas: Path, target: str) -> bool:
    return target in KNOWN[ptxas]


@pytest.mark.parametrize(
    ("capability", "bundled", "installed", "taken"),
    [
        ((9, 0), OLD, [NEW], None),  # the bundled one will do
        ((12, 1), OLD, [NEW, OTHER], NEW),  # GB10
        ((12, 1), OLD, [OLD, OTHER], OTHER),
        ((12, 1), OLD, [], None),  # nothing to be had: the kernels say so when they are tried
        ((8, 0), None, [NEW, OTHER], OTHER),  # Triton without one of its own
    ],
)
def test_a_system_ptxas_is_taken_only_where_it_is_needed(capability, bundled, installed, taken):
    assert ptxas_for(capability, bundled, installed, knows) == taken


def test_targets_are_named_as_triton_names_them():
    from triton.backends.nvidia.compiler import sm_arch_from_capability

    for capability in ((7, 5), (8, 0), (8, 9), (9, 0), (10, 0), (12, 0), (12, 1)):
        assert architecture(capability) == sm_arch_from_capability(10 * capability[0] + capability[1])


def test_what_the_user_set_stands(monkeypatch):
    monkeypatch.setattr(toolchain, "_installed", lambda: [NEW])
    monkeypatch.setattr(toolchain, "_knows", lambda ptxas, _: ptxas == NEW)
    for name in ("TRITON_PTXAS_BLACKWELL_PATH", "TRITON_CACHE_DIR"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("TRITON_PTXAS_PATH", "/my/ptxas")
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "/my/cache")
    prepare((12, 1))
    assert os.environ["TRITON_PTXAS_PATH"] == "/my/ptxas" and os.environ["TORCHINDUCTOR_CACHE_DIR"] == "/my/cache"
    assert os.environ["TRITON_PTXAS_BLACKWELL_PATH"] == str(NEW)
    assert os.environ["TRITON_CACHE_DIR"].endswith("triton")


def test_the_bundled_ptxas_is_asked():
    bundled = toolchain._bundled((9, 0))
    assert bundled is not None and toolchain._knows(bundled, "sm_90a") and not toolchain._knows(bundled, "sm_1a")
