"""What Triton and Inductor find in the environment: an assembler that knows the card, and caches that outlive the
process. What the user has set is left alone."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

logger = logging.getLogger(__name__)

_CACHES = {"TORCHINDUCTOR_CACHE_DIR": "inductor", "TRITON_CACHE_DIR": "triton"}
_PTXAS = ("TRITON_PTXAS_PATH", "TRITON_PTXAS_BLACKWELL_PATH")  # Triton reads the second for capability 10 and newer
_CUDA = Path("/usr/local/cuda/bin/ptxas")


def prepare(capability: tuple[int, int]) -> None:
    """Set the directories of the compile caches, and the path of a system's ptxas where only that knows the card.

    To be called before Triton is first imported.
    """
    from platformdirs import user_cache_path

    for variable, name in _CACHES.items():
        os.environ.setdefault(variable, str(user_cache_path("call-engine") / name))
    found = ptxas_for(capability, _bundled(capability), _installed(), _knows)
    if found:
        logger.info("kernels are assembled with %s: Triton's own ptxas does not know this card", found)
        for variable in _PTXAS:
            os.environ.setdefault(variable, str(found))


def ptxas_for(
    capability: tuple[int, int], bundled: Path | None, installed: Iterable[Path], knows: Callable[[Path, str], bool]
) -> Path | None:
    """The first `installed` ptxas that can target the card; None where the `bundled` one can, or none does."""
    target = architecture(capability)
    if bundled is not None and knows(bundled, target):
        return None
    return next((path for path in installed if knows(path, target)), None)


def architecture(capability: tuple[int, int]) -> str:
    """As Triton asks for it: "sm_80", "sm_90a", "sm_121a"."""
    major, minor = capability
    return f"sm_{major}{minor}{'a' if major >= 9 else ''}"


def _bundled(capability: tuple[int, int]) -> Path | None:
    from importlib.util import find_spec

    spec = find_spec("triton")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "backends" / "nvidia" / "bin"
    names = ("ptxas-blackwell", "ptxas") if capability[0] >= 10 else ("ptxas",)
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _installed() -> list[Path]:
    on_path = shutil.which("ptxas")
    return [path for path in (_CUDA, Path(on_path) if on_path else _CUDA) if path.is_file()]


def _knows(ptxas: Path, target: str) -> bool:
    """Whether a ptxas lists `target` among those of its --gpu-name."""
    try:
        listed = subprocess.run([ptxas, "--help"], capture_output=True, text=True, timeout=30, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return False
    return f"'{target}'" in listed
