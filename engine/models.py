"""Model files: bundled, local or pulled. Nothing is downloaded unless `pull` is called."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.errors import ModelError, UnknownNameError
from engine.files import write_atomic

BUNDLED, BUNDLED_MULTILINGUAL, BUNDLED_PRIVACY = "bundled", "bundled-multilingual", "privacy-nano"
BUNDLED_NOTE = "trained on synthetic speech, for demonstration and tests only; it writes nonsense on real calls"
_BUNDLED: Mapping[str, tuple[str, str]] = {
    BUNDLED: ("whisper-nano", BUNDLED_NOTE),
    BUNDLED_MULTILINGUAL: ("whisper-nano-multilingual", f"en, fr, es, de, it, pt; {BUNDLED_NOTE}"),
    BUNDLED_PRIVACY: (
        "privacy-nano",
        "finds names, places, health and more; trained on generated text in English, French, Spanish, German",
    ),
}
"""Directory and note of each model that comes with the package."""
MANIFEST = "manifest.json"

# Public CTranslate2 conversions of Whisper by name; `pull` takes any other repository as OWNER/NAME.
KNOWN_MODELS: Mapping[str, str] = {
    "whisper-tiny": "Systran/faster-whisper-tiny",
    "whisper-base": "Systran/faster-whisper-base",
    "whisper-small": "Systran/faster-whisper-small",
    "whisper-medium": "Systran/faster-whisper-medium",
    "whisper-large-v3": "Systran/faster-whisper-large-v3",
    "whisper-large-v3-turbo": "deepdml/faster-whisper-large-v3-turbo-ct2",
    "distil-large-v3": "Systran/faster-distil-whisper-large-v3",
}


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model directory on this machine."""

    name: str
    path: Path
    bytes: int
    note: str = ""


def models_dir() -> Path:
    """`$CALL_ENGINE_MODELS`, else the user's data directory."""
    import platformdirs

    chosen = os.environ.get("CALL_ENGINE_MODELS")
    return Path(chosen) if chosen else Path(platformdirs.user_data_dir("call-engine")) / "models"


def bundled_model(name: str = BUNDLED) -> Path:
    """The directory of a model that comes with the package."""
    directory, _ = _BUNDLED[name]
    return Path(__file__).with_name("bundled") / directory


def local_models() -> list[LocalModel]:
    """The bundled models and what the model directory holds, by name."""
    found = [_described(name, bundled_model(name), note) for name, (_, note) in _BUNDLED.items()]
    if models_dir().is_dir():
        directories = sorted(path for path in models_dir().iterdir() if path.is_dir() and path.name[0] != ".")
        found += [_described(path.name, path) for path in directories]
    return found


def find_model(name: str) -> Path:
    """The directory of a bundled or local name, or of a path; raises ModelError, UnknownNameError."""
    if name in _BUNDLED:
        return bundled_model(name)
    local = models_dir() / name
    path = local if local.is_dir() else Path(name).expanduser()
    if path.is_dir():
        _check_sizes(path)
        return path
    if os.sep in name or name.startswith("~"):
        raise ModelError(f"model directory {name} does not exist", remedy="give the path of a local model directory")
    if name in KNOWN_MODELS:
        raise ModelError(
            f"model {name} is not on this machine",
            remedy=f"run `call-engine models pull {name}` where there is a network",
        )
    raise UnknownNameError("model", name, {model.name for model in local_models()} | set(KNOWN_MODELS))


def verify(path: Path) -> list[str]:
    """Faults of a model directory against its manifest, one line each; none: every file is as it was pulled."""
    files = _manifest(path)
    if not files:
        return [f"{path} has no {MANIFEST}, so nothing to verify against; `call-engine models pull` writes one"]
    faults = list(_size_faults(path, files))
    if not faults:
        faults = [
            f"{name}: SHA-256 differs" for name, entry in files.items() if _sha256(path / name) != entry["sha256"]
        ]
    return faults


def pull(name: str) -> Path:
    """Download a model into the model directory, with a manifest. The only function that uses the network.

    name: one of KNOWN_MODELS or OWNER/NAME, with @REVISION for another than the newest; the manifest tells which commit
    it was. Raises ModelError where the hub cannot be reached.
    """
    name, _, revision = name.partition("@")
    repository = KNOWN_MODELS.get(name, name)
    if repository.count("/") != 1:
        raise UnknownNameError("model", name, KNOWN_MODELS)
    target = models_dir() / (name if name in KNOWN_MODELS else repository.split("/")[1])
    write_manifest(target, revision=_download(repository, revision or None, target))
    return target


def write_manifest(path: Path, name: str = "", revision: str = "") -> None:
    """Record name (the directory's unless given), revision, and size and SHA-256 of every file of a model directory."""
    names = sorted(
        str(file.relative_to(path))
        for file in path.rglob("*")
        if file.is_file() and file.name != MANIFEST and not any(part[0] == "." for part in file.relative_to(path).parts)
    )
    files = {file: {"sha256": _sha256(path / file), "bytes": (path / file).stat().st_size} for file in names}
    stated = {"name": name or path.name, **({"revision": revision} if revision else {}), "files": files}
    write_atomic(path / MANIFEST, json.dumps(stated, indent=2) + "\n")


def _download(repository: str, revision: str | None, target: Path) -> str:
    """Fetch one commit of a repository, whole; returns its hash."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    import huggingface_hub

    try:
        commit = str(huggingface_hub.model_info(repository, revision=revision).sha)
        huggingface_hub.snapshot_download(repository, revision=commit, local_dir=target)
    except Exception as error:  # the hub library lets errors of several HTTP stacks through
        raise ModelError(
            f"model {repository} cannot be downloaded: {type(error).__name__}",
            remedy=f"pull it on a machine with a network and copy the directory to {target}",
        ) from error
    return commit


def _described(name: str, path: Path, note: str = "") -> LocalModel:
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return LocalModel(name, path, size, note)


def _check_sizes(path: Path) -> None:
    """Cheap check at load: every file of the manifest is there in full. Checksums are `verify`'s."""
    faults = list(_size_faults(path, _manifest(path)))
    if faults:
        raise ModelError(f"model directory {path} is damaged: {'; '.join(faults)}", remedy="pull or copy it again")


def _size_faults(path: Path, files: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    for name, entry in files.items():
        file = path / name
        if not file.is_file():
            yield f"{name} is missing"
        elif file.stat().st_size != entry["bytes"]:
            yield f"{name} has {file.stat().st_size} bytes, expected {entry['bytes']}"


def _manifest(path: Path) -> Mapping[str, Mapping[str, object]]:
    file = path / MANIFEST
    if not file.is_file():
        return {}
    try:
        files: Mapping[str, Mapping[str, object]] = json.loads(file.read_text(encoding="utf-8"))["files"]
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{file} cannot be read", expected='{"name", "files"}', remedy="pull the model again"
        ) from error
    return files


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
