"""Hop 5: recognised words and speaker turns become utterances; every word gets a speaker.

Each channel is a stream of its own, so that two people who talk at once keep their sentences whole.
"""

from __future__ import annotations

import dataclasses
import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from engine.analysis_types import Role
from engine.config_types import RolesConfig
from engine.roles import with_roles
from engine.types import Language, Segment, Span, Speaker, Transcript, Turn, Utterance, Word

# A border that was heard, not given by a channel, is off by up to half a second: within it the words decide.
BORDER_S = 0.5
SENTENCE_END = (".", "?", "!", "…", "。", "？", "！", "؟")
CLAUSE_END = (",", ";", ":", "，", "、", "，")
# What listeners put in, in the bundled languages, with the characters that end a word taken off.
BACKCHANNELS = frozenset(
    "mhm mm hm hmm mm-hmm mmhm uh-huh aha ah oh yeah yes yep okay ok ja genau oui ouais sí vale ajá sì sim tak да угу"
    " ага так 嗯 对 はい うん".split()
)
# How far the words around an overlap are looked for, and how long a voice is heard when it has said no word of its own.
OVERLAP_S = 3.0
INSTANT_S = 0.6
SPACELESS = frozenset({"zh", "ja", "th", "lo", "my", "km", "yue", "bo"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word with the space before it, or a whole segment that has no word times (`word` is None)."""

    space: str
    text: str
    start_s: float
    end_s: float
    word: Word | None


def attribute(
    segments: Sequence[Segment], turns: Sequence[Turn], language: Language, roles: RolesConfig, gap_s: float
) -> Transcript:
    """Who said what: utterances by start time over all channels, cut at changes of speaker and pauses over `gap_s`.

    A word goes to the turn of its channel that it overlaps most, in a gap to the nearest; of two who speak at once, to
    the one whose sentence it is in, with the other kept in its `others`. With no turns at all, each channel that has
    words is a speaker.
    """
    turns = [*turns, *_missing_turns(segments, turns)]
    utterances: list[Utterance] = []
    for channel in sorted({segment.channel for segment in segments}):
        tokens = _tokens([segment for segment in segments if segment.channel == channel])
        of_channel = [turn for turn in turns if turn.channel in (channel, None)]
        owners = _owners(tokens, of_channel)
        speakers = _settled(tokens, _of_two(tokens, owners))
        utterances += _utterances(list(_with_others(tokens, owners, speakers)), speakers, gap_s)
    utterances.sort(key=lambda utterance: utterance.start_s or 0.0)
    numbered = tuple(dataclasses.replace(utterance, index=i) for i, utterance in enumerate(utterances))
    talkers = tuple(_talkers(numbered, turns))
    return with_roles(Transcript(language, talkers, numbered), _configured(talkers, roles))


def _missing_turns(segments: Sequence[Segment], turns: Sequence[Turn]) -> Iterator[Turn]:
    """A turn for every channel that has words and no turn of its own to go to."""
    if any(turn.channel is None for turn in turns):
        return
    taken = {speaker for turn in turns for speaker in (turn.speaker, *turn.others)}
    fresh = (name for number in range(1, len(segments) + len(taken) + 1) if (name := f"S{number}") not in taken)
    first: dict[int, Segment] = {}
    for segment in sorted(segments, key=lambda segment: segment.start_s):
        first.setdefault(segment.channel, segment)
    several = len(first) > 1 or bool(turns)
    for channel, segment in first.items():
        if all(turn.channel != channel for turn in turns):
            yield Turn(next(fresh), segment.start_s, segment.end_s, channel if several else None)


def _configured(speakers: Iterable[Speaker], roles: RolesConfig) -> dict[str, Role]:
    of_channel: dict[int | None, Role] = {0: roles.left, 1: roles.right}
    return {speaker.id: of_channel.get(speaker.channel, "unknown") for speaker in speakers}


# --- tokens -----------------------------------------------------------------------------------------------------------


def _tokens(segments: Sequence[Segment]) -> list[Token]:
    """The words of one channel in the order of its segments, their start times never falling."""
    tokens: list[Token] = []
    for segment in sorted(segments, key=lambda segment: segment.start_s):
        space = "" if segment.language in SPACELESS or not tokens else " "
        if segment.words:
            tokens += _words_of(segment, space)
        elif text := segment.text.strip():
            tokens.append(Token(space, text, segment.start_s, max(segment.start_s, segment.end_s), None))
    return _in_time(tokens)


def _words_of(segment: Segment, space: str) -> Iterator[Token]:
    """Words with the space that the segment's text has before them, which some languages do without."""
    position = 0
    for index, word in enumerate(segment.words):
        found = segment.text.find(word.text, position)
        if found >= 0 and not segment.text[position:found].strip():
            space = space if index == 0 else " " if found > position else ""
            position = found + len(word.text)
        end_s = max(word.start_s, word.end_s)
        yield Token(space, word.text, word.start_s, end_s, dataclasses.replace(word, end_s=end_s))
        space = "" if segment.language in SPACELESS else " "


def _in_time(tokens: list[Token]) -> list[Token]:
    """The tokens; where their times fall, as few as possible are moved, between those that stay."""
    starts = [token.start_s for token in tokens]
    if all(before <= after for before, after in pairwise(starts)):
        return tokens
    kept = _rising(starts)
    latest = list(accumulate((starts[i] if i in kept else math.inf for i in reversed(range(len(starts)))), min))[::-1]
    repaired: list[Token] = []
    for token, at_most, next_at_most in zip(tokens, latest, [*latest[1:], math.inf], strict=True):
        start_s = min(max(token.start_s, repaired[-1].start_s if repaired else 0.0), at_most)
        end_s = max(start_s, min(token.end_s, next_at_most))
        word = dataclasses.replace(token.word, start_s=start_s, end_s=end_s) if token.word else None
        repaired.append(dataclasses.replace(token, start_s=start_s, end_s=end_s, word=word))
    return repaired


def _rising(values: Sequence[float]) -> set[int]:
    """Indexes of a longest run of values, not necessarily adjacent, that never falls."""
    lowest_ends: list[float] = []
    ends_at: list[int] = []
    before: list[int] = []
    for index, value in enumerate(values):
        length = bisect_right(lowest_ends, value)
        before.append(ends_at[length - 1] if length else -1)
        lowest_ends[length : length + 1] = [value]
        ends_at[length : length + 1] = [index]
    kept: set[int] = set()
    index = ends_at[-1]
    while index >= 0:
        kept.add(index)
        index = before[index]
    return kept


# --- speakers ---------------------------------------------------------------------------------------------------------


def _owners(tokens: Sequence[Token], turns: Sequence[Turn]) -> list[Turn]:
    """The turn of every token: which it overlaps most or is nearest to; on a tie that of who spoke last, else first."""
    ordered = sorted(turns, key=lambda turn: (turn.start_s, turn.end_s))
    starts = [turn.start_s for turn in ordered]
    reach = list(accumulate((turn.end_s for turn in ordered), max))
    owners: list[Turn] = []
    for token in tokens:
        first, behind = bisect_right(reach, token.start_s), bisect_left(starts, token.end_s)
        near = ordered[first : behind + 1]
        if first > 0:
            near.append(ordered[bisect_left(reach, reach[first - 1])])
        last_speaker = owners[-1].speaker if owners else None
        owners.append(max(near, key=lambda turn: _closeness(turn, token, last_speaker)))
    return owners


def _of_two(tokens: Sequence[Token], owners: Sequence[Turn]) -> list[Turn]:
    """The owners, with words under two voices decided between both.

    Where one speaker goes on all the while, a backchannel is the other's, who had no other time to say it, and a word
    that was heard as the other's for an instant is the speaker's. What the other says for longer stays the other's.
    """
    decided = list(owners)
    for index, (token, owner) in enumerate(zip(tokens, owners, strict=True)):
        around = _around(tokens, owners, index) if owner.others else None
        if around is None:
            continue
        if _is_backchannel(token):
            rivals = [speaker for speaker in (owner.speaker, *owner.others) if speaker != around]
            decided[index] = dataclasses.replace(owner, speaker=rivals[0])
        elif owner.end_s - owner.start_s <= INSTANT_S:
            decided[index] = dataclasses.replace(owner, speaker=around)
    return decided


def _around(tokens: Sequence[Token], owners: Sequence[Turn], index: int) -> str | None:
    """Who alone speaks before and after the overlap that a token is in, if the same, and heard at the token too."""
    token, first, last = tokens[index], index, index
    while first > 0 and owners[first].others and token.start_s - tokens[first].start_s < OVERLAP_S:
        first -= 1
    while last + 1 < len(tokens) and owners[last].others and tokens[last].end_s - token.end_s < OVERLAP_S:
        last += 1
    before, after = owners[first], owners[last]
    if before.others or after.others or before.speaker != after.speaker:
        return None
    return before.speaker if before.speaker in (owners[index].speaker, *owners[index].others) else None


def _is_backchannel(token: Token) -> bool:
    return token.text.strip(" .,!?…。，").casefold() in BACKCHANNELS


def _closeness(turn: Turn, token: Token, last_speaker: str | None) -> tuple[float, bool, float]:
    """Seconds of overlap, or of distance below zero; then whether the speaker goes on; then the earlier turn."""
    shared_s = min(turn.end_s, token.end_s) - max(turn.start_s, token.start_s)
    return shared_s, turn.speaker == last_speaker, -turn.start_s


def _settled(tokens: Sequence[Token], owners: Sequence[Turn]) -> list[str]:
    """The speakers with each heard border moved to where the words say that somebody ended."""
    speakers = [turn.speaker for turn in owners]
    cuts = [i for i in range(1, len(speakers)) if speakers[i] != speakers[i - 1]]
    for number, cut in enumerate(cuts):
        before, after = owners[cut - 1], owners[cut]
        if before.channel != after.channel:
            continue
        border = Span(min(before.end_s, after.start_s), max(before.end_s, after.start_s))
        earliest = cuts[number - 1] + 1 if number else 1
        latest = cuts[number + 1] if number + 1 < len(cuts) else len(tokens)
        places = [cut, *_places_near(tokens, border, range(earliest, latest))]
        cuts[number] = best = max(places, key=lambda place: _break_s(tokens, place, border))
        speakers[min(best, cut) : max(best, cut)] = [after.speaker if best < cut else before.speaker] * abs(best - cut)
    return speakers


def _places_near(tokens: Sequence[Token], border: Span, places: range) -> Iterator[int]:
    """Where one token ends and the next starts within `BORDER_S` of the border."""
    low = bisect_left(tokens, border.start_s - BORDER_S, places.start, places.stop, key=lambda token: token.start_s)
    for place in range(low, places.stop):
        if tokens[place].start_s > border.end_s + BORDER_S:
            return
        if tokens[place - 1].end_s >= border.start_s - BORDER_S:
            yield place


def _break_s(tokens: Sequence[Token], place: int, border: Span) -> float:
    """How much a change of speaker before this token is worth, in seconds of pause."""
    before, after = tokens[place - 1], tokens[place]
    pause_s = min(max(after.start_s - before.end_s, 0.0), 1.0)
    middle_s = (before.end_s + after.start_s) / 2
    away_s = max(border.start_s - middle_s, middle_s - border.end_s, 0.0)
    ending_s = 0.5 if before.text.endswith(SENTENCE_END) else 0.2 if before.text.endswith(CLAUSE_END) else 0.0
    return pause_s + ending_s - away_s


def _with_others(tokens: Sequence[Token], owners: Sequence[Turn], speakers: Sequence[str]) -> Iterator[Token]:
    """The tokens; words under two voices with who, beside their speaker, is heard at them."""
    for token, owner, speaker in zip(tokens, owners, speakers, strict=True):
        heard = (owner.speaker, *owner.others) if owner.others else ()
        others = tuple(name for name in heard if name != speaker)
        yield dataclasses.replace(token, word=token.word and dataclasses.replace(token.word, others=others))


# --- utterances -------------------------------------------------------------------------------------------------------


def _utterances(tokens: Sequence[Token], speakers: Sequence[str], gap_s: float) -> Iterator[Utterance]:
    """Runs of one speaker without a long pause. Text without word times stays apart from words: `words` are whole."""
    run: list[Token] = []
    end_s = 0.0
    for index, token in enumerate(tokens):
        going_on = (
            run
            and speakers[index] == speakers[index - 1]
            and token.start_s - end_s <= gap_s
            and (token.word is None) == (run[-1].word is None)
        )
        if run and not going_on:
            yield _utterance(run, speakers[index - 1], end_s)
            run = []
        end_s = max(end_s, token.end_s) if run else token.end_s
        run.append(token)
    if run:
        yield _utterance(run, speakers[-1], end_s)


def _utterance(run: Sequence[Token], speaker: str, end_s: float) -> Utterance:
    text = "".join(token.space + token.text for token in run).strip()
    words = tuple(token.word for token in run if token.word)
    return Utterance(0, speaker, "unknown", run[0].start_s, end_s, text, words)


def _talkers(utterances: Sequence[Utterance], turns: Sequence[Turn]) -> Iterator[Speaker]:
    """Everybody who says something, in order of the first time."""
    channels: dict[str, set[int | None]] = {}
    for turn in turns:
        for speaker in (turn.speaker, *turn.others):
            channels.setdefault(speaker, set()).add(turn.channel)
    talk_times: dict[str, float] = {}
    for utterance in utterances:
        spoken_s = (utterance.end_s or 0.0) - (utterance.start_s or 0.0)
        talk_times[utterance.speaker] = talk_times.get(utterance.speaker, 0.0) + spoken_s
    for speaker, talk_time_s in talk_times.items():
        of_speaker = channels[speaker]
        yield Speaker(speaker, "unknown", next(iter(of_speaker)) if len(of_speaker) == 1 else None, talk_time_s)
