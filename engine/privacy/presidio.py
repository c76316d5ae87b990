"""Presidio, imported without the model libraries that it would pull in wherever they are installed."""

from __future__ import annotations

import importlib
import sys
from functools import cache

_UNUSED = ("transformers", "spacy_huggingface_pipelines", "stanza", "spacy_stanza", "gliner", "langextract", "azure")
"""Optional to Presidio, and never used through it here. Where transformers is installed the import takes far longer."""


@cache
def load_presidio() -> None:
    """Import Presidio for those who import from it later. The libraries that it goes without can be imported after."""
    absent = [name for name in _UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None is importlib's sign for "not installed"
    try:
        importlib.import_module("presidio_analyzer")
    finally:
        for name in absent:
            sys.modules.pop(name, None)
