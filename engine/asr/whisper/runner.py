"""The device's side of the torch backend: the model, the slots' caches and sequences, and what is read from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.asr.whisper.alignment import token_frames
from engine.asr.whisper.cache import LENGTH_STEP, Cache, Rows, stepped
from engine.asr.whisper.device import Placement, Queues
from engine.asr.whisper.graphs import Graphs, Shape, sizes, smallest
from engine.asr.whisper.model import Whisper
from engine.asr.whisper.operations import Operations
from engine.asr.whisper.rules import TokenIds, TokenRules
from engine.asr.whisper.sequences import Sequences, Start


@dataclass(frozen=True, slots=True)
class Prompt:
    """The tokens before the text; `start_of_transcript` is the place of that token among them."""

    tokens: Sequence[int]
    start_of_transcript: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A slot whose text is to be read: its prompt and the encoder states (20 ms each) of its sound."""

    slot: int
    prompt: Prompt
    frames: int


@dataclass(frozen=True, slots=True)
class Written:
    """What a slot wrote. `frames`: where each token begins, and the end of the text, in frames of 20 ms; empty without
    word times. `probabilities`: one a token. `log_probability`: their sum's, the end of text counted with them."""

    tokens: list[int]
    probabilities: list[float]
    frames: list[int]
    log_probability: float
    no_speech_probability: float


@dataclass(frozen=True, slots=True)
class Encoded:
    """Windows whose `states` encoder states each stand in their slots, or will after `event`."""

    states: int
    event: torch.cuda.Event | None

    @property
    def ready(self) -> bool:
        return self.event is None or bool(self.event.query())


@dataclass(frozen=True, slots=True)
class Look:
    """Which slots had nothing to write behind a round, on its way to the host."""

    flags: Tensor
    event: torch.cuda.Event | None

    def finished(self) -> list[bool]:
        """One flag a slot; waits for that round, not for those behind it."""
        if self.event is not None:
            self.event.synchronize()
        flags: list[bool] = self.flags.tolist()
        return flags


