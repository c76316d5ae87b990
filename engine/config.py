"""TOML -> the frozen dataclasses of `config_types`. Unknown keys raise with the nearest valid name.

A profile is a TOML file in `configs/`; a user's file may start from one with `extends = "cpu"`.
"""

from __future__ import annotations

import dataclasses
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, Union

from engine.config_types import EngineConfig
from engine.errors import ConfigurationError, UnknownNameError

T = TypeVar("T")


def configs_dir() -> Path:
    """Where profiles, prompts and checklists lie: inside an installed package, else beside `engine/` in a checkout."""
    packaged = Path(__file__).with_name("configs")
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "configs"


def profiles() -> list[str]:
    return sorted(path.stem for path in configs_dir().glob("*.toml"))


def load_profile(name: str) -> EngineConfig:
    """The profile `name`; raises UnknownNameError with the nearest one."""
    if name not in profiles():
        raise UnknownNameError("profile", name, profiles())
    return load_config(configs_dir() / f"{name}.toml")


def load_config(path: Path) -> EngineConfig:
    """The configuration in a TOML file, on top of the profile it `extends` (none: the defaults)."""
    return from_mapping(_read_toml(path), default_profile=path.stem)


def from_mapping(raw: Mapping[str, Any], default_profile: str = "custom") -> EngineConfig:
    """The configuration in a nested mapping; raises ConfigurationError on an unknown key or a wrong type."""
    values = dict(raw)
    parent = values.pop("extends", None)
    base = load_profile(parent) if parent else EngineConfig()
    values.setdefault("profile", default_profile)
    return replace(base, values)


def replace(base: T, changes: Mapping[str, Any], where: str = "") -> T:
    """A copy of a configuration dataclass with nested changes applied and checked."""
    hints = typing.get_type_hints(type(base))
    updates: dict[str, Any] = {}
    for key, value in changes.items():
        if key not in hints:
            raise UnknownNameError(f"configuration key in [{where or 'top level'}]", key, hints)
        name = f"{where}.{key}" if where else key
        current = getattr(base, key)
        if dataclasses.is_dataclass(current):
            updates[key] = replace(current, _table(value, name), name)
        elif isinstance(current, Mapping):
            updates[key] = {**current, **_checked_table(value, hints[key], name)}
        else:
            updates[key] = _checked(value, hints[key], name)
    return dataclasses.replace(base, **updates)  # type: ignore[type-var]


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(
            f"configuration file {path} cannot be read: {error}", expected="a readable TOML file"
        ) from error


def _table(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"configuration key {name}", received=repr(value), expected=f"a table [{name}]")
    return value


def _checked_table(value: object, hint: Any, name: str) -> dict[str, object]:
    """A table whose keys the configuration does not know; whoever reads it checks them."""
    return {key: _checked(item, typing.get_args(hint)[1], f"{name}.{key}") for key, item in _table(value, name).items()}


def _checked(value: object, hint: Any, name: str) -> object:
    """`value` as the annotated type; ints become floats and lists become tuples, a name alone stands for a table with
    that name in its first field, and nothing else is converted."""
    origin = typing.get_origin(hint)
    if dataclasses.is_dataclass(hint):
        first = dataclasses.fields(hint)[0].name
        return value if isinstance(value, hint) else replace(hint(), _table_of(value, first, name), name)  # type: ignore[arg-type, operator]
    if origin is Literal:
        if value not in typing.get_args(hint):
            raise UnknownNameError(f"value of {name}", str(value), map(str, typing.get_args(hint)))
        return value
    if origin in (Union, types.UnionType):
        return value
    if origin is tuple and isinstance(value, list | tuple):
        return tuple(_checked(item, typing.get_args(hint)[0], name) for item in value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    expected = origin or hint
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        raise ConfigurationError(f"configuration key {name}", received=repr(value), expected=_plain(hint))
    return value


def _table_of(value: object, first: str, name: str) -> Mapping[str, Any]:
    return {first: value} if isinstance(value, str) else _table(value, name)


def _plain(hint: Any) -> str:
    return "a list of values" if typing.get_origin(hint) is tuple else f"a value of type {hint.__name__}"
