"""Personal tokens: shown once, kept as a hash, dead with their owner's password or account."""

from datetime import timedelta

import pytest

from deploytickets import clock
from deploytickets.access import services as access
from deploytickets.access import tokens
from deploytickets.access.errors import NotAllowed
from deploytickets.access.models import Token
from deploytickets.access.tokens import Scope
from deploytickets.audit.actors import SYSTEM
from deploytickets.audit.errors import Invalid, Unknown
from deploytickets.audit.queries import history
from tests.builders import SHELL, actor_of

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def issue(person, **fields):
    fields = {"name": "Jenkins", "scopes": [Scope.READ, Scope.FILE], "lasts": DAY, **fields}
    return tokens.issue(by=actor_of(person), **fields)


def test_a_token_acts_as_its_owner(anna):
    token, plain = issue(anna)

    owner, found = tokens.authenticate(plain)

    assert (owner, found) == (anna, token)
    assert found.scopes == ["read", "file"]


def test_only_a_hash_of_the_text_is_kept(anna):
    token, plain = issue(anna)

    stored = str(Token.objects.values().get()) + str(list(history("person", "anna").values()))
    assert plain not in stored
    assert plain.split("_", 2)[2] not in stored
    assert plain.startswith(f"dt_{token.prefix}_")


def test_no_two_tokens_are_alike_and_each_is_long(anna):
    plains = {issue(anna)[1] for _ in range(5)}

    assert len(plains) == 5
    # 256 random bits in base 64
    assert all(len(plain.split("_", 2)[2]) == 43 for plain in plains)


@pytest.mark.parametrize("plain", ["", "dt_", "dt_00000000_nothing", "\ud800", "x" * 10_000])
def test_what_is_no_token_is_nobodys(anna, plain):
    issue(anna)

    assert tokens.authenticate(plain) is None


def test_a_token_with_one_letter_changed_is_nobodys(anna):
    _, plain = issue(anna)

    assert tokens.authenticate(plain[:-1] + ("a" if plain[-1] != "a" else "b")) is None


def test_a_token_dies_with_its_owners_password(anna):
    _, plain = issue(anna)

    access.set_password(by=SHELL, username="anna", password="another horse battery")

    assert tokens.authenticate(plain) is None


def test_a_token_dies_with_its_owners_account(anna):
    _, plain = issue(anna)

    access.disable_person(by=SHELL, username="anna")

    assert tokens.authenticate(plain) is None


def test_a_token_of_a_disabled_account_stays_ended_when_the_account_is_enabled_again(anna):
    _, plain = issue(anna)
    access.disable_person(by=SHELL, username="anna")

    access.enable_person(by=SHELL, username="anna")

    assert tokens.authenticate(plain) is None


def test_a_token_expires(anna):
    token, plain = issue(anna)
    Token.objects.filter(pk=token.pk).update(expires_at=clock.now())

    assert tokens.authenticate(plain) is None


def test_a_revoked_token_is_dead_and_the_log_says_who_did_it(anna):
    token, plain = issue(anna)

    tokens.revoke(token.pk, by=actor_of(anna))
    tokens.revoke(token.pk, by=actor_of(anna))

    assert tokens.authenticate(plain) is None
    actions = [event.action for event in history("person", "anna")]
    assert actions[-2:] == ["person.token_issued", "person.token_revoked"]


def test_nobody_revokes_somebody_elses_token(anna, olga):
    token, plain = issue(anna)

    with pytest.raises(Unknown):
        tokens.revoke(token.pk, by=actor_of(olga))

    assert tokens.authenticate(plain)


def test_a_token_cannot_make_another_one(anna):
    with pytest.raises(NotAllowed, match="cannot make tokens"):
        tokens.issue(
            by=actor_of(anna, scopes=["read", "file", "decide"]), name="wider", scopes=["decide"], lasts=DAY
        )


def test_the_product_itself_has_no_tokens():
    with pytest.raises(NotAllowed):
        tokens.issue(by=SYSTEM, name="x", scopes=["read"], lasts=DAY)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["read", "everything"]}, "scopes"),
        ({"lasts": timedelta(days=367)}, "lasts"),
        ({"lasts": timedelta(0)}, "lasts"),
    ],
)
def test_a_token_has_a_name_known_scopes_and_an_end(anna, fields, field):
    with pytest.raises(Invalid) as refusal:
        issue(anna, **fields)

    assert list(refusal.value.fields) == [field]


def test_the_last_use_is_noted_at_most_once_a_minute(anna, django_assert_num_queries):
    token, plain = issue(anna)
    tokens.authenticate(plain)
    first = Token.objects.get(pk=token.pk).last_used_at
    assert first is not None

    with django_assert_num_queries(2):  # the token, the clock; nothing is written
        tokens.authenticate(plain)
    assert Token.objects.get(pk=token.pk).last_used_at == first

    Token.objects.filter(pk=token.pk).update(last_used_at=first - timedelta(minutes=1))
    tokens.authenticate(plain)
    assert Token.objects.get(pk=token.pk).last_used_at >= first
