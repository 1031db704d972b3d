"""In and out, and what keeps guessers away."""

import pytest
from django.test import Client

from deploytickets.audit.models import Event
from tests.builders import PASSWORD


def sign_in(client: Client, username: str, password: str = PASSWORD, **fields: str) -> int:
    return client.post("/sign-in", {"username": username, "password": password, **fields}).status_code


def test_everything_but_the_sign_in_leads_there_and_back(anonymous):
    response = anonymous.get("/tickets?state=failed")

    assert response.status_code == 302
    assert response.url == "/sign-in?next=/tickets%3Fstate%3Dfailed"


def test_a_person_signs_in_and_gets_where_they_wanted(anonymous, a_person):
    kai = a_person(name="kai")

    response = anonymous.post("/sign-in", {"username": "kai", "password": PASSWORD, "next": "/tickets"})

    assert response.url == "/tickets"
    assert anonymous.get("/tickets").status_code == 200
    assert Event.objects.filter(action="person.signed_in", by_user_id=kai.pk).count() == 1


@pytest.mark.parametrize("wanted", ["x", "ticket", "a b", "/a\nb"])
def test_a_place_that_is_no_page_is_answered_when_one_is_signed_in(anonymous, a_person, wanted):
    a_person(name="kai")

    for _time in range(2):
        response = anonymous.post("/sign-in", {"username": "kai", "password": PASSWORD, "next": wanted})
        assert response.status_code == 302
    assert anonymous.post("/me/look", {"theme": "dark", "next": wanted}).status_code == 302


@pytest.mark.parametrize(
    "trap", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_the_sign_in_leads_to_no_other_place(anonymous, a_person, trap):
    a_person(name="kai")

    response = anonymous.post("/sign-in", {"username": "kai", "password": PASSWORD, "next": trap})

    assert response.url == "/"


def test_a_wrong_password_says_neither_which_was_wrong_nor_loses_the_name(anonymous, a_person):
    a_person(name="kai")

    wrong = anonymous.post("/sign-in", {"username": "kai", "password": "nope"})
    unknown = anonymous.post("/sign-in", {"username": "nobody", "password": "nope"})

    assert wrong.status_code == unknown.status_code == 403
    assert b'value="kai"' in wrong.content
    assert b"do not belong together" in wrong.content
    assert b"do not belong together" in unknown.content


def test_the_name_that_was_typed_is_in_no_event_because_it_may_be_a_password(anonymous):
    sign_in(anonymous, "hunter2-typed-into-the-wrong-box")

    assert "hunter2" not in str(list(Event.objects.values()))


def test_after_ten_failures_even_the_right_password_has_to_wait(anonymous, a_person):
    a_person(name="kai")
    assert [sign_in(anonymous, "kai", "nope") for _ in range(10)] == [403] * 10

    assert sign_in(anonymous, "kai") == 429
    assert Event.objects.filter(action="person.sign_in_failed").count() == 10


def test_the_limit_does_not_tell_which_accounts_there_are(anonymous, a_person):
    a_person(name="kai")

    known = [sign_in(anonymous, "kai", "nope") for _ in range(11)]
    unknown = [sign_in(anonymous, "nobody", "nope") for _ in range(11)]

    assert known == unknown == [403] * 10 + [429]
    assert sign_in(anonymous, "somebody-else", "nope") == 403


def test_failures_before_a_sign_in_do_not_count_against_the_next(anonymous, a_person):
    a_person(name="kai")
    for _ in range(6):
        sign_in(anonymous, "kai", "nope")
    sign_in(anonymous, "kai")
    anonymous.post("/sign-out")

    for _ in range(6):
        sign_in(anonymous, "kai", "nope")

    assert sign_in(anonymous, "kai") == 302


def test_an_address_that_tries_many_names_has_to_wait(anonymous, a_person):
    a_person(name="kai")
    for number in range(50):
        sign_in(anonymous, f"name{number}", "nope")

    assert sign_in(anonymous, "kai") == 429


def test_a_disabled_account_cannot_sign_in(anonymous, a_person):
    kai = a_person(name="kai")
    kai.is_active = False
    kai.save()

    assert sign_in(anonymous, "kai") == 403


def test_signing_out_ends_the_session(signed_in, a_person):
    browser = signed_in(a_person())

    browser.post("/sign-out")

    assert browser.get("/tickets").status_code == 302


def test_the_session_has_another_key_after_the_sign_in(anonymous, a_person):
    a_person(name="kai")
    anonymous.get("/sign-in")
    anonymous.session.save()
    before = anonymous.session.session_key

    sign_in(anonymous, "kai")

    assert anonymous.session.session_key != before
