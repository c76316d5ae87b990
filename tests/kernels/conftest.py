"""Where the kernels are tried: on a card, else in Triton's interpreter, which tests/conftest.py has chosen."""

from __future__ import annotations

import pytest
import torch


@pytest.fixture
def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
