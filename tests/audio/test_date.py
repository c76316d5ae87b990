"""When a recording was made: from its metadata, and only from a full date and time."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pytest

from engine.audio import recorded_at


def a_recording(container_format: str, codec: str, tags: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container_format) as container:
        container.metadata.update(tags)
        stream = container.add_stream(codec, rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 16_000), dtype=np.int16), format="s16", layout="mono")
        frame.sample_rate = 16_000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "tags", "expected"),
    [
        (("flac", "flac"), {"creation_time": "2026-03-01T10:20:30Z"}, datetime(2026, 3, 1, 10, 20, 30, tzinfo=UTC)),
        (("flac", "flac"), {"date": "2026-03-01 10:20:30+02:00"}, datetime(2026, 3, 1, 8, 20, 30, tzinfo=UTC)),
        (("wav", "pcm_s16le"), {"date": "2026-03-01 10:20:30"}, datetime(2026, 3, 1, 10, 20, 30, tzinfo=UTC)),
        (("flac", "flac"), {"date": "2026-03-01"}, None),
        (("flac", "flac"), {"date": "2026"}, None),
        (("flac", "flac"), {"creation_time": "1970-01-01T00:00:00Z"}, None),
        (("flac", "flac"), {"date": "last Tuesday"}, None),
        (("flac", "flac"), {}, None),
    ],
)
def test_the_date_of_a_recording(
    kind: tuple[str, str], tags: dict[str, str], expected: datetime | None, tmp_path: Path
) -> None:
    content = a_recording(*kind, tags)
    path = tmp_path / "call"
    path.write_bytes(content)
    assert recorded_at(content) == recorded_at(path) == recorded_at(str(path)) == expected


def test_what_is_no_recording_has_no_date() -> None:
    assert recorded_at(b"not a recording") is None
    assert recorded_at(np.zeros(16_000, dtype=np.float32)) is None
