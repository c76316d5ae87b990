from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.privacy.recognizers.locations import _CUE_ENDS, _PLACE_CUE, _may_be_cue

Values = Callable[[str, str], list[str]]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("I live in Chicago.", ["Chicago"]),
        ("i live in chicago", ["chicago"]),
        ("the parcel went to South Carolina", ["South Carolina"]),
        ("we moved from Germany to Costa Rica", ["Germany", "Costa Rica"]),
        ("the flight from são paulo was late", ["são paulo"]),
        ("i live in reading", ["reading"]),
        ("We live in Reading now.", ["Reading"]),
        ("i live in nice", ["nice"]),
        ("we moved to mobile alabama", ["mobile", "alabama"]),
        ("i'm flying to turkey next week", ["turkey"]),
        ("She flew to Turkey last year.", ["Turkey"]),
        ("i'm calling from jordan", ["jordan"]),
        ("my store is in georgia", ["georgia"]),
        ("He lives in Vitkovany.", ["Vitkovany"]),
        ("i grew up in vitkovany", ["vitkovany"]),
        ("our office in London's east end", ["London"]),
        ("customers in the US pay more", ["US"]),
        ("it ships within the uk only", ["uk"]),
        ("anyone from St. Louis or Fort Worth", ["St. Louis", "Fort Worth"]),
        ("the cabin near Lake Wobegon is ours", ["Lake Wobegon"]),
        ("the power is out in Franklin County", ["Franklin County"]),
        ("Springfield, IL", ["Springfield, IL"]),
        ("I come from Sri Lanka.", ["Sri Lanka"]),
        ("12 Elm Street in Leeds", ["12 Elm Street", "Leeds"]),
    ],
)
def test_places(text: str, places: list[str], values: Values) -> None:
    assert values("location", text) == places


@pytest.mark.parametrize(
    "text",
    [
        "reading the meter takes a minute",
        "Reading the meter takes a minute.",
        "nice to meet you",
        "Nice to meet you.",
        "my mobile number is wrong",
        "a turkey sandwich with cheese",
        "polish the table",
        "let us know",
        "they told us to wait",
        "living in fear of the next bill",
        "i was born in march",
        "the split payment failed",
        "a bath and an orange juice",
        "the buffalo wings were cold",
        "i live in an apartment",
        "we are going to cancel it",
        "I am going to call them.",
        "the phoenix package includes phone",
        "surprise me",
        "a concord of two parties",
        "it's in the queue",
        "in billing they told me to wait",
        "I'm in Sales today.",
        "Please come in.",
        "i come from a big family",
    ],
)
def test_no_places(text: str, values: Values) -> None:
    assert values("location", text) == []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("My address is 72 Oak Street.", "72 Oak Street"),
        ("my address is seventy-two oak street", "seventy-two oak street"),
        ("seventy two oak street", "seventy two oak street"),
        ("it's 4215 north elm avenue apartment 3 b", "4215 north elm avenue apartment 3 b"),
        ("ship it to 12 Elm Road, Springfield, Illinois 62704", "12 Elm Road, Springfield, Illinois 62704"),
        ("it was 221b baker street", "221b baker street"),
        ("deliver it to 9 Shady Lane, Unit 5", "9 Shady Lane, Unit 5"),
        ("I live on 42nd Street", "42nd Street"),
        ("i live at 350 5th avenue", "350 5th avenue"),
        ("the shop on maple avenue", "maple avenue"),
        ("She lives on Martin Luther King Boulevard", "Martin Luther King Boulevard"),
        ("P.O. Box 1234", "P.O. Box 1234"),
        ("po box 99 in the village", "po box 99"),
        ("apartment 12c", "apartment 12c"),
        ("address 18 shimla hills road and phone", "18 shimla hills road"),
        ("my address is 5 old mill", "5 old mill"),
        ("Unit 4021 Box 77", "Unit 4021 Box 77"),
        ("it goes to USS Halvorsen", "USS Halvorsen"),
        ("Meet at the corner of Kolar Ave 12 and Hansen Street", "the corner of Kolar Ave 12 and Hansen Street"),
        (
            "Send it to 17 Rua Velha 33, Apt. 021, Porto, Chile 89825.",
            "17 Rua Velha 33, Apt. 021, Porto, Chile 89825",
        ),
        ("hayward ca 94545", "hayward ca 94545"),
        ("Denver, CO 80014", "Denver, CO 80014"),
        ("the zip code is 90210", "90210"),
        ("zip nine oh two one oh", "nine oh two one oh"),
        ("My postcode is SW1A 1AA.", "SW1A 1AA"),
        ("postcode s w 1 a 1 a a", "s w 1 a 1 a a"),
        ("it's K1A 0B1", "K1A 0B1"),
        ("Hauptstraße 12, please", "Hauptstraße 12"),
        ("10 rue Victor Hugo", "10 rue Victor Hugo"),
        ("Via Garibaldi 7", "Via Garibaldi 7"),
        ("the car is at 40.7128, -74.0060", "40.7128, -74.0060"),
        ("41 degrees north 74 degrees west", "41 degrees north 74 degrees west"),
    ],
)
def test_addresses(text: str, address: str, values: Values) -> None:
    assert values("location", text) == [address]


