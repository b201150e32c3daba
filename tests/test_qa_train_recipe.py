from pathlib import Path

import pytest

import qa.train
from index.errors import UsageError
from qa.train.recipe import Source, read_recipe

SHIPPED = Path(qa.train.__file__).parent / "reader.toml"


def said(tmp_path, old, new):
    """What is said of the shipped recipe with ``old`` in place of ``new``."""
    text = SHIPPED.read_text()
    assert old in text
    path = tmp_path / "recipe.toml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(UsageError) as caught:
        read_recipe(path)
    return str(caught.value)


def test_the_shipped_recipe_is_read():
    recipe = read_recipe(SHIPPED)
    assert recipe.windows.words == (40, 130)
    assert Source("qamr.train.jsonl.gz", 0.05, telling_answers=True) in recipe.data


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seed = 2026", "seeds = 2026", "seeds is no key"),
        ("warmup", "warm_up", "training.warm_up is no key"),
        ("given = 0.5\n", "", "negatives.given is missing"),
        ("dropout = 0.0", 'dropout = "little"', "training.dropout is 'little'; expected a number"),
        ("titles = 0.5", "titles = 1.5", "windows.titles is 1.5; expected a number from 0 to 1"),
        ("words = [40, 130]", "words = [130, 40]", "windows.words is [130, 40]"),
        ("words = [40, 130]", "words = 60", "windows.words is 60; expected two whole numbers"),
        ("freeze_words = true", "freeze_words = 1", "training.freeze_words is 1; expected true"),
        ("weight = 3.0", "weights = 3.0", "data[3].weights is no key"),
        ("passage = 1.0\nquestion = 0.5", "passage = 0\nquestion = 0", "nothing to learn"),
        ("[loss]", "[loss", "no recipe in TOML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, old, new, message):
    assert message in said(tmp_path, old, new)


def test_a_recipe_that_is_not_there_is_said_to_be(tmp_path):
    with pytest.raises(UsageError, match="can be read"):
        read_recipe(tmp_path / "none.toml")
