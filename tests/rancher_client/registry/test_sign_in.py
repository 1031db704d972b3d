"""What a server wants to see, and where a token may be asked for."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest

from rancher_client.errors import Unusable
from rancher_client.registry import Registry
from rancher_client.registry.challenges import Challenge, challenges_in
from rancher_client.registry.sign_in import Admission, Admissions, token_address, token_in


@pytest.mark.parametrize(
    ("header", "challenges"),
    [
        ("", []),
        ('Basic realm="r"', [("basic", {"realm": "r"})]),
        (
            'Bearer realm="https://a.example/token",service="s",scope="repository:a:pull,push"',
            [
                (
                    "bearer",
                    {"realm": "https://a.example/token", "service": "s", "scope": "repository:a:pull,push"},
                )
            ],
        ),
        (
            'Negotiate, Basic realm="with \\"quotes\\", and commas" , BEARER Realm=bare, x = "y"',
            [
                ("negotiate", {}),
                ("basic", {"realm": 'with "quotes", and commas'}),
                ("bearer", {"realm": "bare", "x": "y"}),
            ],
        ),
        ('Bearer realm="first",realm="second"', [("bearer", {"realm": "first"})]),
        ('Basic realm="no end', [("basic", {})]),
        ('realm="nobody\'s", Basic', [("basic", {})]),
    ],
)
def test_a_header_is_read_by_its_grammar(header, challenges):
    assert challenges_in(header) == [Challenge(scheme, parameters) for scheme, parameters in challenges]


def address(realm, *, registry="https://r.example", hosts=(), **parameters):
    challenge = Challenge("bearer", {"realm": realm, **parameters})
    return token_address(challenge, "a/b", registry=urlsplit(registry), token_hosts=hosts)


@pytest.mark.parametrize(
    ("realm", "options"),
    [
        ("https://r.example/token", {}),
        ("https://R.example:443/token", {}),
        ("https://auth.example/token", {"hosts": ["auth.example"]}),
        ("https://auth.example:8443/token", {"hosts": ["auth.example:8443"]}),
        ("http://auth.example/token", {"hosts": ["auth.example"], "registry": "http://r.example"}),
        ("https://auth.example/token", {"hosts": ["auth.example"], "registry": "http://r.example"}),
    ],
)
def test_a_token_is_asked_for_at_the_registry_and_where_the_caller_says(realm, options):
    assert address(realm, **options) == f"{realm}?scope=repository%3Aa%2Fb%3Apull"


@pytest.mark.parametrize(
    ("realm", "options"),
    [
        ("https://elsewhere.example/token", {}),
        ("https://r.example.elsewhere.example/token", {}),
        ("https://r.example:8443/token", {}),
        ("https://auth.example:8443/token", {"hosts": ["auth.example"]}),
        ("http://r.example/token", {}),
        ("http://r.example:443/token", {}),
        ("http://auth.example/token", {"hosts": ["auth.example"]}),
        ("https://user:secret@r.example/token", {}),
        ("https://r.example@elsewhere.example/token", {}),
        ("https://r.example:no/token", {}),
        ("https://[r.example/token", {}),
        ("//r.example/token", {}),
        ("file:///etc/passwd", {}),
        ("", {}),
    ],
)
def test_no_other_address_is_asked_for_a_token(realm, options):
    with pytest.raises(Unusable) as caught:
        address(realm, **options)

    assert caught.value.code == "TokenServer"


def test_the_registry_says_the_service_and_we_say_what_the_token_is_for():
    asked = address("https://r.example/token?x=1&y", service="s t", scope="repository:a/b:pull,push,delete")

    assert urlsplit(asked).query == "x=1&service=s+t&scope=repository%3Aa%2Fb%3Apull"


def test_docker_hubs_token_server_is_known():
    assert Registry("https://registry-1.docker.io").token_hosts == {"auth.docker.io"}
    assert Registry("https://r.example").token_hosts == set()


@pytest.mark.parametrize(
    ("given", "header", "until"),
    [
        ({"token": "a.b-c_d="}, "Bearer a.b-c_d=", 155),
        ({"access_token": "abc", "expires_in": 300}, "Bearer abc", 395),
        ({"token": "abc", "access_token": "other", "expires_in": 0}, "Bearer abc", 95),
        ({"token": "abc", "expires_in": 1e300}, "Bearer abc", 3695),
    ],
)
def test_a_token_lasts_as_long_as_its_server_says_less_the_way(given, header, until):
    found = token_in(json.dumps(given).encode(), asked_at=100)

    assert found == Admission(header, is_token=True, until=until)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b"{}",
        b'{"token":""}',
        b'{"token":5}',
        b'{"token":"a b"}',
        b'{"token":"a\\r\\nX: y"}',
        b'{"token":"' + b"a" * 17000 + b'"}',
        b'{"token":"a","expires_in":"300"}',
        b'{"token":"a","expires_in":-1}',
        b'{"token":"a","expires_in":true}',
        b'{"token":"a","expires_in":NaN}',
    ],
)
def test_anything_else_is_no_token(body):
    with pytest.raises(Unusable):
        token_in(body, asked_at=100)


def test_what_let_us_in_is_remembered_until_its_end_and_not_without_bound():
    admissions = Admissions()
    first = Admission("Bearer a", is_token=True, until=10)
    admissions.remember("first", first, now=0)

    assert admissions.known("first", now=9.9) is first
    assert admissions.known("first", now=10) is None
    assert admissions.known("other", now=0) is None

    for number in range(2000):
        admissions.remember(f"r{number}", Admission("Bearer b", is_token=True, until=20), now=0)
    assert admissions.known("first", now=0) is None
    assert admissions.known("r1999", now=0) is not None
