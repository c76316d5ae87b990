"""The three losses.

Cross-entropy of the tokens; cross-entropy of the phone at every frame, which teaches the encoder to hear within minutes
(CTC got stuck); and guided attention: one head of every decoder layer must look evenly at the frames in which the
synthesizer says that the token is spoken. These heads are the model's alignment heads afterwards.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from scripts.train_speech_model.model import Output
from scripts.train_speech_model.windows import IGNORED, Batch

GUIDED_HEADS = 1
_PHONE_WEIGHT, _GUIDE_WEIGHT, _LABEL_SMOOTHING = 0.5, 0.5, 0.05


def losses(output: Output, batch: Batch) -> dict[str, Tensor]:
    """Each with its weight."""
    text = functional.cross_entropy(
        output.logits.float().flatten(0, 1),
        batch.labels.flatten(),
        ignore_index=IGNORED,
        label_smoothing=_LABEL_SMOOTHING,
    )
    phones = functional.cross_entropy(output.phones.float().flatten(0, 1), batch.phones.flatten(), ignore_index=IGNORED)
    return {"text": text, "phones": _PHONE_WEIGHT * phones, "guide": _GUIDE_WEIGHT * _guide_loss(output, batch.spans)}


def _guide_loss(output: Output, spans: Tensor) -> Tensor:
    """Mean of -log of the attention that the guided heads give to each frame in which a token is said: what looks at
    the middle of a long word alone would leave open where it begins."""
    known = spans[..., 0] >= 0
    frames = torch.arange(output.phones.shape[1], device=spans.device)
    inside = (frames >= spans[known][:, :1]) & (frames < spans[known][:, 1:])
    wanted = (inside / inside.sum(-1, keepdim=True).clamp(min=1))[:, None]
    seen = [layer[:, :GUIDED_HEADS].transpose(1, 2)[known] for layer in output.attention]
    return torch.stack([-(wanted * (heads + 1e-4).log()).sum(-1).mean() for heads in seen]).mean()