class Runner:
    """A model with `slots` slots; all memory is taken at once.

    `alignment_heads`: none where no word times are wanted; `positions`: encoder states of the longest window.
    """

    def __init__(
        self,
        model: Whisper,
        placement: Placement,
        ids: TokenIds,
        alignment_heads: Sequence[tuple[int, int]],
        timestamps: bool,
        positions: int,
        slots: int,
        operations: Operations,
        queues: Queues,
    ) -> None:
        dimensions, device = model.dimensions, placement.device
        self._model, self._placement, self._ids = model, placement, ids
        self._limit = dimensions.tokens
        self._times = bool(alignment_heads)
        self._operations = operations
        self._rules = TokenRules(ids, dimensions.vocabulary, timestamps, device, operations.greedy)
        like, attend = model.decoder.embedding, operations.attend
        self._cache = Cache(dimensions, slots, positions, alignment_heads, like, attend, placement.float8)
        self._sequences = Sequences(slots, self._limit, ids.end_of_text, ids.first_timestamp, device)
        self._places = torch.arange(slots, device=device)
        self._counts = sizes(slots, recorded=queues.record is not None)
        self._lengths = self._looks_back(recorded=queues.record is not None)
        self._graphs = Graphs(self._round, queues.record)
        self._queues = queues

    @property
    def slots(self) -> int:
        return len(self._places)

    # --- encode and prefill -------------------------------------------------------------------------------------------

    def encode(self, mels: Callable[[], Tensor], slots: Sequence[int]) -> Encoded:
        """Encode windows (m, mels, frames) into free `slots`.

        A card does it on a stream of its own while others are decoded: only the window's keys and values are touched.
        """
        stream = self._queues.encoding
        if stream is None:
            return Encoded(self._encode(mels(), slots), None)
        stream.wait_stream(torch.cuda.current_stream(self._placement.device))  # the slots were being read
        with torch.cuda.stream(stream):
            states = self._encode(mels(), slots)
            return Encoded(states, stream.record_event())

    def begin(self, encoded: Encoded, prompts: Sequence[Prompt], slots: Sequence[int]) -> Tensor:
        """Read the prompts of encoded windows, of all or of some; returns the logits (m, vocabulary) that follow each
        start of transcript."""
        if encoded.event is not None:
            torch.cuda.current_stream(self._placement.device).wait_event(encoded.event)
        index = self._tensor(slots)
        self._cache.open(index, encoded.states)
        scores = self._prefill(prompts, index)
        self._sequences.no_speech[index] = scores.softmax(dim=1)[:, self._ids.no_speech]
        return scores

    def start(self, slot: int, start: Start) -> None:
        """Let a slot write, from its prompt on; also once more, since window and prompt are still in the caches."""
        self._sequences.start(slot, start)

    def stop(self, slot: int) -> None:
        """Free a slot; the rounds that still take it along have next to nothing to read for it."""
        self._sequences.stop(slot)
        self._cache.states[slot] = 1

    def _encode(self, mels: Tensor, slots: Sequence[int]) -> int:
        """The encoder states of the windows as keys and values of every decoder layer; returns how many they are."""
        index = self._tensor(slots)
        parts = self._placement.sent(mels).to(self._placement.dtype).split(self._placement.encoder_step)
        states = torch.cat([self._model.encoder(part) for part in parts])
        for number, layer in enumerate(self._model.decoder.layers):
            self._cache.hear(number, index, *layer.crossed(states))
        return int(states.shape[1])

    def _prefill(self, prompts: Sequence[Prompt], index: Tensor) -> Tensor:
        longest = max(len(prompt.tokens) for prompt in prompts)
        padded = [[*prompt.tokens, *[0] * (longest - len(prompt.tokens))] for prompt in prompts]
        tokens, positions = self._tensor(padded), torch.arange(longest, device=index.device).expand(len(index), -1)
        self._sequences.tokens[index, :longest] = tokens
        rows = Rows(index, stepped(longest, self._limit), first=False)
        hidden = self._model.decoder(tokens, positions, rows, self._cache)
        starts = self._tensor([prompt.start_of_transcript for prompt in prompts])
        return self._model.decoder.logits(hidden[torch.arange(len(index), device=index.device), starts]).float()

    # --- decode -------------------------------------------------------------------------------------------------------

    def warm_up(self) -> None:
        """Record the rounds without sampling while all slots are free; nothing where none is recorded."""
        with torch.inference_mode():
            self._graphs.warm_up(Shape(slots, longest, False) for slots in self._counts for longest in self._lengths)

    def decode(self, slots: int, longest: int, warm: bool) -> None:
        """A few tokens for the first `slots` slots, none of which gets longer than `longest` by it; `warm`: some of
        them have a temperature."""
        longest = min(longest, self._limit)
        self._graphs.run(Shape(smallest(slots, self._counts), smallest(longest, self._lengths), warm))

    def _looks_back(self, recorded: bool) -> tuple[int, ...]:
        """On how many places rounds look back, ascending: on all where a row costs what it holds, else in steps."""
        if self._operations.reads_what_counts:
            return (self._limit,)
        steps = sizes(-(-self._limit // LENGTH_STEP), recorded)
        return tuple(min(step * LENGTH_STEP, self._limit) for step in steps)

    def _round(self, shape: Shape) -> None:
        """What a recording holds: nothing here reads a value back from the device."""
        rows = Rows(self._places[: shape.slots], shape.longest, first=True)
        for _ in range(self._placement.steps):
            self._sequences.advance(self._model.decoder, self._cache, self._rules, rows, shape.warm)

    def look(self) -> Look:
        """Which slots have nothing to write once the rounds so far are done; the host does not wait for it."""
        flags = self._sequences.finished.to("cpu", non_blocking=True, copy=True)  # pinned, where it comes from a card
        event = torch.cuda.current_stream(self._placement.device).record_event() if self._queues.reading else None
        return Look(flags, event)

    # --- read ---------------------------------------------------------------------------------------------------------

    def written(self, ended: Sequence[Ended]) -> list[Written]:
        """The texts of slots that a look found finished, with the times of their tokens.

        A card reads them on a stream of its own beside the rounds behind that look: these change nothing there.
        """
        with torch.cuda.stream(self._queues.reading):  # None: whichever is current
            return self._written(ended)

    def _written(self, ended: Sequence[Ended]) -> list[Written]:
        state, index = self._sequences, self._tensor([one.slot for one in ended])
        tokens, lengths = state.tokens[index].tolist(), state.lengths[index].tolist()
        texts = [self._text(*row) for row in zip(ended, tokens, lengths, strict=True)]
        frames = self._frames(ended, texts) if self._times and any(texts) else [[]] * len(ended)
        columns = (state.text_probabilities, state.log_probabilities, state.no_speech)
        scores = zip(*(column[index].tolist() for column in columns), strict=True)
        return [
            Written(text, probabilities[len(one.prompt.tokens) :][: len(text)], starts[: len(text) + 1], *sums)
            for one, text, starts, (probabilities, *sums) in zip(ended, texts, frames, scores, strict=True)
        ]

    def _text(self, ended: Ended, tokens: Sequence[int], length: int) -> list[int]:
        """What stands between the prompt and the end of text."""
        written = list(tokens[len(ended.prompt.tokens) : length])
        return written[:-1] if written[-1:] == [self._ids.end_of_text] else written

    def _frames(self, ended: Sequence[Ended], texts: Sequence[list[int]]) -> list[list[int]]:
        """Where each token begins, from the attention that was recorded while decoding."""
        offsets = self._tensor([one.prompt.start_of_transcript for one in ended])
        first = self._tensor([len(one.prompt.tokens) - 1 for one in ended]) - offsets
        counts = self._tensor([len(text) for text in texts])
        longest = int((first + counts).max()) + 2
        places = (offsets[:, None] + torch.arange(longest, device=offsets.device)).clamp(max=self._limit - 1)
        queries, keys = self._cache.recorded(self._tensor([one.slot for one in ended]), places)
        heard = self._tensor([one.frames for one in ended])
        found = token_frames(queries, keys, first, counts, heard, self._operations.warped_attention)
        frames: list[list[int]] = found.tolist()
        return frames

    def _tensor(self, numbers: Sequence[int] | Sequence[Sequence[int]]) -> Tensor:
        return self._placement.sent(torch.tensor(numbers))
