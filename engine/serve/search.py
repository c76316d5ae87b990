"""`call-engine search`: where something was said, in the redacted transcripts of an earlier run."""

from __future__ import annotations

from pathlib import Path

from engine.results import open_store


def search(query: str, directory: Path, limit: int) -> int:
    """Print one line a hit: call, time, utterance, snippet."""
    with open_store(directory) as store:
        hits = store.search(query, limit)
    for hit in hits:
        at = "" if hit.start_s is None else f" {int(hit.start_s // 60):02}:{hit.start_s % 60:04.1f}"
        print(f"{hit.name}{at} #{hit.utterance}: {hit.snippet}")
    if not hits:
        print("nothing found")
    return 0
