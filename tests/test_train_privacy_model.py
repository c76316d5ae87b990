"""The trainer of the bundled privacy model: templates fill, labels sit on their values, held-out values stay out."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

pytest.importorskip("faker")

from engine.privacy.entities import ENTITIES as KNOWN
from engine.privacy.tagger import Tagger
from scripts.train_privacy_model.corpus import LABELS, labelled, samples
from scripts.train_privacy_model.grammar import Piece, parsed, templates, turns
from scripts.train_privacy_model.places import foreign_address
from scripts.train_privacy_model.slots import ENTITIES
from scripts.train_privacy_model.styles import spoken, typed, written
from scripts.train_privacy_model.values import Values, faker_list, is_held_out

LANGUAGES = ("en", "fr", "es", "de")
FILES = ("calls", "statements", "negatives")


def values(language: str = "en", held_out: bool = False) -> Values:
    return Values(language, random.Random(3), held_out)


def test_every_entity_of_the_model_is_one_of_ours() -> None:
    assert set(ENTITIES) <= set(KNOWN)
    assert LABELS[0] == "O" and len(LABELS) == 1 + 2 * len(ENTITIES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FILES)
def test_every_template_fills(language: str, name: str) -> None:
    for template in templates(language, name):
        for _ in range(3):
            said = turns(template, values(language))
            text = "".join(piece.text for turn in said for piece in turn)
            assert not set("{}<|~") & set(text), text


def test_templates_are_many() -> None:
    assert sum(len(templates(language, name)) for language in LANGUAGES for name in FILES) > 700


@pytest.mark.parametrize("template", ["(a|b", "a)b", "((a)"])
def test_unbalanced_templates_are_refused(template: str) -> None:
    with pytest.raises(ValueError, match="unbalanced"):
        parsed(template)


def test_alternatives_and_turns() -> None:
    made = {
        tuple(
            "".join(piece.text for piece in turn)
            for turn in turns(parsed("(a|b(c|))d // e"), Values("en", random.Random(seed), False))
        )
        for seed in range(40)
    }
    assert made == {("ad ", " e"), ("bcd ", " e"), ("bd ", " e")}


def test_labels_sit_on_their_values() -> None:
    sample = labelled("en", [[Piece("i am "), Piece("Ann Lee", "person_name"), Piece(".")], [Piece("no")]])
    assert sample.tokens == ["i", "am", "Ann", "Lee", ".", "\n", "no", "\n"]
    assert [LABELS[label] for label in sample.labels] == ["O", "O", "B-person_name", "I-person_name", *"OOOO"]


def test_the_same_seed_makes_the_same_text_and_another_seed_another() -> None:
    assert list(samples("en", 20, 5)) == list(samples("en", 20, 5))
    assert list(samples("en", 20, 5)) != list(samples("en", 20, 6))


def test_held_out_values_stay_out_of_training() -> None:
    names = faker_list("person", "en_US", "last_names")
    shown, kept = values(), values(held_out=True)
    for _ in range(20):
        assert not is_held_out(shown.pick(names))
        assert is_held_out(kept.pick(names))


def test_styles() -> None:
    turn = [Piece("my name is "), Piece("Ann Lee", "person_name"), Piece(", and i call")]
    rng = random.Random(1)
    assert "".join(piece.text for piece in written(turn, "en", rng)).startswith("My name is Ann Lee, and I call")
    heard = "".join(piece.text for piece in spoken(turn, "en", rng))
    assert heard == heard.lower() and "," not in heard and "ann lee" in heard
    assert [piece.entity for piece in typed(turn, "en", rng)] == [None, "person_name", None]


def test_a_trained_model_is_one_that_the_engine_loads(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from scripts.train_privacy_model.evaluation import evaluate
    from scripts.train_privacy_model.training import save, train

    made = list(samples("en", 60, 1))
    network, words = train(made, ["en"], width=8, epochs=1, batch=256, rate=0.01, seed=1)
    save(tmp_path / "model", network, words, ["en"])
    tagger = Tagger(tmp_path / "model")
    assert tagger.labels == LABELS and tagger.languages == ("en",)
    figures = evaluate(tagger, samples("en", 20, 1, held_out=True))
    assert all(0.0 <= value <= 1.0 for entity in figures.values() for value in entity[:3])


def test_a_run_that_was_broken_off_goes_on(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from scripts.train_privacy_model.training import train

    made = list(samples("en", 40, 1))
    options = {"width": 8, "epochs": 2, "batch": 64, "rate": 0.01, "seed": 1}
    whole, words = train(made, ["en"], **options)
    saved: list[int] = []
    original = torch.save

    def break_off(state: dict[str, object], file: Path) -> None:
        original(state, file)
        saved.append(1)
        if len(saved) == 1:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "save", break_off)
        with pytest.raises(KeyboardInterrupt):
            train(made, ["en"], **options, checkpoint=tmp_path / "state.pt")
        resumed, again = train(made, ["en"], **options, checkpoint=tmp_path / "state.pt")
    assert again == words and len(saved) == 2
    for name, array in whole.arrays().items():
        assert (resumed.arrays()[name] == array).all(), name


def test_misheard_words_are_no_values() -> None:
    rng = random.Random(2)
    turn = [Piece("please replace the damaged router cable"), Piece(" Ann Lee", "person_name")]
    heard = [spoken(turn, "en", rng) for _ in range(300)]
    said = {"".join(piece.text for piece in pieces if not piece.entity).strip() for pieces in heard}
    assert len(said) > 5
    assert {piece.text for pieces in heard for piece in pieces if piece.entity} == {" ann lee"}


@pytest.mark.parametrize("held_out", [False, True])
def test_organizations_and_addresses_of_many_kinds(held_out: bool) -> None:
    drawn = values(held_out=held_out)
    firms = {drawn.company() for _ in range(200)}
    assert len(firms) > 120
    assert any("-" in firm for firm in firms) and any(" and " in firm for firm in firms)
    assert any(" " not in firm for firm in firms)
    addresses = [foreign_address(drawn) for _ in range(60)]
    assert all(any(character.isalpha() for character in text) for text in addresses)
    assert any("\n" in text for text in addresses) and any("\n" not in text for text in addresses)
