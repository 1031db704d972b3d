"""YAML read as people mean it, with the line of everything."""

from __future__ import annotations

import pytest

from rancher_client.compose import ComposeError
from rancher_client.compose.documents import load


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("22:22", "22:22"),
        ("on", "on"),
        ("NO", "NO"),
        ("y", "y"),
        ("010", "010"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1.50", "1.50"),
        ("2026-11-24", "2026-11-24"),
        ("'5'", "5"),
        ("5", 5),
        ("-5", -5),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("99999999999999999999999999", "99999999999999999999999999"),
    ],
)
def test_an_unquoted_value_is_taken_as_written_unless_it_can_be_one_thing_only(written, meant):
    assert load(f"key: {written}\n", file="f.yml").root == {"key": meant}


def test_keys_are_texts_even_where_yaml_has_them_for_booleans_or_numbers():
    assert load("n: 1\non: 2\n8080: 3\n", file="f.yml").root == {"n": 1, "on": 2, "8080": 3}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "stands here twice"),
        ("a:\n  b: 1\n  b: 2\n", 3, "stands here twice"),
        ("a: 1\nb: [1\n", 3, "no YAML"),
        ("a: !!python/object/apply:os.system ['x']\n", 1, "tag"),
        ("? [1, 2]\n: 3\n", 1, "key must be a text"),
        ("- a\n- b\n", 1, "must be a mapping"),
        ("hello\n", 1, "must be a mapping"),
        ("a: 1\n\tb: 2\n", 2, "no YAML"),
    ],
)
def test_what_cannot_be_meant_is_an_error_with_its_line(text, line, words):
    with pytest.raises(ComposeError, match=words) as caught:
        load(text, file="docker-compose.yml")

    assert (caught.value.file, caught.value.line) == ("docker-compose.yml", line)


def test_two_documents_in_one_file_are_refused():
    with pytest.raises(ComposeError):
        load("a: 1\n---\nb: 2\n", file="f.yml")


def test_anchors_that_multiply_are_refused_quickly():
    levels = "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 12))

    with pytest.raises(ComposeError, match="too many"):
        load("l0: &l0 [x]\n" + levels, file="f.yml")


def test_an_anchor_that_holds_itself_is_refused():
    with pytest.raises(ComposeError):
        load("a: &a [*a]\n", file="f.yml")


@pytest.mark.parametrize("text", ["[" * 1_000_000, "a: " + "{b: " * 250_000, "- " * 500_000, "? " * 500_000])
def test_deep_nesting_is_refused_before_it_ends_the_process(text):
    with pytest.raises(ComposeError, match="too deeply nested") as caught:
        load(text, file="f.yml")

    assert caught.value.line == 1


def test_what_a_mapping_says_itself_wins_over_what_it_merges():
    text = "base: &b {image: x, tty: true}\nweb:\n  <<: *b\n  image: y\n"

    assert load(text, file="f.yml").root["web"] == {"image": "y", "tty": True}


def test_the_line_of_a_value_and_of_what_is_inside_it():
    document = load("a:\n  b:\n  - x\n  - y\n", file="f.yml")

    assert document.line_of(("a",)) == 1
    assert document.line_of(("a", "b", 1)) == 4
    assert document.line_of(("a", "b", 1, "nothing there")) == 4


def test_an_empty_file_is_an_empty_mapping():
    assert load("", file="f.yml").root == {}


def test_a_file_too_long_to_be_meant_is_refused():
    with pytest.raises(ComposeError, match="longer"):
        load("a: " + "x" * (1024 * 1024), file="f.yml")


@pytest.mark.parametrize("text", ["-\n" * 400_000, "? a\n" * 200_000, "{a: " + "b, " * 300_000 + "c}"])
def test_a_flood_of_values_is_refused_before_they_are_made(text):
    with pytest.raises(ComposeError, match="too many"):
        load(text, file="f.yml")


def test_a_long_text_that_anchors_repeat_is_refused():
    repeated = "".join(f"k{number}: *a\n" for number in range(1000))

    with pytest.raises(ComposeError, match="too many"):
        load(f"k: &a {'x' * 10_000}\n{repeated}", file="f.yml")
