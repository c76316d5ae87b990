"""How much personal data the privacy stage finds, how much else, and what it costs.

One row a figure: typed spans and F2 on presidio-research's sentences and on held-out ones of our own, recall a slot and
character precision on MultiDoGO (as typed, and as a speech recognizer would write it), false findings in clean text,
words a second on one core, memory, start, and whether cost is linear in length. The sets are read where they lie and
never copied.
usage: python benchmarks/bench_privacy.py [--data ../shared/data/pii] [--model bundled] [--only presidio ...] [--dry]
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import string
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType

from common import ROOT, write_row
from privacy_sets import (
    PERSONAL_SLOTS,
    PRESIDIO_ENTITIES,
    Label,
    Labelled,
    clean_text,
    held_out_calls,
    multidogo_calls,
    presidio_sentences,
    spoken,
)

from engine.privacy.entities import ENTITIES
from engine.privacy.model import load_model
from engine.privacy.search import Search

FIGURES = ("presidio", "held-out", "held-out-spoken", "multidogo", "multidogo-spoken", "spoken", "clean", "cost")
THRESHOLD = 0.4
LEAST_OVERLAP = 0.5
FOUND_SHARE = 0.8
"""A slot counts as found when this share of its characters is."""

Row = tuple[str, str, str, float, int]
"""(set, entity or slot, metric, value, count behind it)"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/pii"), help="folder of the measuring sets")
    parser.add_argument("--model", default="bundled", help="as [privacy] model")
    parser.add_argument("--only", nargs="+", choices=FIGURES, default=FIGURES)
    parser.add_argument("--dry", action="store_true", help="print the rows, do not keep them")
    options = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    started = time.perf_counter()
    search = Search(frozenset(ENTITIES), THRESHOLD, model=load_model(options.model))
    search.find(["hello"], "en")
    rows: list[Row] = [("start", "", "seconds", time.perf_counter() - started, 1)]
    for figure in options.only:
        rows += _MEASURES[figure](search, options.data)
    rows.append(("process", "", "peak MiB", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1))
    for row in rows:
        keep(options.model, row, options.dry)


def keep(model: str, row: Row, dry: bool) -> None:
    values = dict(zip(("set", "entity", "metric", "value", "count"), row, strict=True))
    values = {"model": model, **values, "value": round(row[3], 4)}
    if dry:
        print("  ".join(f"{key}={value}" for key, value in values.items()))
    else:
        write_row("bench_privacy", values)


# --- presidio-research ------------------------------------------------------------------------------------------------


def presidio(search: Search, folder: Path) -> list[Row]:
    """Precision, recall and F2 of typed spans at IoU >= 0.5, in all and per entity."""
    scored = ((s.text, s.labels, typed_hits(search, s.text)) for s in presidio_sentences(folder))
    return span_rows("presidio-research", scored)


def held_out(search: Search, folder: Path) -> list[Row]:  # noqa: ARG001
    return held_out_rows("held-out calls", search, held_out_calls())


def held_out_spoken(search: Search, folder: Path) -> list[Row]:  # noqa: ARG001
    return held_out_rows("held-out calls, spoken", search, [spoken(sentence) for sentence in held_out_calls()])


def held_out_rows(name: str, search: Search, sentences: Sequence[Labelled]) -> list[Row]:
    """As `presidio`, on what only the model and the word lists can find: no number, and no date but in an event."""
    entities = {label.name for sentence in sentences for label in sentence.labels}
    scored = (
        (s.text, s.labels, [Label(*hit[:3]) for hit in search.find([s.text], "en")[0] if hit.entity in entities])
        for s in sentences
    )
    return span_rows(name, scored)


def span_rows(name: str, scored: Iterable[tuple[str, Sequence[Label], Iterable[Label]]]) -> list[Row]:
    """Precision, recall and F2 of typed spans over (text, labels, finds), in all and per entity."""
    right, wanted, found = Counter[str](), Counter[str](), Counter[str]()
    for text, labels, finds in scored:
        reference, hypothesis = joined(text, labels), joined(text, finds)
        wanted.update(label.name for label in reference)
        found.update(label.name for label in hypothesis)
        right.update(matched(reference, hypothesis))
    rows = []
    for entity in ("all", *sorted(wanted)):
        counts = [sum(c.values()) if entity == "all" else c[entity] for c in (right, found, wanted)]
        precision, recall = counts[0] / max(counts[1], 1), counts[0] / max(counts[2], 1)
        f2 = 5 * precision * recall / max(4 * precision + recall, 1e-9)
        measured = (("precision", precision), ("recall", recall), ("F2", f2))
        rows += [(name, entity, metric, value, counts[2]) for metric, value in measured]
    return rows


def typed_hits(search: Search, text: str) -> Iterator[Label]:
    """What is found in a text, of the entities that presidio-research labels; it has one label for all dates."""
    for hit in search.find([text], "en")[0]:
        entity = "date" if hit.entity == "date_of_birth" else hit.entity
        if entity in PRESIDIO_ENTITIES.values():
            yield Label(entity, hit.start, hit.end)


def joined(text: str, labels: Sequence[Label] | Iterator[Label]) -> list[Label]:
    """Neighbours of one entity with only blanks and punctuation between as one, as that set's own scorer does."""
    whole: list[Label] = []
    for label in sorted(labels, key=lambda label: label.start):
        gap = text[whole[-1].end : label.start] if whole else "x"
        if whole and whole[-1].name == label.name and not gap.strip(string.whitespace + string.punctuation):
            whole[-1] = Label(label.name, whole[-1].start, label.end)
        else:
            whole.append(label)
    return whole


