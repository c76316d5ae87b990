"""The `reports` extra: what a base install does without."""

from __future__ import annotations

from engine.errors import ConfigurationError


def missing_extra(library: str) -> ConfigurationError:
    """A library of the extra is not installed."""
    return ConfigurationError(
        f"{library} is not installed",
        expected="the libraries for reports",
        remedy="pip install 'call-engine[reports]'",
    )
