"""Unknown keys raise with the nearest name; types are checked; profiles load."""

import dataclasses

import pytest

from engine.config import from_mapping, load_config, load_profile, profiles
from engine.config_types import EngineConfig
from engine.errors import ConfigurationError, UnknownNameError


def test_every_profile_loads_under_its_own_name():
    assert profiles() == ["cpu", "demo", "dgx-spark", "gpu"]
    for name in profiles():
        assert load_profile(name).profile == name


@pytest.mark.parametrize(
    ("raw", "nearest"),
    [
        ({"asr": {"modle": "x"}}, "model"),
        ({"privcy": {}}, "privacy"),
        ({"analysis": {"llm": {"base_ulr": "x"}}}, "base_url"),
        ({"analysis": {"backend": "vlm"}}, "vllm"),
        ({"roles": {"left": "agnet"}}, "agent"),
        ({"vad": {"device": "cude"}}, "cuda"),
    ],
)
def test_unknown_names_raise_with_the_nearest(raw, nearest):
    with pytest.raises(UnknownNameError, match=f"did you mean '{nearest}'"):
        from_mapping(raw)


@pytest.mark.parametrize(
    "raw",
    [
        {"asr": {"batch_size": "16"}},
        {"asr": {"batch_size": 1.5}},
        {"asr": {"batch_size": True}},
        {"asr": {"word_times": 1}},
        {"asr": {"temperatures": 0.2}},
        {"asr": {"temperatures": ["warm"]}},
        {"asr": "whisper"},
        {"privacy": {"entities": "all"}},
    ],
)
def test_wrong_types_raise_with_what_was_received(raw):
    with pytest.raises(ConfigurationError, match="received"):
        from_mapping(raw)


def test_integers_are_taken_for_floats_and_lists_for_tuples():
    config = from_mapping({"asr": {"temperatures": [0, 0.5]}, "vad": {"max_window_s": 20}})
    assert config.asr.temperatures == (0.0, 0.5)
    assert config.vad.max_window_s == 20.0


def test_a_file_starts_from_the_profile_it_extends(tmp_path):
    path = tmp_path / "site.toml"
    path.write_text('extends = "cpu"\n[asr]\nlanguage = "de"\n')
    config = load_config(path)
    assert (config.profile, config.asr.model, config.asr.language) == ("site", "whisper-small", "de")


@pytest.mark.parametrize("content", ["[asr\n", "\xff"])
def test_an_unreadable_file_is_named(tmp_path, content):
    path = tmp_path / "broken.toml"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"broken\.toml"):
        load_config(path)


def test_a_missing_file_and_an_unknown_profile(tmp_path):
    with pytest.raises(ConfigurationError, match="absent"):
        load_config(tmp_path / "absent.toml")
    with pytest.raises(UnknownNameError, match="did you mean 'gpu'"):
        load_profile("gpuu")


def test_configuration_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        EngineConfig().profile = "x"  # type: ignore[misc]
