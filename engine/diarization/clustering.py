"""Mono diarization without models: every speaker of a call is a Gaussian over cepstra, found by clustering.

Blocks of a quarter of a second are summed up as Gaussian statistics, once; what comes after never sees a frame again.
A full covariance takes no notice of a gain or filter that is the same for all voices, so the channel needs no other
normalisation. Windows of 1.5 s are clustered, from k-means to the voices under which they are likeliest (classification
EM). Speakers are added while one more explains the call better by far than its parameters cost (the Bayesian
information criterion, as Chen and Gopalakrishnan used it for speakers in 1998). A Viterbi pass over the blocks, through
a hidden Markov model with a state a voice, finds the borders of the turns, and the pauses at them are taken off.

Pitch is not among the features: a Gaussian of log pitch a voice (autocorrelation, Boersma 1993) moved the error of 64
synthetic dialogues by 0.001 or less, and that of six meetings of 30 s not at all or up.

NumPy alone: importing scipy.cluster takes ten times, scikit-learn sixty times as long as all this on a 90 s call.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.diarization.counts import SpeakerCounts
from engine.diarization.features import BLOCK_S, FRAMES_PER_BLOCK, HOP_S, Statistics, block_statistics
from engine.diarization.voices import Floats, Labels, Voices, fit_gain, fit_voices
from engine.types import Audio, Span, Turn

WINDOW_BLOCKS = 6
WINDOW_HOP_BLOCKS = 2
# Windows with fewer speech frames (0.25 s) say nothing of a voice.
LEAST_WINDOW_FRAMES = 16
MOST_WINDOWS = 3000

# What one more speaker has to explain, in log-likelihood a frame above the penalty. On 49 synthetic and real calls one
# voice split in two explained at most 0.24, the second of two voices at least 0.39, the third of three at least 0.27.
EVIDENCE = 0.26
# Most calls have two speakers: the second one has to make up for half the price of its parameters. Short recordings
# gain by it (six meetings of 30 s: a diarization error of 0.455 for 0.479), those of two voices lose nothing.
SECOND_SPEAKER = 0.5
# And this share of what the others explain together: the cleaner a recording, the more one voice's own sounds differ.
LEAST_SHARE = 0.2
# Where one voice is what is to be expected (a channel of a stereo call), the second has to be beyond doubt. Of 98
# single voices, synthetic and real, one split in two explained at most 0.20 above the penalty with 5 s in either half
# (0.56 with less); of 57 pairs, 46 explained more than 0.5.
EVIDENCE_BEYOND_DOUBT = 0.5
LEAST_BEYOND_DOUBT_S = 5.0

KMEANS_STARTS = 6
KMEANS_ROUNDS = 12
EM_ROUNDS = 15
BORDER_ROUNDS = 4
# Log-likelihood that a change of speaker has to gain; half of it where the speech paused anyway.
SWITCH_COST = 20.0
# A pause of one speaker that is shorter than this is part of the turn, as it is in references.
LEAST_PAUSE_S = 0.75


class ClusteringDiarizer:
    """Backend "clustering"."""

    name = "clustering"

    known: frozenset[str] = frozenset()

    def turns(self, audio: Audio, channel: int, speech: Sequence[Span], counts: SpeakerCounts) -> list[Turn]:
        """Turns of `channel`; audio is read a piece at a time, memory grows by about 4 kB a second of speech."""
        blocks, region = _listened(audio, channel, speech)
        voices = find_voices(blocks, region, counts)
        speakers = _at_least(counts.least, blocks, region, _speaker_of_block(blocks, region, voices))
        return _unbroken(_turns(speech, region, speakers, blocks.count))

    def several(self, audio: Audio, channel: int, speech: Sequence[Span]) -> bool:
        return several_voices(audio, channel, speech)

    def names(self, audio: Audio, spoken: Mapping[int, Sequence[Span]]) -> dict[int, str]:
        del audio, spoken
        return {}


def several_voices(audio: Audio, channel: int, speech: Sequence[Span]) -> bool:
    """Whether more than one voice on a channel is beyond doubt, by what is said in `speech`."""
    if sum(span.duration_s for span in speech) < 2 * LEAST_BEYOND_DOUBT_S:
        return False
    blocks, region = _listened(audio, channel, speech)
    windows = _spoken_windows(blocks, region)
    whole = fit_voices(windows, np.zeros(len(windows), np.intp), 1)
    two = _partition(windows, min(2, len(windows)), whole)
    weaker_s = float(two.frames.min() / two.frames.sum() * blocks.count.sum()) * HOP_S
    return weaker_s >= LEAST_BEYOND_DOUBT_S and fit_gain(two, whole) >= EVIDENCE_BEYOND_DOUBT + _penalty(blocks)


def _listened(audio: Audio, channel: int, speech: Sequence[Span]) -> tuple[Statistics, Labels]:
    """The blocks of all speech, and the region of each, (N,)."""
    statistics = [block_statistics(audio, channel, span) for span in speech]
    return Statistics.joined(statistics), np.repeat(np.arange(len(speech)), [len(part) for part in statistics])


def find_voices(blocks: Statistics, region: Labels, counts: SpeakerCounts) -> Voices:
    """The voices of a call: as many as its windows give evidence for, up to `counts.most`; `region` (N,) of each block.

    The first `counts.least`, who are known to be there, have to be worth the price of their parameters and no more.
    """
    windows = _spoken_windows(blocks, region)
    if len(windows) == 0:
        return fit_voices(blocks, np.zeros(len(blocks), np.intp), 1)
    whole = fit_voices(windows, np.zeros(len(windows), np.intp), 1)
    most = min(counts.most, len(windows))
    best = whole
    for n_voices in range(2, most + 1):
        more = _partition(windows, n_voices, whole)
        gained = fit_gain(more, whole) - fit_gain(best, whole)
        price = _penalty(blocks) * (SECOND_SPEAKER if n_voices == 2 else 1.0)
        known = n_voices <= counts.least
        if gained < (price if known else max(EVIDENCE + price, LEAST_SHARE * fit_gain(best, whole))):
            break
        best = more
    return best


def _penalty(blocks: Statistics) -> float:
    """The Bayesian information criterion's price of one more Gaussian, a frame."""
    frames, n_cepstra = float(blocks.count.sum()), int(blocks.first.shape[1])
    return 0.5 * (n_cepstra + n_cepstra * (n_cepstra + 1) / 2) * math.log(frames) / frames


