"""The fused choice of a token against the plain rules, row by row."""

from __future__ import annotations

import pytest
import torch
from engine_kernels import sampling

from engine.asr.whisper.rules import Past, TokenIds, TokenRules

END, ZERO, STAMPS = 70, 76, 90
IDS = TokenIds(END, no_speech=74, no_timestamps=75, first_timestamp=ZERO, suppressed=(2, 7, 72, 74), not_first=(0, END))


def past(rows, draw):
    """Rows at every stage: nothing written, one token, text after text, an open pair, a closed pair."""
    text, stamp = (int(torch.randint(*span, (1,), generator=draw)) for span in ((0, END), (ZERO, ZERO + STAMPS - 5)))
    stages = [(0, 73, 73, -1), (1, stamp, 73, stamp), (5, text, text, -1), (4, stamp, text, stamp)]
    stages += [(6, stamp, stamp, stamp), (7, text, stamp, stamp)]
    columns = zip(*[stages[row % len(stages)] for row in range(rows)], strict=True)
    return Past(*(torch.tensor(column) for column in columns)) if rows else Past(*[torch.zeros(0).long()] * 4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("timestamps", [False, True])
@pytest.mark.parametrize(("rows", "vocabulary"), [(1, 2051), (13, ZERO + STAMPS), (0, 166)])
def test_every_row_gets_what_the_plain_rules_give_it(rows, vocabulary, timestamps, dtype, device):
    draw = torch.Generator().manual_seed(rows)
    logits = (torch.randn(rows, vocabulary, generator=draw) * 2).to(dtype)
    logits[:, ZERO:] += torch.rand(rows, 1, generator=draw) * 2 - 1  # timestamps together win in some rows
    history = past(rows, draw)
    rules = TokenRules(IDS, vocabulary, timestamps, torch.device("cpu"))
    expected = rules.greedy(logits.clone(), history)
    fused = TokenRules(IDS, vocabulary, timestamps, device, fused=sampling.greedy)
    found = fused.greedy(logits.to(device), Past(*(column.to(device) for column in history)))
    assert found.token.tolist() == expected.token.tolist()
    torch.testing.assert_close(found.log_probability.cpu(), expected.log_probability, atol=2e-5, rtol=1e-5)
    torch.testing.assert_close(found.text_probability.cpu(), expected.text_probability, atol=1e-6, rtol=1e-4)


def test_equal_logits_give_the_first_token(device):
    rules = TokenRules(IDS, 3000, False, device, fused=sampling.greedy)
    found = rules.greedy(torch.zeros(2, 3000, device=device), past(2, torch.Generator()))
    assert found.token.tolist() == [1, 0]