def matched(reference: Sequence[Label], hypothesis: Sequence[Label]) -> Iterator[str]:
    """The entity of every reference span that a hypothesis of the same entity covers well enough, one to one."""
    free = list(hypothesis)
    for label in reference:
        for other in free:
            if other.name == label.name and overlap(label, other) >= LEAST_OVERLAP:
                free.remove(other)
                yield label.name
                break


def overlap(one: Label, other: Label) -> float:
    """Intersection over union in characters."""
    shared = min(one.end, other.end) - max(one.start, other.start)
    return max(shared, 0) / (max(one.end, other.end) - min(one.start, other.start))


# --- MultiDoGO --------------------------------------------------------------------------------------------------------


def multidogo(search: Search, folder: Path) -> list[Row]:
    return slot_rows("multidogo", search, multidogo_calls(folder))


def multidogo_spoken(search: Search, folder: Path) -> list[Row]:
    calls = [[spoken(turn) for turn in call] for call in multidogo_calls(folder)]
    return slot_rows("multidogo-spoken", search, calls)


def slot_rows(name: str, search: Search, calls: Sequence[Sequence[Labelled]]) -> list[Row]:
    """Recall of each personal slot, whatever it is called, and the share of found characters that any slot labels."""
    wanted, right = Counter[str](), Counter[str]()
    found = labelled = 0
    for call in calls:
        for turn, hits in zip(call, search.find([turn.text for turn in call], "en"), strict=True):
            covered = {position for hit in hits for position in range(hit.start, hit.end)}
            inside = {position for label in turn.labels for position in range(label.start, label.end)}
            found += len(covered)
            labelled += len(covered & inside)
            for label in turn.labels:
                if label.name in PERSONAL_SLOTS:
                    share = sum(position in covered for position in range(label.start, label.end))
                    wanted[label.name] += 1
                    right[label.name] += share >= FOUND_SHARE * (label.end - label.start)
    rows = [(name, slot, "recall", right[slot] / wanted[slot], wanted[slot]) for slot in sorted(wanted)]
    return [*rows, (name, "all", "character precision", labelled / max(found, 1), found)]


# --- spoken forms in 17 languages -------------------------------------------------------------------------------------


def spoken_languages(search: Search, folder: Path) -> list[Row]:  # noqa: ARG001
    """Recall of spoken digits, e-mail addresses and dates, made by the test of the same name."""
    made = spoken_cases()
    rows = []
    for code in made.LANGUAGES:
        for kind in (made.numbers, made.emails, made.dates):
            cases = list(kind(code))
            found = sum(is_found(search, code, case.turns, case.value) for case in cases)
            rows.append((f"spoken {kind.__name__}", code, "recall", found / len(cases), len(cases)))
    return rows


def spoken_cases() -> ModuleType:
    path = ROOT / "tests/privacy/test_spoken_languages.py"
    spec = importlib.util.spec_from_file_location("spoken_cases", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path} is missing")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def is_found(search: Search, code: str, turns: Sequence[str], value: str) -> bool:
    """Whether enough of a value, said in the last turn, is found."""
    start = turns[-1].index(value)
    covered = {position for hit in search.find(turns, code)[-1] for position in range(hit.start, hit.end)}
    share = sum(position in covered for position in range(start, start + len(value)))
    return share >= FOUND_SHARE * len(value)


# --- clean text and cost ----------------------------------------------------------------------------------------------


def clean(search: Search, folder: Path) -> list[Row]:  # noqa: ARG001
    turns = clean_text()
    words = sum(len(turn.split()) for turn in turns)
    false = Counter(hit.entity for hits in search.find(turns, "en") for hit in hits)
    return [("clean business text", "all", "false findings in 500 words", 500 * sum(false.values()) / words, words)]


def cost(search: Search, folder: Path) -> list[Row]:
    """Words a second over short typed turns and over whole sentences; cost a word of a call of three hours in terms of
    that of one a tenth as long."""
    typed = [turn.text for call in multidogo_calls(folder) for turn in call]
    sentences = [sentence.text for sentence in presidio_sentences(folder)] + clean_text()
    rows = []
    for name, turns in (("short turns", typed), ("sentences", sentences)):
        rate, words = words_per_second(search, turns)
        rows.append((name, "", "words/s on one core", rate, words))
    talk = " ".join(sentences).split()
    short, long = ([" ".join(talk[i : i + 20]) for i in range(0, n, 20)] for n in (3_000, 30_000))
    ratio = words_per_second(search, short)[0] / words_per_second(search, long)[0]
    return [*rows, ("a call ten times as long", "", "cost a word, times", ratio, 30_000)]


def words_per_second(search: Search, turns: Sequence[str]) -> tuple[float, int]:
    """In seconds of the core's own time, of which whatever else the machine does takes none."""
    words = sum(len(turn.split()) for turn in turns)
    seconds = []
    for _ in range(3):
        started = time.process_time()
        search.find(turns, "en")
        seconds.append(time.process_time() - started)
    return words / min(seconds), words


_MEASURES = {
    "presidio": presidio,
    "held-out": held_out,
    "held-out-spoken": held_out_spoken,
    "multidogo": multidogo,
    "multidogo-spoken": multidogo_spoken,
    "spoken": spoken_languages,
    "clean": clean,
    "cost": cost,
}


if __name__ == "__main__":
    main()