def _spoken_windows(blocks: Statistics, region: Labels) -> Statistics:
    windows = blocks.pooled(_windows(region))
    return windows.at(windows.count >= LEAST_WINDOW_FRAMES)


def _windows(region: Labels) -> NDArray[np.intp]:
    """Block indexes of at most `MOST_WINDOWS` windows, shape (windows, WINDOW_BLOCKS), -1 past the end of a region."""
    starts: list[int] = []
    ends: list[int] = []
    borders = np.flatnonzero(np.diff(region)) + 1
    for first, end in zip([0, *borders], [*borders, len(region)], strict=True):
        last = max(first, end - WINDOW_BLOCKS)
        starts += [*range(first, last, WINDOW_HOP_BLOCKS), last]
        ends += [end] * (len(starts) - len(ends))
    kept = np.linspace(0, len(starts) - 1, min(len(starts), MOST_WINDOWS)).astype(np.intp)
    index = np.asarray(starts)[kept, None] + np.arange(WINDOW_BLOCKS)
    return np.where(index < np.asarray(ends)[kept, None], index, -1)


# --- clustering -------------------------------------------------------------------------------------------------------


def _partition(windows: Statistics, n_voices: int, whole: Voices) -> Voices:
    """The likeliest voices of two searches: sounds weighed by their variance, and by their covariance."""
    if n_voices <= 1:
        return whole
    found = [_likeliest(windows, _kmeans(points, n_voices), n_voices) for points in _points(windows)]
    return max(found, key=lambda voices: fit_gain(voices, whole))


def _points(windows: Statistics) -> tuple[Floats, Floats]:
    """Mean cepstra of the windows, (N, D), in units of the variation inside a window: of each cepstrum, of them all."""
    mean = windows.first / windows.count[:, None]
    outer = np.einsum("n,ni,nj->ij", windows.count, mean, mean)
    inside = (windows.second.sum(axis=0) - outer) / windows.count.sum() + 1e-3 * np.eye(mean.shape[1])
    whitened = np.linalg.solve(np.linalg.cholesky(inside), mean.T).T
    return mean / np.sqrt(np.diag(inside)), whitened


def _kmeans(points: Floats, n_clusters: int) -> Labels:
    """The tightest of a few k-means partitions from drawn centres; the draw is the same for the same call."""
    rng = np.random.default_rng(0)
    best, least = np.zeros(len(points), np.intp), np.inf
    for _ in range(KMEANS_STARTS):
        centres = points[rng.choice(len(points), n_clusters, replace=False)]
        for _ in range(KMEANS_ROUNDS):
            distances = (centres**2).sum(axis=1) - 2 * points @ centres.T
            labels = distances.argmin(axis=1)
            members = labels[:, None] == np.arange(n_clusters)
            moved = (members.T @ points) / np.maximum(members.sum(axis=0), 1)[:, None]
            centres = np.where(members.any(axis=0)[:, None], moved, centres)
        spread = distances.min(axis=1).sum()
        if spread < least:
            best, least = labels, spread
    return best


def _likeliest(windows: Statistics, labels: Labels, n_voices: int) -> Voices:
    """Classification EM: every window to the voice that explains it best, until none moves."""
    voices = fit_voices(windows, labels, n_voices)
    for _ in range(EM_ROUNDS):
        moved = voices.log_likelihood(windows).argmax(axis=1)
        if np.array_equal(moved, labels):
            break
        labels = moved
        voices = fit_voices(windows, labels, n_voices)
    return voices


