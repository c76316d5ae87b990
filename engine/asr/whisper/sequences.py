"""The sequences that are being decoded, one a slot, all on the device; a step writes one token to each of them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.asr.whisper.cache import Cache, Rows
from engine.asr.whisper.model import Decoder
from engine.asr.whisper.rules import Chosen, Past, TokenRules


@dataclass(frozen=True, slots=True)
class Start:
    """How a slot begins: its prompt has `length` tokens, prompt and text at most `limit`; `seed` is for sampling."""

    length: int
    limit: int
    temperature: float
    seed: int


class Sequences:
    """State of `slots` sequences. `lengths` counts the prompt; `end` is the id of the end of text.

    A sequence is finished when its end of text has been fed back (its attention is needed for word times) or its
    limit is reached. Finished and empty slots are computed like the others and change nothing.
    """

    def __init__(self, slots: int, tokens: int, end: int, first_timestamp: int, device: torch.device) -> None:
        def filled(value: float, dtype: torch.dtype, *shape: int) -> Tensor:
            return torch.full((slots, *shape), value, dtype=dtype, device=device)

        self._end, self._first_timestamp = end, first_timestamp
        self.tokens = filled(end, torch.long, tokens)
        self.lengths = filled(1, torch.long)
        self.prompts = filled(1, torch.long)
        self.limits = filled(1, torch.long)
        self.finished = filled(True, torch.bool)
        self.temperatures = filled(0.0, torch.float32)
        self.seeds = filled(0, torch.long)
        self.latest = filled(-1, torch.long)
        self.log_probabilities = filled(0.0, torch.float32)
        self.text_probabilities = filled(0.0, torch.float32, tokens)
        self.no_speech = filled(0.0, torch.float32)

    def start(self, slot: int, start: Start) -> None:
        """Begin in a slot whose prompt stands in `tokens` already."""
        self.lengths[slot] = self.prompts[slot] = start.length
        self.limits[slot] = start.limit
        self.temperatures[slot] = start.temperature
        self.seeds[slot] = start.seed
        self.latest[slot] = -1
        self.log_probabilities[slot] = 0.0
        self.finished[slot] = False

    def stop(self, slot: int) -> None:
        self.finished[slot] = True
        self.lengths[slot] = 1

    def advance(self, decoder: Decoder, cache: Cache, rules: TokenRules, rows: Rows, warm: bool) -> None:
        """One more token for the slots 0 to m - 1; `warm`: some of them are to be sampled. Nothing is read back."""
        m = len(rows.index)
        lengths = self.lengths[:m]
        last = self._token(m, lengths - 1)
        logits = decoder.logits(decoder(last[:, None], (lengths - 1)[:, None], rows, cache)[:, 0])
        past = Past(lengths - self.prompts[:m], last, self._token(m, lengths - 2), self.latest[:m])
        if warm:
            chosen = rules.sampled(logits, past, self.temperatures[:m], self.seeds[:m])
        else:
            chosen = rules.greedy(logits, past)
        self.finished[:m] |= ((last == self._end) & (past.written > 0)) | (lengths >= self.limits[:m])
        self._write(m, chosen)

    def _write(self, m: int, chosen: Chosen) -> None:
        """Append the tokens of the rows that go on, with their probabilities."""
        token, log_probability, text_probability = chosen
        going, lengths = ~self.finished[:m], self.lengths[:m]
        place = lengths.clamp(max=self.tokens.shape[1] - 1)[:, None]
        self.tokens[:m].scatter_(1, place, torch.where(going, token, self._token(m, place[:, 0]))[:, None])
        self.log_probabilities[:m] += torch.where(going, log_probability, 0.0)
        before = self.text_probabilities[:m].gather(1, place)
        self.text_probabilities[:m].scatter_(1, place, torch.where(going, text_probability, before[:, 0])[:, None])
        self.latest[:m] = torch.where(going & (token >= self._first_timestamp), token, self.latest[:m])
        self.lengths[:m] += going

    def _token(self, m: int, place: Tensor) -> Tensor:
        """The token of each row at `place` (m,)."""
        return self.tokens[:m].gather(1, place.clamp(min=0)[:, None])[:, 0]
