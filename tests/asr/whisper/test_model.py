"""The model against transformers on random weights of true shapes: states, logits, greedy tokens."""

from __future__ import annotations

import pytest
import torch
from transformers import WhisperConfig, WhisperForConditionalGeneration

from engine.asr.whisper.cache import Cache, Rows, stepped
from engine.asr.whisper.weights import load

CPU = torch.device("cpu")
TOKENS = 12


def _shape(width, encoder_layers, decoder_layers, vocabulary, mels=80):
    return {
        "d_model": width,
        "encoder_layers": encoder_layers,
        "decoder_layers": decoder_layers,
        "encoder_attention_heads": width // 64,
        "decoder_attention_heads": width // 64,
        "encoder_ffn_dim": 4 * width,
        "decoder_ffn_dim": 4 * width,
        "vocab_size": vocabulary,
        "num_mel_bins": mels,
    }


SHAPES = {
    "tiny": _shape(384, 4, 4, 51865),
    "base": _shape(512, 6, 6, 51865),
    "distil-small.en": _shape(768, 12, 4, 51864),
    "large-v3-turbo, one of 32 encoder layers": _shape(1280, 1, 4, 51866, mels=128),
}


@pytest.fixture(scope="module", params=SHAPES.values(), ids=SHAPES)
def pair(request, tmp_path_factory):
    """transformers' model, and ours over the directory that it saved."""
    torch.manual_seed(1)
    theirs = WhisperForConditionalGeneration(WhisperConfig(**request.param, init_std=0.05)).eval()
    directory = tmp_path_factory.mktemp("shape")
    theirs.save_pretrained(directory)
    return theirs, load(directory, CPU, torch.float32).model


@torch.inference_mode()
def test_states_logits_and_greedy_tokens_are_those_of_transformers(pair):
    theirs, ours = pair
    mels = torch.randn(2, ours.dimensions.mels, 3000, generator=torch.Generator().manual_seed(2))
    states = theirs.model.encoder(mels).last_hidden_state
    assert (ours.encoder(mels) - states).abs().max() <= 1e-4
    tokens = torch.tensor([[50258, 50259, 50359], [50258, 50260, 50359]])
    expected = theirs(encoder_outputs=(states,), decoder_input_ids=tokens).logits
    rows, cache = _cache_of(ours, states)
    positions = torch.arange(tokens.shape[1]).expand(2, -1)
    logits = ours.decoder.logits(ours.decoder(tokens, positions, rows, cache))
    assert (logits - expected).abs().max() <= 1e-4
    for _ in range(TOKENS):
        expected = theirs(encoder_outputs=(states,), decoder_input_ids=tokens).logits[:, -1]
        last = torch.full((2, 1), tokens.shape[1] - 1)
        ours_next = ours.decoder.logits(ours.decoder(tokens[:, -1:], last, rows, cache))[:, 0]
        assert (ours_next - expected).abs().max() <= 1e-4
        assert torch.equal(ours_next.argmax(-1), expected.argmax(-1))
        tokens = torch.cat([tokens, expected.argmax(-1, keepdim=True)], dim=1)


@torch.inference_mode()
def test_a_row_does_not_see_its_neighbour(pair):
    """The hidden states of a slot are the same alone and beside another one, and with more places to look back on."""
    _, ours = pair
    mels = torch.randn(2, ours.dimensions.mels, 800, generator=torch.Generator().manual_seed(3))
    states = ours.encoder(mels)
    tokens, positions = torch.tensor([[5, 6, 7], [8, 9, 10]]), torch.arange(3).expand(2, -1)
    rows, cache = _cache_of(ours, states)
    together = ours.decoder(tokens, positions, rows, cache)
    rows, cache = _cache_of(ours, states[1:], longest=300)
    alone = ours.decoder(tokens[1:], positions[1:], rows, cache)
    torch.testing.assert_close(together[1:], alone, atol=1e-4, rtol=1e-4)


def _cache_of(model, states, longest=64):
    slots = len(states)
    cache = Cache(model.dimensions, slots, model.dimensions.positions, [(0, 0)], states)
    index = torch.arange(slots)
    cache.states[index] = states.shape[1]
    for number, layer in enumerate(model.decoder.layers):
        cache.hear(number, index, *layer.crossed(states))
    return Rows(index, stepped(longest, model.dimensions.tokens), first=True), cache
