"""The user's tree of categories: names, descriptions and parents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.analysis_types import Category
from engine.errors import ConfigurationError, UnknownNameError


def checked_categories(categories: Sequence[Category]) -> tuple[Category, ...]:
    """The categories with trimmed names.

    Raises ConfigurationError where names are empty or the same or a branch goes round in a circle, and UnknownNameError
    for a parent that is no category.
    """
    trimmed = tuple(Category(each.name.strip(), each.description.strip(), each.parent.strip()) for each in categories)
    names = [category.name for category in trimmed]
    if not all(names) or len({name.casefold() for name in names}) != len(names):
        raise ConfigurationError("analysis.categories", received=repr(names), expected="names that differ")
    for category in trimmed:
        if category.parent and category.parent not in names:
            raise UnknownNameError(f"parent of category {category.name!r}", category.parent, names)
    _refuse_circles(trimmed)
    return trimmed


def with_those_above(names: Iterable[str], categories: Sequence[Category]) -> tuple[str, ...]:
    """The categories, each after those above it in the tree."""
    parents = _parents(categories)
    chosen: list[str] = []
    for name in names:
        branch = [name]
        while parent := parents.get(branch[0], ""):
            branch.insert(0, parent)
        chosen += branch
    return tuple(dict.fromkeys(chosen))


def _refuse_circles(categories: Sequence[Category]) -> None:
    parents = _parents(categories)
    for category in categories:
        branch = [category.name]
        while parent := parents[branch[-1]]:
            if parent in branch:
                received = " -> ".join((*branch, parent))
                raise ConfigurationError("analysis.categories go round in a circle", received=received)
            branch.append(parent)


def _parents(categories: Sequence[Category]) -> dict[str, str]:
    return {category.name: category.parent for category in categories}
