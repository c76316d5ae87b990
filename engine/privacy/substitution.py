"""What stands in the place of a value: one method an entity.

| method    | "jane doe" becomes               | the same again                                       |
|-----------|----------------------------------|------------------------------------------------------|
| marker    | [PERSON_NAME_1]                  | within a call                                        |
| entity    | [PERSON_NAME]                    | does not tell values apart                           |
| mask      | **** *oe (keep_last = 2)         | as far as it shows                                   |
| hash      | [PERSON_NAME_4051128837162201]   | in all calls of a site: HMAC under the site key      |
| surrogate | mary cole                        | within a call; in all calls where there is a site key |
| keep      | jane doe                         | the value stays, and is no redaction                 |
| remove    |                                  | nothing is left                                      |
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from engine.config_types import Substitution
from engine.errors import ConfigurationError, UnknownNameError
from engine.privacy.anonymizer import Markers
from engine.privacy.hits import folded
from engine.privacy.keys import number
from engine.privacy.surrogates import surrogate

DEFAULT = "default"
_HASH_DIGITS = 16
"""As many as a reader can compare; two of a million values share one with a probability of 5 in 100,000."""


@dataclass(frozen=True, slots=True)
class SubstitutionPlan:
    """The methods by entity, and the site key. Shared by all calls, read-only."""

    rules: Mapping[str, Substitution]
    site_key: bytes | None = field(repr=False)

    def rule(self, entity: str) -> Substitution:
        return self.rules.get(entity) or self.rules.get(DEFAULT) or Substitution()

    def keeps(self, entity: str) -> bool:
        """Whether values of the entity stay as they are."""
        return self.rule(entity).method == "keep"


def plan(rules: Mapping[str, Substitution], entities: Iterable[str], site_key: bytes | None) -> SubstitutionPlan:
    """A checked plan; raises UnknownNameError on a name that is no entity, and ConfigurationError on settings that
    contradict each other."""
    known = (*entities, DEFAULT)
    for name, rule in rules.items():
        if name not in known:
            raise UnknownNameError("entity in [privacy.substitution]", name, known)
        if rule.keep_last < 0 or (rule.keep_last and rule.method != "mask"):
            raise ConfigurationError(
                f"privacy.substitution.{name}.keep_last",
                received=f"{rule.keep_last} with method {rule.method!r}",
                expected='0 or more, with method "mask"',
            )
        if rule.method == "hash" and site_key is None:
            raise ConfigurationError(
                f"privacy.substitution.{name}: a hash needs the site key",
                received="no key",
                remedy="set CALL_ENGINE_SITE_KEY or privacy.site_key_file; `call-engine redact --new-key` makes a key",
            )
    return SubstitutionPlan(MappingProxyType(dict(rules)), site_key)


class Substitutes:
    """The replacements given out within one call: the same value gets the same one. Per call, not shared by threads.

    `texts`: the call's own, so that markers which stand there already are not given again.
    """

    def __init__(self, plan: SubstitutionPlan, texts: Iterable[str], language: str) -> None:
        self._plan = plan
        self._markers = Markers(texts)
        self._key = plan.site_key or secrets.token_bytes(32)
        self._language = language
        self.given: dict[str, str] = {}
        """Replacement -> the value that first got it."""

    def marker(self, entity: str, value: str) -> str:
        """What takes the place of a value of the entity."""
        replacement = self._replacement(self._plan.rule(entity), entity, value)
        self.given.setdefault(replacement, value)
        return replacement

    def _replacement(self, rule: Substitution, entity: str, value: str) -> str:
        match rule.method:
            case "remove":
                return ""
            case "keep":
                return value
            case "entity":
                return f"[{entity.upper()}]"
            case "mask":
                return masked(value, rule.keep_last)
            case "hash":
                digest = number(self._key, "hash", entity, folded(value))
                return f"[{entity.upper()}_{digest % 10**_HASH_DIGITS:0{_HASH_DIGITS}d}]"
            case "surrogate":
                fake = surrogate(entity, value, self._language, self._key)
                return fake or self._markers.marker(entity, value)
            case _:
                return self._markers.marker(entity, value)


def masked(value: str, keep_last: int) -> str:
    """Stars for letters and digits but the last `keep_last`, of which no more than half are ever shown."""
    places = [index for index, character in enumerate(value) if character.isalnum()]
    shown = min(keep_last, len(places) // 2)
    hidden = set(places[: len(places) - shown])
    return "".join("*" if index in hidden else character for index, character in enumerate(value))
