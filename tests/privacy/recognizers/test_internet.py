from __future__ import annotations

from collections.abc import Callable

import pytest

ENTITIES = ("email_address", "url", "ip_address")
Found = Callable[..., list[tuple[str, str]]]


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("mail john.doe+x@mail.example.co.uk.", "email_address", "john.doe+x@mail.example.co.uk"),
        ("jane@examplecom", "email_address", "jane@examplecom"),
        ("it's jane dot doe at example dot com", "email_address", "jane dot doe at example dot com"),
        ("alex 007 gmailcom", "email_address", "alex 007 gmailcom"),
        ("J S M I T H five at outlook dot com", "email_address", "J S M I T H five at outlook dot com"),
        ("see https://example.museum/a?b=1.", "url", "https://example.museum/a?b=1"),
        ("www.example.org/help", "url", "www.example.org/help"),
        ("go to example dot com slash help", "url", "example dot com slash help"),
        ("visit bahn.de", "url", "bahn.de"),
        ("192.168.1.1", "ip_address", "192.168.1.1"),
        ("fe80::1ff:fe23:4567:890a", "ip_address", "fe80::1ff:fe23:4567:890a"),
        ("one ninety-two dot one sixty-eight dot one dot one", "ip_address",
         "one ninety-two dot one sixty-eight dot one dot one"),
        ("00:1B:44:11:3A:B7", "ip_address", "00:1B:44:11:3A:B7"),
    ],
)  # fmt: skip
def test_addresses(text: str, entity: str, value: str, found: Found) -> None:
    assert found(text, *ENTITIES) == [(entity, value)]


@pytest.mark.parametrize(
    "text",
    [
        "we met at ten dot",
        "thanks.so I went on.and off",
        "version 1.2.3",
        "999.168.1.1",
        "at 10:30:15",
        "the dot com era",
        "e.g. this, i.e. that, etc.",
        "meet at the bank",
        "file.txt",
    ],
)
def test_what_is_no_address(text: str, found: Found) -> None:
    assert found(text, *ENTITIES) == []
