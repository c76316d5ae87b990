"""Runs of spoken numbers and letters, written: "four one five, five five" -> "41555", "S M I T H" -> "SMITH"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.privacy.spoken_units import Link, Unit, next_unit, opens, unit_at
from engine.privacy.spoken_words import Line, Part, Rewrite

_SIGNS = frozenset({"dot", "point", "dash", "slash"})


@dataclass(frozen=True, slots=True)
class Block:
    """Units with only space between them, and how the block is linked to the one before (None: it is the first)."""

    units: tuple[Unit, ...]
    link: Link | None

    @property
    def digits(self) -> int:
        return sum(len(unit.text) for unit in self.units)

    @property
    def singles(self) -> int:
        """How many digits are named one by one or doubled, the mark of a number that is read out."""
        return sum(len(unit.text) for unit in self.units if unit.kind in ("digit", "oh") or len(unit.text) == 1)

    @property
    def begins_number(self) -> bool:
        """Whether the block is more of a number that is read out than a count: "four one five", "zéro six"."""
        return self.singles >= 2 or (self.digits >= 2 and self.units[0].text.startswith("0"))

    @property
    def is_year(self) -> bool:
        text = "".join(unit.text for unit in self.units)
        return len(text) == 4 and len(self.units) <= 2 and text[:2] in ("19", "20")


def rewrite_runs(line: Line) -> Iterator[Rewrite]:
    """Every run of the line that is spoken or spelled, left to right."""
    end = 0
    for index in [index for index, token in enumerate(line.tokens) if opens(token.lower, line.vocabulary)]:
        unit = unit_at(line, index) if index >= end else None
        if unit is None:
            continue
        units, links = _collect(line, unit)
        for segment in _segments(units, links):
            yield from _rewrite_segment(line, *segment)
        end = units[-1].last + 1


def _collect(line: Line, unit: Unit) -> tuple[list[Unit], list[Link]]:
    """The longest chain of units from `unit` on, and the links between them."""
    units, links = [unit], []
    while following := next_unit(line, units[-1].last):
        links.append(following[0])
        units.append(following[1])
    return [_letter_o_as_zero(units, position) for position in range(len(units))], links


def _letter_o_as_zero(units: Sequence[Unit], position: int) -> Unit:
    """ "four o five": the letter O beside a number is a zero."""
    unit = units[position]
    beside = [units[near].kind for near in (position - 1, position + 1) if 0 <= near < len(units)]
    if unit.kind == "letter" and unit.text == "O" and not unit.explicit and beside and "letter" not in beside:
        return unit._replace(kind="oh", text="0")
    return unit


def _segments(units: Sequence[Unit], links: Sequence[Link]) -> Iterator[tuple[list[Unit], list[Link]]]:
    """The chain cut where letters meet digits over more than a space: "S M I T H, four one" is two.

    Only a letter that was explained, "B as in Bravo, seven seven", goes on over a comma.
    """
    start = 0
    for position, link in enumerate(links):
        mixed = (units[position].kind == "letter") != (units[position + 1].kind == "letter")
        if mixed and link != "near" and not (link == "comma" and units[position].explicit):
            yield list(units[start : position + 1]), list(links[start:position])
            start = position + 1
    yield list(units[start:]), list(links[start:])


def _rewrite_segment(line: Line, units: list[Unit], links: list[Link]) -> Iterator[Rewrite]:
    if all(unit.kind != "letter" for unit in units):
        yield from _rewrite_numbers(line, units, links)
        return
    spelled = _trim(line, units)
    if _is_spelled(line, spelled):
        yield _joined(spelled)
        return
    for kind_start, kind_end in _number_stretches(units):
        yield from _rewrite_numbers(line, units[kind_start:kind_end], links[kind_start : kind_end - 1])


def _number_stretches(units: Sequence[Unit]) -> Iterator[tuple[int, int]]:
    start = 0
    for position, unit in enumerate((*units, None)):
        if unit is None or unit.kind == "letter":
            if position > start:
                yield start, position
            start = position + 1


# --- letters ----------------------------------------------------------------------------------------------------------


def _trim(line: Line, units: list[Unit]) -> list[Unit]:
    """Without the words "I" and "a" at the start: "I four five", "a S M I T H"."""
    head = units[0]
    word = line.text(head.first)
    if len(units) > 1 and not head.explicit and line.lower(head.first) in line.vocabulary.letter_words:
        before_number = units[1].kind != "letter"
        article = word.islower() and (line.text(units[1].first).isupper() or not word.isascii())
        article = article or _is_preposition(line, units)
        return units[1:] if before_number or article else units
    return units


def _is_preposition(line: Line, units: Sequence[Unit]) -> bool:
    """The "a" of "escribirme a l e a arroba", where a word that says nothing of a mailbox stands before it."""
    first, after = units[0].first, line.lower(units[-1].last + 1)
    return after == "at" and first > 0 and line.lower(first - 1) not in line.vocabulary.common


def _is_spelled(line: Line, units: Sequence[Unit]) -> bool:
    """Whether the units are a spelling rather than stray letters ("plan B one hundred", "A I", "seven p m")."""
    letters = [unit for unit in units if unit.kind == "letter"]
    said = "".join(unit.text for unit in letters)
    if not letters or said in ("AM", "PM") or _is_one_word(line, said):
        return False
    if any(unit.explicit for unit in letters) or said == "WWW":
        return True
    words = [line.text(unit.first) for unit in letters]
    bare = [word for word in words if len(word) == 1]
    lower_case = all(word.islower() for word in bare)
    singles = sum(unit.kind in ("digit", "oh") or len(unit.text) == 1 for unit in units if unit.kind != "letter")
    digits = sum(len(unit.text) for unit in units if unit.kind != "letter")
    if not bare:
        return len(letters) >= 3 or (len(letters) >= 2 and digits >= 2)
    if lower_case:
        return len(letters) >= 4 or (len(letters) >= 2 and digits >= 3)
    return len(letters) >= 3 or (len(letters) >= 2 and digits >= 2) or singles >= 3


def _is_one_word(line: Line, said: str) -> bool:
    """Nothing but one word of a single letter, over and over: "I, I, I don't"."""
    return len(set(said)) == 1 and said[0].lower() in line.vocabulary.letter_words


# --- numbers ----------------------------------------------------------------------------------------------------------


def _rewrite_numbers(line: Line, units: Sequence[Unit], links: Sequence[Link]) -> Iterator[Rewrite]:
    for block in _merged(_blocks(line, units, links), line):
        kept = _without_pronoun_one(line, block.units)
        spoken = any(unit.kind != "written" for unit in kept) or _is_bridged(kept)
        if spoken and not _is_joined(kept):
            yield from (_joined([unit]) for unit in kept if unit.kind != "written")
        elif spoken:
            yield _joined([_grouped(line, kept[0])] if len(kept) == 1 else kept)


def _is_bridged(units: Sequence[Unit]) -> bool:
    """Whether something was said within the number: "415, uh, 555 2671"."""
    return any(left.last + 1 < right.first for left, right in pairwise(units))


def _is_joined(units: Sequence[Unit]) -> bool:
    """Spoken and written numbers side by side are one number only where digits are read out: not "2019 two people"."""
    mixed = len({unit.kind == "written" for unit in units}) > 1
    return not mixed or Block(tuple(units), None).singles >= 2


def _blocks(line: Line, units: Sequence[Unit], links: Sequence[Link]) -> list[Block]:
    blocks: list[Block] = []
    current = [units[0]]
    link_before: Link | None = None
    for position, link in enumerate(links, start=1):
        if link != "near" or _is_day(line, units[position - 1 : position + 2], links[position:]):
            blocks.append(Block(tuple(current), link_before))
            current, link_before = [], link
        current.append(units[position])
    blocks.append(Block(tuple(current), link_before))
    return blocks


def _is_day(line: Line, units: Sequence[Unit], links_after: Sequence[Link]) -> bool:
    """The "three" of "March three nineteen eighty-five", not the "twenty" of "March twenty twenty-eight"."""
    day = units[0]
    if line.lower(day.first - 1) not in line.vocabulary.months or day.kind == "oh" or not 1 <= int(day.text) <= 31:
        return False
    return "near" in links_after[:1] or not Block(tuple(units[:2]), None).is_year


def _merged(blocks: list[Block], line: Line) -> list[Block]:
    """Blocks that are one number over a comma, full stop, filler or correction are made one."""
    merged = [blocks[0]]
    listed = _is_listed(blocks)
    for block in blocks[1:]:
        if listed or _continues(merged[-1], block, line):
            merged[-1] = Block(merged[-1].units + block.units, merged[-1].link)
        else:
            merged.append(block)
    return merged


def _is_listed(blocks: Sequence[Block]) -> bool:
    """Whether commas only part the digits or the groups of a number: "4, 1, 5, 5", "zéro six, douze, trente-quatre"."""
    if all(len(block.units) == 1 and block.digits == 1 for block in blocks):
        return len(blocks) >= 4
    spoken = any(unit.kind != "written" for block in blocks for unit in block.units)
    pairs = all(block.digits == 2 and block.link in (None, "comma") for block in blocks)
    return pairs and spoken and len(blocks) >= (3 if blocks[0].units[0].text.startswith("0") else 4)


def _continues(left: Block, right: Block, line: Line) -> bool:
    """Whether the block on the right is more of the number on the left."""
    if right.link in (None, "near") or left.is_year or right.is_year:
        return False
    if line.lower(right.units[-1].last + 1) in line.vocabulary.counted:
        return False
    if right.link == "correction":
        return left.begins_number and (right.singles >= 1 or right.digits >= 2)
    read_out = left.singles >= 2 and right.singles >= 2
    if right.link == "comma":
        pairs = len(left.units) >= 2 and len(right.units) >= 2
        return read_out or pairs or (left.singles >= 3 and right.digits >= 2)
    if right.link == "filler" and min(left.digits, right.digits) >= 2:
        return read_out or left.begins_number or left.digits + right.digits >= 6
    return read_out


def _without_pronoun_one(line: Line, units: tuple[Unit, ...]) -> tuple[Unit, ...]:
    """Without "one" where it is a word ("this one", "five one moment"), and without "oh" at either end."""
    if _is_one(line, units[0]) and _one_is_word(line, units):
        units = units[1:]
    if units and _is_one(line, units[-1]) and line.lower(units[-1].last + 1) in line.vocabulary.after_one:
        units = units[:-1]
    if units and units[0].kind == "oh" and _is_exclamation(line, units):
        units = units[1:]
    while units and units[-1].kind == "oh" and len(units) < 3:
        units = units[:-1]
    return units


def _is_exclamation(line: Line, units: tuple[Unit, ...]) -> bool:
    """ "Oh, two things", not "expires oh five" or "oh five slash twenty-six"."""
    opens = not line.spaced(units[0].first - 1)
    return len(units) == 1 or (len(units) == 2 and opens and line.lower(units[1].last + 1) not in _SIGNS)


def _is_one(line: Line, unit: Unit) -> bool:
    return unit.first == unit.last and line.lower(unit.first) in line.vocabulary.ambiguous


def _one_is_word(line: Line, units: tuple[Unit, ...]) -> bool:
    before, after = line.lower(units[0].first - 1), line.lower(units[0].last + 1)
    if len(units) == 1:
        numbered = before in line.vocabulary.number_openers or {before, after} & _SIGNS
        return not _is_counted(line, units[0].last, after) and not numbered
    return before in line.vocabulary.before_one and len(units) < 4


def _is_counted(line: Line, last: int, after: str) -> bool:
    """Whether a counted thing follows token `last`; where words are cut it opens the rest of the word ("일이에요")."""
    attached = line.gap(last) == "" and after.startswith(tuple(line.vocabulary.counters))
    counted = after in line.vocabulary.counted or after in line.vocabulary.months
    return attached or (counted and line.near(last))


def _grouped(line: Line, unit: Unit) -> Unit:
    """A count is written "50,000", so that it is told from an identifier; a year is not."""
    value = int(unit.text)
    if unit.kind != "large" or value < 1000:
        return unit
    opener = line.lower(unit.first - 1)
    words = line.vocabulary
    dated = opener in words.year_openers or opener in words.months or opener.endswith(("st", "nd", "rd", "th"))
    year = 1900 < value < 2100 and value != 2000
    return unit if year or (value in (1900, 2000) and dated) else unit._replace(text=f"{value:,}")


def _joined(units: Sequence[Unit]) -> Rewrite:
    return Rewrite(tuple(Part(unit.first, unit.last, unit.text) for unit in units))
