from __future__ import annotations

from collections.abc import Callable

import pytest

ENTITIES = ("username", "password")
Found = Callable[..., list[tuple[str, str]]]


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("my password is hunter2", "password", "hunter2"),
        ("password: Tr0ub4dor&3", "password", "Tr0ub4dor&3"),
        ("the pin is 1734", "password", "1734"),
        ("pin four four two one", "password", "four four two one"),
        ("one time code is 884 192", "password", "884 192"),
        ("4421 is my pin", "password", "4421"),
        ("my pet's name is Biscuit", "password", "Biscuit"),
        ("what is the security word?\nit's pineapple", "password", "pineapple"),
        ("mother's maiden name is Okafor", "password", "Okafor"),
        ("for the security question, my answer is Mango", "password", "Mango"),
        ("my username is jdoe", "username", "jdoe"),
        ("log in as maria_k", "username", "maria_k"),
        ("I am @jane_doe there", "username", "@jane_doe"),
        ("jane underscore doe", "username", "jane underscore doe"),
        ("user id jdoe85", "username", "jdoe85"),
        ("log in with the username jane.doe and", "username", "jane.doe"),
    ],
)
def test_user_names_and_secrets(text: str, entity: str, value: str, found: Found) -> None:
    assert (entity, value) in found(text, *ENTITIES)


@pytest.mark.parametrize(
    "text",
    [
        "my password is not working",
        "the password is expired and I forgot it",
        "I need to reset my password",
        "my pin is wrong",
        "is your username the same",
        "what is your password?\nI don't know",
        "4421",
        "iphone15 and windows11",
        "my pet is sick",
        "password resets take 20 minutes",
    ],
)
def test_what_is_neither(text: str, found: Found) -> None:
    assert found(text, *ENTITIES) == []
