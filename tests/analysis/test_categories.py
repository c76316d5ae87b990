"""The user's tree of categories: what loads, what is refused, and what a category brings with it."""

from __future__ import annotations

import pytest

from engine.analysis.categories import checked_categories, with_those_above
from engine.analysis_types import Category
from engine.config import from_mapping
from engine.errors import ConfigurationError, UnknownNameError

TREE = (Category("money"), Category("billing", "bills", "money"), Category("refund", "", "billing"), Category("other"))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), ()),
        (("other",), ("other",)),
        (("refund",), ("money", "billing", "refund")),
        (("refund", "billing", "other"), ("money", "billing", "refund", "other")),
    ],
)
def test_with_a_category_stand_those_above_it(names: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert with_those_above(names, TREE) == expected


def test_names_and_tables_load_from_a_configuration() -> None:
    raw = {"analysis": {"categories": ["money", {"name": "billing", "description": "bills", "parent": "money"}]}}
    assert from_mapping(raw).analysis.categories == TREE[:2]


@pytest.mark.parametrize(
    ("categories", "error", "says"),
    [
        ((Category("a", parent="b"),), UnknownNameError, "parent of category 'a'"),
        ((Category("a", parent="a"),), ConfigurationError, "circle; received a -> a"),
        ((Category("a", parent="b"), Category("b", parent="a")), ConfigurationError, "a -> b -> a"),
        ((Category("a"), Category(" A ")), ConfigurationError, "names that differ"),
        ((Category(),), ConfigurationError, "names that differ"),
    ],
)
def test_a_tree_that_is_none_is_refused(categories: tuple[Category, ...], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        checked_categories(categories)