@pytest.mark.parametrize(
    "text",
    [
        "it's a 20 minute drive",
        "2 way street",
        "a 500 gb hard drive",
        "24 hour road side assistance",
        "3 more people on the road",
        "there is noise on the street",
        "call me in 5 minutes on my way",
        "i waited 45 minutes in this place",
        "the 2 accounts in one place",
        "in the first place you were late",
        "i need a 30 day test run",
        "press 1 to close the ticket",
        "a 4 wheel drive",
        "50 dollars off",
        "a flat 30 dollar fee",
        "the order number is 90210",
        "my account ends in 62704",
        "10 ways to pay",
        "in 3 easy payments any way you want",
        "one way or the other",
        "an email address",
        "the ip address is wrong",
        "two tickets for the park",
    ],
)
def test_no_addresses(text: str, values: Values) -> None:
    assert values("location", text) == []


@pytest.mark.parametrize(
    ("question", "answer", "redacted"),
    [
        ("What city are you in?", "boise", "[LOCATION_1]"),
        ("which city do you live in", "uh vitkovany", "uh [LOCATION_1]"),
        ("What is your address?", "2346 old mill", "[LOCATION_1]"),
        ("where should we ship it", "it's 18 shimla hills", "it's [LOCATION_1]"),
        ("And your zip code?", "60601", "[LOCATION_1]"),
        ("which state are you calling from", "washington", "[LOCATION_1]"),
        ("What city are you in?", "i do not know", "i do not know"),
        ("What is your address?", "one moment", "one moment"),
    ],
)
def test_answers(question: str, answer: str, redacted: str, answered: Callable[[str, str], str]) -> None:
    assert answered(question, answer) == redacted


def test_postcodes_and_streets_of_other_languages(found: Callable[..., list[tuple[str, str]]]) -> None:
    assert found("meine Postleitzahl ist 10115", "location", language="de") == [("location", "10115")]
    assert found("ich wohne Lindenallee 4", "location", language="de") == [("location", "Lindenallee 4")]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "Send it to 60 Brogade 68\n Apt. 784\n Esbjerg N\n Mozambique 24925.",
            ["60 Brogade 68", "Apt. 784", "Esbjerg N", "Mozambique 24925"],
        ),
        ("> 17 Rua Velha\n> Suite 4\n> Trofa\n\n> Chile", ["17 Rua Velha", "Suite 4", "Trofa", "Chile"]),
    ],
)
def test_addresses_over_several_lines(text: str, lines: list[str], values: Values) -> None:
    assert values("location", text) == lines


@pytest.mark.parametrize(
    "text",
    [
        "we have 2 cats and a dog\nin the flat\nsince 2019",
        "i ordered 2 pizzas\nsuite 4\nwhen do they come",
        "i have 3 routers\nsuite 4\nthe code is 55021",
    ],
)
def test_lines_that_are_no_address(text: str, values: Values) -> None:
    assert all("suite" in value for value in values("location", text))


CUE_WORDS = (
    *_CUE_ENDS,
    *"live moved over it city: zip, north back somewhere village republic flights Hotel ship, is: SUNNY the, a".split(),
)


@given(st.lists(st.sampled_from(CUE_WORDS), max_size=5).map(" ".join), st.sampled_from(["", " ", "  "]))
def test_the_quick_look_for_a_cue_misses_none(words: str, end: str) -> None:
    assert _may_be_cue(words + end) or not _PLACE_CUE.search(words + end)
