"""What belongs to the person: tokens, password, language, theme."""

import re

import pytest

from deploytickets.access import tokens
from deploytickets.access.models import Token
from deploytickets.audit.models import Event
from tests.builders import PASSWORD


def made(browser, **fields):
    return browser.post(
        "/me/tokens", {"name": "Jenkins", "scopes": ["read", "file"], "lasts": "90", **fields}
    )


def test_a_token_is_shown_once_and_works(signed_in, a_person):
    anna = a_person(name="anna")
    browser = signed_in(anna)

    page = made(browser).content.decode()

    plain = re.search(r"<code>(dt_[^<]+)</code>", page)
    assert plain is not None
    owner, token = tokens.authenticate(plain[1])
    assert (owner, token.scopes) == (anna, ["read", "file"])
    assert plain[1] not in browser.get("/me").content.decode()


def test_a_token_is_revoked_by_its_owner_only(signed_in, a_person):
    anna = a_person()
    made(signed_in(anna))
    token = Token.objects.get()

    assert signed_in(a_person()).post(f"/me/tokens/{token.pk}/revoke").status_code == 404
    assert signed_in(anna).post(f"/me/tokens/{token.pk}/revoke").status_code == 302

    token.refresh_from_db()
    assert token.revoked_at is not None
    assert "revoked" in signed_in(anna).get("/me").content.decode()


def test_a_token_without_name_or_scope_is_refused_with_a_reason(signed_in, a_person):
    answer = made(signed_in(a_person()), name=" ", scopes=[])

    assert answer.status_code == 422
    assert "Please give it a name" in answer.content.decode()
    assert not Token.objects.exists()


def test_a_token_that_is_refused_keeps_what_was_chosen(signed_in, a_person):
    browser = signed_in(a_person())
    at_first = browser.get("/me").content.decode()

    page = made(browser, name=" ", scopes=["decide"], lasts="365").content.decode()

    assert re.findall(r'name="scopes" value="(\w+)" checked', at_first) == ["read", "file"]
    assert re.findall(r'<option value="(\d+)" selected', at_first) == ["90"]
    assert re.findall(r'name="scopes" value="(\w+)" checked', page) == ["decide"]
    assert re.findall(r'<option value="(\d+)" selected', page) == ["365"]


def test_a_new_password_ends_the_tokens_and_keeps_this_session(signed_in, a_person):
    anna = a_person()
    browser = signed_in(anna)
    page = made(browser).content.decode()
    plain = re.search(r"<code>(dt_[^<]+)</code>", page)

    browser.post("/me/password", {"old": PASSWORD, "new": "another correct horse battery"})

    assert browser.get("/me").status_code == 200
    assert plain is not None
    assert tokens.authenticate(plain[1]) is None
    anna.refresh_from_db()
    assert anna.check_password("another correct horse battery")


def test_other_sessions_end_with_the_old_password(signed_in, a_person):
    anna = a_person()
    here, elsewhere = signed_in(anna), signed_in(anna)

    here.post("/me/password", {"old": PASSWORD, "new": "another correct horse battery"})

    assert elsewhere.get("/me").status_code == 302


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"old": "wrong", "new": "another correct horse battery"}, "This is not your present password"),
        ({"old": PASSWORD, "new": "short"}, "too short"),
    ],
)
def test_a_password_is_not_changed_without_the_present_one_or_to_a_weak_one(
    signed_in, a_person, fields, sentence
):
    anna = a_person()

    answer = signed_in(anna).post("/me/password", fields)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    anna.refresh_from_db()
    assert anna.check_password(PASSWORD)


def test_the_present_password_cannot_be_guessed_without_end(signed_in, a_person):
    anna = a_person(name="anna")
    browser = signed_in(anna)
    guess = {"old": "wrong", "new": "another correct horse battery"}
    assert [browser.post("/me/password", guess).status_code for _ in range(10)] == [422] * 10

    answer = browser.post("/me/password", {**guess, "old": PASSWORD})

    assert answer.status_code == 429
    assert "The password was wrong too often" in answer.content.decode()
    anna.refresh_from_db()
    assert anna.check_password(PASSWORD)
    failures = Event.objects.filter(action="person.password_not_confirmed")
    assert {(event.subject_key, event.by_user_id) for event in failures} == {("anna", anna.pk)}
    assert failures.count() == 10


def test_guesses_at_the_sign_in_and_in_a_session_count_together(signed_in, anonymous, a_person):
    browser = signed_in(a_person(name="anna"))
    for _ in range(5):
        anonymous.post("/sign-in", {"username": "anna", "password": "wrong"})
        browser.post("/me/password", {"old": "wrong", "new": "another correct horse battery"})

    assert anonymous.post("/sign-in", {"username": "anna", "password": PASSWORD}).status_code == 429


def test_language_and_theme_are_kept_for_the_person(signed_in, a_person):
    browser = signed_in(a_person())

    back = browser.post("/me/look", {"language": "zh-hant", "next": "/tickets"})
    browser.post("/me/look", {"theme": "dark", "next": "/"})

    page = browser.get("/tickets").content.decode()
    assert back.url == "/tickets"
    assert '<html lang="zh-hant" data-theme="dark">' in page


def test_the_theme_of_the_system_is_chosen_again(signed_in, a_person):
    browser = signed_in(a_person())
    browser.post("/me/look", {"theme": "dark"})

    browser.post("/me/look", {"theme": "system"})

    assert "data-theme" not in browser.get("/").content.decode()


@pytest.mark.parametrize("fields", [{"language": "xx"}, {"theme": "pink"}])
def test_what_is_not_offered_is_refused(signed_in, a_person, fields):
    assert signed_in(a_person()).post("/me/look", fields).status_code == 422


def test_a_choice_leads_to_no_other_place(signed_in, a_person):
    answer = signed_in(a_person()).post("/me/look", {"theme": "dark", "next": "https://evil.example/"})

    assert answer.url == "/"


def test_who_is_not_signed_in_chooses_a_language_as_well(anonymous):
    anonymous.post("/language", {"language": "zh-hans", "next": "/sign-in"})

    assert '<html lang="zh-hans"' in anonymous.get("/sign-in").content.decode()
