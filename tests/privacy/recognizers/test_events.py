from __future__ import annotations

from collections.abc import Callable

import pytest

Values = Callable[[str, str], list[str]]


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("Are you open on Christmas Eve?", ["Christmas Eve"]),
        ("are you open on thanksgiving", ["thanksgiving"]),
        ("it arrived before Ramadan", ["Ramadan"]),
        ("the order from black friday", ["black friday"]),
        ("tickets for the Super Bowl", ["Super Bowl"]),
        ("we watched the world cup", ["world cup"]),
        ("my grandfather fought in World War II", ["World War II"]),
        ("before the second world war", ["second world war"]),
        ("happy new year", ["new year"]),
        ("around Saint Patrick's Day", ["Saint Patrick's Day"]),
        ("the roof was damaged in hurricane katrina", ["hurricane katrina"]),
        ("the fourth of july sale", ["fourth of july"]),
        ("we flew in for the Olympics", ["Olympics"]),
        ("i ran the boston marathon", ["boston marathon"]),
        ("they closed for diwali", ["diwali"]),
        ("since September 11 attacks", ["September 11 attacks"]),
        ("the Kilkenny Arts Festival", ["Kilkenny Arts Festival"]),
        ("it was Super Bowl 50", ["Super Bowl 50"]),
    ],
)
def test_events(text: str, events: list[str], values: Values) -> None:
    assert values("event", text) == events


@pytest.mark.parametrize(
    "text",
    [
        "let us open a ticket",
        "i lent him money",
        "it is a new year contract",
        "i have a new phone",
        "the masters degree",
        "a carnival of errors",
        "next friday",
        "on monday morning",
        "The Conference call was short.",
        "the storm knocked out the power",
        "hurricane insurance is extra",
        "storm damage on the roof",
        "the price war",
        "may i have a day off",
        "prime day shipping is free they said to prime members",
        "the advent of cheaper plans",
        "my wedding anniversary",
        "the meeting was at three",
        "first and second notice",
    ],
)
def test_no_events(text: str, values: Values) -> None:
    assert values("event", text) == []
