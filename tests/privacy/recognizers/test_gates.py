"""Rules are tried only where what every match of them has stands: the same finds as when they are tried everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from presidio_analyzer import EntityRecognizer

from engine.privacy.layout import Held, Layout
from engine.privacy.recognizers import recognizers
from engine.privacy.recognizers.base import ANY, Find, RulesFinder, _lifted
from engine.privacy.recognizers.national import InStretches

LANGUAGES = ("en", "de", "tr", "ja", ANY)
MADE = [made for made in recognizers() if made.supported_language in LANGUAGES]
BY_RULES = [made for made in MADE if isinstance(made.find, RulesFinder)]
BY_WORDS = [made for made in MADE if not isinstance(made.find, RulesFinder)]

NATIONAL = [made.find for made in MADE if isinstance(made.find, InStretches)]

FRAGMENTS = (
    "1 2 03 45 19 1985 2026 415 2671 55512 94107 4111111111111111 078-05-1120 12/34 3.4.85 01.02.1990 1985-03-04 "
    "AB12 K1A 0B6 SW1A QQ 12 34 56 C 12.50 49 99 $ 5th ssn pin account accounts card passport phone call born birthday "
    "ending last four march May september aged turned my age is i'm he's on by from address expires zip texas new york "
    "ca CA NY Springfield nsw 2000 rue via Hauptstraße str. weg uss apo box lat 37.123456 long street avenue apt where "
    "do you live what city living in i am work at bank welcome to company name Acme medicare nhs plate user id "
    "password Konto Ausweis kimlik 電話 番号 ıssn ſeptember adıs İstanbul cafe\u0301 , . ? : - ( ) [ _ @"
).split()
JOINTS = (" ", " ", " ", "", "-", ", ", "\n", ". ", "/")


@st.composite
def texts(draw: st.DrawFn) -> str:
    parts = draw(st.lists(st.tuples(st.sampled_from(FRAGMENTS), st.sampled_from(JOINTS)), max_size=24))
    return "".join(part + joint for part, joint in parts)


def found(made: EntityRecognizer, finds: Iterator[Find], text: str) -> set[Find]:
    return set(_lifted(finds, text, made.cues))


def tried_everywhere(finder: RulesFinder) -> RulesFinder:
    rules = tuple(replace(rule, digits=0, opens=frozenset(), holds=()) for rule in finder.rules)
    return RulesFinder(rules, finder.check, finder.rate, finder.needs)


EVERYWHERE = [(made, tried_everywhere(made.find)) for made in BY_RULES]


@given(texts())
@example("my social is\n1120, that is 55\n\n1 2 3 4 5 6 7 8 9")
@example("pin\na\nb\nc\n4421 and 5512\nis my pin")
@example("1 2\n03 45\n415 2671 is the account")
@settings(max_examples=40, deadline=None)
def test_rules_find_what_they_find_everywhere(text: str) -> None:
    for made, everywhere in EVERYWHERE:
        gated = found(made, made.find.near(text, made.cues), text)
        assert gated == found(made, everywhere(text), text), (made.name, made.supported_language)


@given(texts())
@example("I live at 12 rue de la Paix 75002, in austin, texas 78701 or NSW 2000 near K1A 0B6")
@settings(max_examples=40, deadline=None)
def test_lines_are_left_out_only_where_nothing_would_be_found(text: str) -> None:
    gated = [set(made.find(text)) for made in BY_WORDS]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Layout, "lines_with", with_all_that_more_would_leave_out)
        assert gated == [set(made.find(text)) for made in BY_WORDS]


_LINES_WITH = Layout.lines_with


def with_all_that_more_would_leave_out(
    seen: Layout,
    keys: Held | None,
    *more: Held,
) -> Iterator[tuple[int, str]]:
    return _LINES_WITH(seen, keys)


@given(texts())
@example("nhs 943 476 5919\nQQ 12 34 56 C 123 456 782, 4111:1111-1111 1EG4-TE5-MK73")
@settings(max_examples=40, deadline=None)
def test_national_numbers_are_the_same_in_stretches(text: str) -> None:
    for find in NATIONAL:
        assert set(find(text)) == set(find.whole(text))
