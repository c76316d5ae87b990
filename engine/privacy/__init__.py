"""Hop 6: finds personal data in what was said and puts markers, or other replacements, in its place."""

from engine.privacy.call import CallRedaction
from engine.privacy.entities import ENTITIES, resolve_entities
from engine.privacy.filter import PrivacyFilter, RedactedText, load_privacy_filter
from engine.privacy.vault import Vault, new_key, restored

__all__ = [
    "ENTITIES",
    "CallRedaction",
    "PrivacyFilter",
    "RedactedText",
    "Vault",
    "load_privacy_filter",
    "new_key",
    "resolve_entities",
    "restored",
]
