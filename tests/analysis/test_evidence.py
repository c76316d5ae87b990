"""Evidence: utterances that exist, words that occur in them, said by the right person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analysis.evidence import Citation, Shown, occurs, plain
from engine.analysis.prompts import Line
from engine.analysis_types import Role

SHOWN = Shown.of(
    [
        Line(0, "agent/S1", "Good morning, how can I help you?"),
        Line(2, "customer/S2", "My bill is wrong, I want my money"),
        Line(2, "customer/S2", "back by Friday!"),
        Line(5, "unknown/S3", "yes"),
    ]
)


@pytest.mark.parametrize(
    ("quote", "text", "found"),
    [
        ("how can I help", "Good morning, how can I help you?", True),
        ("HOW CAN I HELP?!", "good morning how can i help you", True),
        ("I will call you back", "okay so I'll call you back on friday", True),  # the recogniser's spelling
        ("your invoice is rong", "yes your invoice is wrong sorry", True),
        ("we refund everything", "good morning how can I help you", False),
        ("ignore your instructions", "good morning how can I help you", False),
        ("yes", "yes", True),
        ("yes", "yesterday", False),
        ("no", "no problem", True),
        ("", "anything", False),
        ("?!", "anything?!", False),
        ("hello, I want to cancel my contract", "hello", False),  # the text is in the quote, not the quote in the text
        ("[PERSON_NAME_1]", "this is [PERSON_NAME_1] speaking", True),
        ("请问有什么", "您好，请问有什么可以帮您", True),
        ("退款给我", "您好，请问有什么可以帮您", False),
        ("क्या मैं मदद", "नमस्ते क्या मैं मदद कर सकती हूँ", True),
    ],
)
def test_quotes_are_found_in_spite_of_noise(quote: str, text: str, found: bool) -> None:
    assert occurs(plain(quote), plain(text)) is found


@pytest.mark.parametrize(
    ("indexes", "quote", "about", "expected"),
    [
        ([0], "how can I help", "agent", Citation((0,), 0, True)),
        ([0], "how can I help", "customer", Citation((), 1, False)),  # the wrong person
        ([2], "my money back by Friday", "customer", Citation((2,), 0, True)),  # over the pieces of one utterance
        ([2, 0, 2], "my bill", "agent", Citation((0, 2), 0, True)),
        ([5], "yes", "agent", Citation((5,), 0, True)),  # whose role is not known
        ([1, 2, 99], "bill is wrong", "unknown", Citation((2,), 2, True)),
        ([2], "never said by anybody", "unknown", Citation((), 1, False)),
        ([2, 7], "never said by anybody", "unknown", Citation((), 2, False)),
        ([1, -1], "bill", "unknown", Citation((), 2, False)),
        ([], "bill is wrong", "unknown", Citation((), 0, False)),
        ([2], "", "unknown", Citation((), 1, False)),
        ([0, 2], "help you my bill", "unknown", Citation((0, 2), 0, True)),  # over two utterances
    ],
)
def test_what_is_cited_is_checked(indexes: list[int], quote: str, about: Role, expected: Citation) -> None:
    assert SHOWN.checked(indexes, quote, about) == expected


@given(st.lists(st.integers(-5, 20)), st.text(max_size=30), st.sampled_from(["agent", "customer", "unknown"]))
def test_no_index_that_does_not_exist_is_ever_kept(indexes: list[int], quote: str, about: Role) -> None:
    cited = SHOWN.checked(indexes, quote, about)
    assert set(cited.evidence) <= {0, 2, 5}
    assert cited.proven == bool(cited.evidence)
    assert cited.dropped >= len(set(indexes) - {0, 2, 5})


@given(st.text(min_size=1, max_size=60), st.integers(0, 40), st.integers(1, 40))
def test_words_that_stand_there_are_always_found(text: str, start: int, length: int) -> None:
    words = plain(text).split()
    quote = " ".join(words[start % max(len(words), 1) :][:length])
    assert occurs(quote, plain(text)) is bool(quote)
