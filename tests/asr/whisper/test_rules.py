"""Token rules against openai/whisper's, written out row by row."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.asr.whisper.rules import MAX_INITIAL_TIMESTAMP, TokenIds, TokenRules, drawn

TEXT, END, SPECIAL, ZERO, STAMPS = 6, 6, 3, 10, 80
VOCABULARY = ZERO + STAMPS
IDS = TokenIds(END, no_speech=8, no_timestamps=9, first_timestamp=ZERO, suppressed=(2, 7, 8), not_first=(0, END))
CPU = torch.device("cpu")


def plain(logits, written, timestamps):
    """openai/whisper `decoding.py`, for one row: SuppressBlank, SuppressTokens, ApplyTimestampRules."""
    logits = list(logits)

    def ban(tokens):
        for token in tokens:
            logits[token] = -math.inf

    if not written:
        ban(IDS.not_first)
    ban([*IDS.suppressed, IDS.no_timestamps])
    if not timestamps:
        ban(range(ZERO, VOCABULARY))
        return logits
    last_was_timestamp = bool(written) and written[-1] >= ZERO
    before_was_timestamp = len(written) < 2 or written[-2] >= ZERO
    if last_was_timestamp:
        ban(range(ZERO, VOCABULARY) if before_was_timestamp else range(END))
    stamps = [token for token in written if token >= ZERO]
    if stamps:
        ban(range(ZERO, stamps[-1] + (0 if last_was_timestamp and not before_was_timestamp else 1)))
    if not written:
        ban(range(ZERO))
        ban(range(ZERO + MAX_INITIAL_TIMESTAMP + 1, VOCABULARY))
    together = torch.tensor(logits[ZERO:]).logsumexp(0).item()
    if together > max(logits[:ZERO]):
        ban(range(ZERO))
    return logits


@given(
    st.lists(
        st.lists(st.integers(0, TEXT - 1) | st.integers(ZERO, VOCABULARY - 1), max_size=6), min_size=1, max_size=5
    ),
    st.booleans(),
    st.integers(0, 10_000),
)
@settings(max_examples=150, deadline=None)
def test_every_row_gets_what_it_would_get_alone(texts, timestamps, seed):
    texts = [[*sorted(token for token in text if token >= ZERO), *text][: len(text)] for text in texts]
    logits = torch.randn(len(texts), VOCABULARY, generator=torch.Generator().manual_seed(seed)) * 3
    stamps = [[token for token in text if token >= ZERO] for text in texts]
    allowed = TokenRules(IDS, VOCABULARY, timestamps, CPU).apply(
        logits.clone(),
        torch.tensor([len(text) for text in texts]),
        torch.tensor([text[-1] if text else 0 for text in texts]),
        torch.tensor([text[-2] if len(text) > 1 else 0 for text in texts]),
        torch.tensor([found[-1] if found else -1 for found in stamps]),
    )
    for row, text, found in zip(logits.tolist(), texts, allowed.tolist(), strict=True):
        assert found == pytest.approx(plain(row, text, timestamps))


def test_temperature_zero_takes_the_most_probable():
    logits = torch.randn(4, 50, generator=torch.Generator().manual_seed(1))
    zeros = torch.zeros(4)
    assert torch.equal(drawn(logits, zeros, zeros.long(), zeros.long()), logits.argmax(1))


def test_a_draw_depends_on_the_row_alone():
    logits = torch.randn(1, 50, generator=torch.Generator().manual_seed(1)).expand(6, -1)
    warm, seeds, written = torch.full((6,), 0.7), torch.tensor([3, 4, 3, 5, 6, 3]), torch.tensor([0, 0, 0, 0, 0, 1])
    tokens = drawn(logits, warm, seeds, written)
    assert tokens[0] == tokens[2]
    for row in range(6):
        assert drawn(logits[row : row + 1], warm[:1], seeds[row : row + 1], written[row : row + 1]) == tokens[row]


def test_draws_follow_the_softmax():
    logits = torch.tensor([[0.0, 1.0, 2.0, -math.inf]])
    count = 20_000
    tokens = drawn(logits.expand(count, -1), torch.full((count,), 1.0), torch.arange(count), torch.zeros(count).long())
    shares = torch.bincount(tokens, minlength=4) / count
    torch.testing.assert_close(shares, logits[0].softmax(0), atol=0.015, rtol=0)