# --- borders ----------------------------------------------------------------------------------------------------------


def _speaker_of_block(blocks: Statistics, region: Labels, voices: Voices) -> Labels:
    """The likeliest course of speakers over the blocks, (N,), the voices refitted to it a few times."""
    n_voices = len(voices.frames)
    labels = np.zeros(len(blocks), np.intp)
    if n_voices == 1:
        return labels
    costs = np.where(np.diff(region, prepend=region[0]) == 0, SWITCH_COST, SWITCH_COST / 2)
    for _ in range(BORDER_ROUNDS):
        course = _viterbi(voices.log_likelihood(blocks), costs)
        if np.array_equal(course, labels):
            break
        labels = course
        voices = fit_voices(blocks, labels, n_voices)
    return labels


def _at_least(least: int, blocks: Statistics, region: Labels, speakers: Labels) -> Labels:
    """The course with `least` speakers, if it has as many runs: who is known to be there but too little heard for a
    voice of their own gets the run that its voice explains worst. More voices would halve that of who speaks most.
    """
    missing = least - len(np.unique(speakers))
    if missing <= 0:
        return speakers
    voices = fit_voices(blocks, speakers, int(speakers.max()) + 1)
    explained = voices.log_likelihood(blocks)[np.arange(len(speakers)), speakers]
    runs = [run for run in _runs(region, speakers) if blocks.count[run].sum() >= LEAST_WINDOW_FRAMES]
    runs.sort(key=lambda run: float(explained[run].sum() / blocks.count[run].sum()))
    kept = {speakers[run.start]: run for run in runs}  # the best of each voice
    spare = [run for run in runs if kept[speakers[run.start]] != run]
    completed = speakers.copy()
    for newcomer, run in enumerate(spare[:missing], len(voices.frames)):
        completed[run] = newcomer
    return completed


def _runs(region: Labels, speakers: Labels) -> Iterator[slice]:
    """Blocks of one speaker in one region."""
    changes = np.flatnonzero((np.diff(region) != 0) | (np.diff(speakers) != 0)) + 1
    return map(slice, [0, *changes], [*changes, len(region)])


def _viterbi(likelihood: Floats, costs: Floats) -> Labels:
    """The best path through (N, K) log-likelihoods where entering block n with another voice costs `costs[n]`."""
    n_blocks, n_voices = likelihood.shape
    stay = np.arange(n_voices)
    score = likelihood[0]
    came_from = np.empty((n_blocks, n_voices), np.intp)
    for block in range(1, n_blocks):
        leader = score.argmax()
        switched = score[leader] - costs[block]
        came_from[block] = np.where(score >= switched, stay, leader)
        score = np.maximum(score, switched) + likelihood[block]
    path = np.empty(n_blocks, np.intp)
    path[-1] = score.argmax()
    for block in range(n_blocks - 1, 0, -1):
        path[block - 1] = came_from[block, path[block]]
    return path


def _turns(speech: Sequence[Span], region: Labels, speakers: Labels, spoken: NDArray[np.float32]) -> Iterator[Turn]:
    """Runs of blocks with one speaker, inside their region, from the first speech in them to the last.

    spoken: (N,) frames of each block that are speech.
    """
    first_block = np.searchsorted(region, np.arange(len(speech)))
    for run in _runs(region, speakers):
        span = speech[region[run.start]]
        run_s = span.start_s + float(run.start - first_block[region[run.start]]) * BLOCK_S
        first, behind = _speech_frames(spoken[run])
        yield Turn(f"voice {speakers[run.start]}", run_s + first * HOP_S, min(run_s + behind * HOP_S, span.end_s))


def _speech_frames(spoken: NDArray[np.float32]) -> tuple[float, float]:
    """The first frame of speech in these blocks and the one behind the last; all frames where there is no speech.

    Inside a block, speech is taken to lie at the side of the other blocks that have some.
    """
    blocks = np.flatnonzero(spoken)
    first, last = (blocks[0], blocks[-1]) if len(blocks) else (0, len(spoken) - 1)
    if first == last or not len(blocks):
        return float(first * FRAMES_PER_BLOCK), float((last + 1) * FRAMES_PER_BLOCK)
    return float((first + 1) * FRAMES_PER_BLOCK - spoken[first]), float(last * FRAMES_PER_BLOCK + spoken[last])


def _unbroken(turns: Iterable[Turn]) -> list[Turn]:
    """The turns, with those of one speaker joined over short pauses."""
    joined: list[Turn] = []
    for turn in turns:
        last = joined[-1] if joined else None
        if last and last.speaker == turn.speaker and turn.start_s - last.end_s < LEAST_PAUSE_S:
            joined[-1] = dataclasses.replace(last, end_s=turn.end_s)
        else:
            joined.append(turn)
    return joined
