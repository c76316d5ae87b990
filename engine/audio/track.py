"""What every source offers to `decode`: a description and a stream of frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame


@dataclass(frozen=True, slots=True)
class TrackInfo:
    """What the source says of itself. `sample_rate` in Hz."""

    container: str
    codec: str
    channels: int
    sample_rate: int


class Track(Protocol):
    """One audio track, read once from start to end."""

    @property
    def info(self) -> TrackInfo: ...

    @property
    def damage(self) -> str | None:
        """What could not be decoded; complete after the last frame."""
        ...

    def frames(self) -> Iterator[AudioFrame]:
        """PyAV frames in call order, at the source's own rate; the format may change from one to the next."""
        ...
