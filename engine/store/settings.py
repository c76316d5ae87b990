"""What users keep in the file beside the calls: filters by name, and the tree of categories."""

from __future__ import annotations

import json
from collections.abc import Mapping

from engine.errors import ConfigurationError, UnknownNameError
from engine.store import schema
from engine.store.column import storable
from engine.store.connection import Connected
from engine.store.filters import Filter


class Settings(Connected):
    """The settings of a file. Every method raises StorageError."""

    def save_filter(self, name: str, wanted: Filter) -> None:
        """Keep a filter under a name; one of that name is replaced."""
        self._set(schema.FILTER + storable(name), wanted.to_json())

    def saved_filter(self, name: str) -> Filter:
        """A saved filter; raises UnknownNameError with the nearest."""
        known = self.saved_filters()
        if name not in known:
            raise UnknownNameError("saved filter", name, known)
        return known[name]

    def saved_filters(self) -> dict[str, Filter]:
        """The saved filters by name."""
        rows = self._read("SELECT key, value FROM settings WHERE key >= ? ORDER BY key", (schema.FILTER,))
        saved = {key.removeprefix(schema.FILTER): value for key, value in rows if key.startswith(schema.FILTER)}
        return {name: Filter.from_mapping(json.loads(value)) for name, value in saved.items()}

    def delete_filter(self, name: str) -> None:
        """Raises UnknownNameError with the nearest."""
        self.saved_filter(name)
        with self._transaction() as connection:
            connection.execute("DELETE FROM settings WHERE key = ?", (schema.FILTER + storable(name),))

    def set_categories(self, parents: Mapping[str, str | None]) -> None:
        """The parent of each category, None at the top: a filter by a category finds those below it too.

        Raises UnknownNameError on a parent that is no category, ConfigurationError on a circle.
        """
        for category in parents:
            _check_ancestors(category, parents)
        self._set(schema.CATEGORIES, json.dumps(dict(parents), ensure_ascii=False))

    def categories(self) -> dict[str, str | None]:
        """The category tree, as it was set."""
        with self._lock, self._errors():
            return self._categories()

    def _categories(self) -> dict[str, str | None]:
        rows = self._connection.execute("SELECT value FROM settings WHERE key = ?", (schema.CATEGORIES,)).fetchall()
        return dict(json.loads(rows[0][0])) if rows else {}

    def _set(self, key: str, value: str) -> None:
        with self._transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", (key, value))


def _check_ancestors(category: str, parents: Mapping[str, str | None]) -> None:
    seen, above = {category}, parents[category]
    while above is not None:
        if above not in parents:
            raise UnknownNameError("parent category", above, parents)
        if above in seen:
            raise ConfigurationError("the category tree", received=f"a circle through {above!r}", expected="a tree")
        seen.add(above)
        above = parents[above]
