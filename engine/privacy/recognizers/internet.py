"""E-mail, web and network addresses."""

from __future__ import annotations

from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING

from engine.privacy.recognizers.base import ANY, Rule, recognizer
from engine.privacy.recognizers.cued import cued

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer
    from tldextract import TLDExtract

_COMMON_SUFFIXES = frozenset(
    (
        "com net org edu gov mil info biz io co ai app dev tv uk us ca au de fr es it nl eu ie nz ch at be se no fi pl "
        "pt br jp cn in ru za mx kr tr ua vn cz dk gr hu ro online shop store site me"
    ).split()
)


def recognizers() -> list[EntityRecognizer]:
    """email_address, url, ip_address."""
    label = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
    return [
        recognizer(
            "email_address",
            Rule(rf"(?<![\w.%+'@-])[\w.%+'-]*\w ?@ ?{label}(?:\.{label})+(?![\w@])", 0.95),
            Rule(rf"(?<![\w.%+'@-])[\w.%+'-]*\w@{label}(?![\w@.])", 0.6),
            needs="@",
            language=ANY,
        ),
        *cued(
            "url",
            Rule(r"\b(?:https?|ftp)://[^\s<>\"']+[^\s<>\"'.,;:!?)]", 0.9),
            Rule(rf"(?<![\w@.-])(?:{label}\.)+[a-z]{{2,18}}(?![\w@-])(?:/[^\s<>\"']*[^\s<>\"'.,;:!?)])?", 0.6),
            rate=_url_score,
            needs=r"\.[^\W\d_]|://",
        ),
        *cued(
            "ip_address",
            Rule(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?![\w]|\.\d)", 0.7),
            Rule(r"(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}(?:[0-9a-f]{1,4}|(?:\d{1,3}\.){3}\d{1,3})?(?![\w:])", 0.8),
            check=_is_ip,
            needs=r"[.:][0-9a-f]",
        ),
        recognizer(
            "ip_address",
            Rule(r"(?<![\w:-])[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}(?![\w:-])", 0.9),
            needs="[:-][0-9a-f]{2}[:-]",
            language=ANY,
        ),
    ]


def _url_score(value: str) -> float:
    """Sure with a scheme or "www", likely with a usual suffix; two words that a dot happens to join are not one."""
    lowered = value.lower()
    if "://" in lowered or lowered.startswith("www."):
        return 0.9
    parts = _suffixes()(lowered.split("/")[0])
    if not (parts.suffix and parts.domain) or len(parts.domain) < 2:
        return 0.0
    usual = parts.suffix.rsplit(".", 1)[-1] in _COMMON_SUFFIXES
    likely = parts.suffix in ("com", "net", "org", "edu", "gov", "io") or "." in parts.suffix or "/" in value
    return 0.6 if usual and likely else 0.3 if usual else 0.1


@cache
def _suffixes() -> TLDExtract:
    """The public suffix list as the package brings it: never fetched, never cached on disk."""
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None)


def _is_ip(value: str) -> bool:
    try:
        ip_address(value.split("/")[0])
    except ValueError:
        return False
    return len(value) > 4
