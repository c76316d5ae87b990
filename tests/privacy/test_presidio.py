"""Presidio comes without the model libraries that it would import, and leaves them to whoever needs them."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
from engine.config_types import PrivacyConfig
from engine.privacy import load_privacy_filter
text = load_privacy_filter(PrivacyConfig()).redact_text("my number is 415-555-2671", "en").text
assert text == "my number is [PHONE_NUMBER_1]", text
print([name for name in ("spacy", "thinc", "torch", "transformers", "stanza") if name in sys.modules])
"""


def test_no_model_library_is_imported_and_nothing_stands_in_for_one_afterwards() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False, timeout=200)
    assert (done.stdout, done.stderr) == ("[]\n", "")
