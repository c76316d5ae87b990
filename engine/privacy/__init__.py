"""Hop 6: finds personal data in what was said and puts markers in its place."""

from engine.privacy.entities import ENTITIES, resolve_entities
from engine.privacy.filter import PrivacyFilter, RedactedText, load_privacy_filter

__all__ = ["ENTITIES", "PrivacyFilter", "RedactedText", "load_privacy_filter", "resolve_entities"]
