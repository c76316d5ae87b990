"""Speakers named by their voice: prints of people who were enrolled, in a file that opens with the user's key alone.

A print is the mean embedding of a sample. Voice prints are biometric personal data: none is made unless somebody
enrols it, the file says nothing without its key, and `forget` takes a voice out for good.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.config_types import VoicesConfig
from engine.errors import ConfigurationError, UnknownNameError
from engine.files import write_atomic
from engine.keys import fernet

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

_VERSION = 1
Print = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class KnownVoices:
    """`prints` by name, of unit length, (dimension,). Those of two pipelines say nothing of each other."""

    prints: Mapping[str, Print]
    threshold: float

    def names(self, centroids: NDArray[np.float32]) -> dict[int, str]:
        """Which of the speakers (speakers, dimension) are known: the most alike first, each name and speaker once."""
        names = list(self.prints)
        if not names or not len(centroids):
            return {}
        length = np.maximum(np.linalg.norm(centroids, axis=1, keepdims=True), 1e-9)
        alike = centroids / length @ np.stack([self.prints[name] for name in names]).T
        found: dict[int, str] = {}
        for place in np.argsort(-alike, axis=None, kind="stable"):
            speaker, voice = divmod(int(place), len(names))
            if alike[speaker, voice] < self.threshold:
                break
            if speaker not in found and names[voice] not in found.values():
                found[speaker] = names[voice]
        return found


NOBODY = KnownVoices({}, 1.0)


class VoiceFile:
    """The prints on disk. `pipeline`: the name of the diarization pipeline that they belong to.

    Raises ConfigurationError where the key is missing or another one, or the prints are another pipeline's.
    """

    def __init__(self, config: VoicesConfig, pipeline: str) -> None:
        self._path = Path(config.file).expanduser()
        self._fernet: Fernet = fernet("the file of known voices", config.key_file, config.key_env)
        self._pipeline = pipeline

    def read(self) -> dict[str, Print]:
        """The prints by name; none where the file is not there."""
        from cryptography.fernet import InvalidToken

        try:
            document = json.loads(self._fernet.decrypt(self._path.read_bytes()))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise ConfigurationError(f"{self._path} cannot be read", received=error.strerror) from None
        except (InvalidToken, ValueError):
            raise ConfigurationError(
                f"{self._path} does not open with this key", remedy="give the key that it was made with"
            ) from None
        if document["pipeline"] != self._pipeline:
            raise ConfigurationError(
                f"the voices in {self._path} belong to another pipeline",
                received=document["pipeline"],
                expected=self._pipeline,
                remedy="enrol them again in a new file",
            )
        return {name: np.array(numbers, np.float32) for name, numbers in document["voices"].items()}

    def add(self, prints: Mapping[str, Print]) -> None:
        """Put prints in, in the place of those of the same names. Raises StorageError."""
        self._write(self.read() | dict(prints))

    def forget(self, names: Iterable[str]) -> None:
        """Take prints out; with the last one, the file. Raises UnknownNameError, StorageError."""
        left = self.read()
        for name in names:
            if name not in left:
                raise UnknownNameError("voice", name, left)
            del left[name]
        self._write(left)

    def _write(self, prints: Mapping[str, Print]) -> None:
        if not prints:
            self._path.unlink(missing_ok=True)
            return
        voices = {name: [round(float(number), 6) for number in each] for name, each in prints.items()}
        document = {"version": _VERSION, "pipeline": self._pipeline, "voices": voices}
        write_atomic(self._path, self._fernet.encrypt(json.dumps(document).encode()))
