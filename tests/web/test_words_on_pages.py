"""Icons that exist, states that are never colour alone, times with their zone, languages that are whole."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from deploytickets.inventory.queries import ChipKind
from deploytickets.tickets import story, words
from deploytickets.tickets.transitions import Action, State
from deploytickets.web import containers, matrix
from deploytickets.web.templatetags import ui

ROOT = Path(__file__).resolve().parent.parent.parent


def icons_in_templates() -> set[str]:
    found = set()
    for template in (ROOT / "templates").rglob("*.html"):
        text = template.read_text()
        found |= set(re.findall(r'{% icon "([^"]+)"', text)) | set(re.findall(r'icon_name="([^"]+)"', text))
        found |= set(re.findall(r'{% chip \S+ "([^"]+)"', text))
    return found


def icons_in_tables() -> set[str]:
    states = {word.icon for word in (*words.WORDS.values(), words.PLANNING, words.NO_PLAN)}
    tiles = {word.icon for word in vars(containers).values() if isinstance(word, words.Word)}
    return states | tiles | {look.icon for look in matrix.LOOKS.values()} | set(story._ICONS.values())


@pytest.mark.parametrize("name", sorted(icons_in_templates() | icons_in_tables()))
def test_every_icon_exists(name):
    assert ui.icon(name).startswith("<svg")


def test_every_state_has_its_word_icon_and_tone():
    tones = {"ok", "wait", "bad", "moving", "foreign", "idle"}

    assert {
        state: word.tone in tones and bool(word.icon) and bool(str(word.word))
        for state, word in words.WORDS.items()
    } == dict.fromkeys(State, True)


def test_every_button_has_a_partial_of_its_own():
    offered = {action for box in words.LABELS for action in [box]} - {Action.FILE, Action.COMMENT}

    assert {
        action for action in offered if not (ROOT / f"templates/tickets/actions/{action.value}.html").exists()
    } == set()


def test_every_chip_of_the_board_has_a_look():
    assert set(ChipKind) - {ChipKind.TICKET} == set(matrix._OF_CHIP)


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=84), "84 s"),
        (timedelta(minutes=22), "22 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=9), "9 d"),
    ],
)
def test_a_short_duration_is_said_in_one_unit(span, said):
    assert ui.short(span) == said


def test_a_time_says_the_exact_one_and_its_zone():
    shown = ui.ago(timezone.now() - timedelta(minutes=26), "ago")

    assert re.search(r'title="\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"', shown)
    assert ">26 min ago<" in shown


def test_blocks_say_in_words_what_they_draw():
    drawn = ui.blocks(2, 4, starting=1)

    assert 'aria-label="2 of 4 healthy"' in drawn
    assert re.findall(r'<i class="(\w*)">', drawn) == ["", "", "start", "none"]


def test_many_containers_are_said_and_not_drawn():
    assert "<i" not in ui.blocks(80, 100)


def test_user_text_is_escaped_in_a_chip():
    shown = Template("{% load ui %}{% chip word 'check' 'ok' %}").render(Context({"word": "<script>"}))

    assert "&lt;script&gt;" in shown


@pytest.mark.parametrize("language", ["zh-hant", "zh-hans"])
def test_chinese_pages_speak_chinese(signed_in, a_person, file_ticket, language):
    ticket, kai = file_ticket(), a_person()
    kai.language = language
    kai.save()
    browser = signed_in(kai)

    for address in ("/", "/tickets", f"/tickets/{ticket.key}", "/tickets/new", "/me"):
        page = browser.get(address).content.decode()
        text = re.sub(r"<[^>]+>", " ", page)
        assert f'<html lang="{language}"' in page
        assert len(re.findall(r"[\u4e00-\u9fff]", text)) > 20, address
    with translation.override(language):
        assert str(words.WORDS[State.PENDING].word) != "Waits for approval"
