"""Registries that page, that do without some header, that are none, and that mean ill."""

from __future__ import annotations

import hashlib
import time
from datetime import timedelta

import pytest

from rancher_client.errors import (
    Invalid,
    KeyRefused,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
    RancherError,
    Throttled,
    Unusable,
)
from rancher_client.registry import Registry
from rancher_client.registry.answers import INDEXES, MANIFESTS, SIGNED
from tests.rancher_client.cattle.scripted import answer, nothing, trickle

BODY = b'{"schemaVersion":2}'
DIGEST = f"sha256:{hashlib.sha256(BODY).hexdigest()}"
OTHER = f"sha256:{'0' * 64}"


def page(*tags, following=""):
    headers = {"Link": f'<{following}>; rel="next"'} if following else {}
    return answer({"name": "shop", "tags": list(tags)}, **headers)


def head(status=200, **headers):
    """What answers a HEAD: no body, whatever the length says."""

    def reply(exchange):
        lines = [f"HTTP/1.1 {status} X", "Content-Length: 0"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        exchange.connection.sendall("\r\n".join([*lines, "", ""]).encode())
        exchange.keep = True

    return reply


def refusal(status, code, message=""):
    return answer({"errors": [{"code": code, "message": message, "detail": None}]}, status)


def named(media_type=MANIFESTS[1], digest=DIGEST, **headers):
    return {"Content_Type": media_type, "Docker_Content_Digest": digest, **headers}


# The list of tags


def test_pages_are_followed_to_the_last(serve, asking):
    server = serve(
        page("a", "b", following="/v2/shop/tags/list?n=100&last=b"),
        page("b", "c", following="?n=100&last=c"),
        page("d"),
    )

    assert asking(server.url).tags("shop") == ("a", "b", "c", "d")
    assert [request.target for request in server.requests] == [
        "/v2/shop/tags/list?n=100",
        "/v2/shop/tags/list?n=100&last=b",
        "/v2/shop/tags/list?n=100&last=c",
    ]


def test_the_next_page_is_asked_for_at_the_registry_wherever_its_link_points(serve, asking):
    elsewhere = serve(page("stolen"))
    server = serve(page("a", following=f"{elsewhere.url}/x?last=a"), page("b"))

    assert asking(server.url).tags("shop") == ("a", "b")
    assert elsewhere.requests == []
    assert server.requests[1].target == "/v2/shop/tags/list?last=a"


@pytest.mark.parametrize(
    "script",
    [
        [page("a", following="?last=a"), page("b", following="?last=a")],
        [page("a", following="?last=a"), page("a", following="?last=b"), page("a", following="?last=c")],
        [page(following="?last=a")],
        [page("a", following="/v2/shop/tags/list")],
    ],
    ids=["in a circle", "nothing new", "an empty one", "no query"],
)
def test_pages_without_an_end_are_left(serve, asking, script):
    with pytest.raises(Unusable):
        asking(serve(*script).url).tags("shop")


@pytest.mark.parametrize(
    "body",
    [
        b"<html>log in</html>",
        b'{"name":"shop","tags":["a"',
        b'{"name":"shop"}',
        b'{"tags":["a"]}',
        b'{"name":"shop","tags":"a"}',
        b'{"name":"shop","tags":[1]}',
        b'{"name":"shop","tags":["a b"]}',
        b'["a"]',
        b'{"name":"shop","tags":' + b"[" * 100 + b"]" * 100 + b"}",
    ],
)
def test_what_is_no_list_of_tags_is_unusable(serve, asking, body):
    with pytest.raises(Unusable) as caught:
        asking(serve(answer(body)).url).tags("shop")

    assert (caught.value.method, caught.value.status) == ("GET", 200)


def test_an_answer_that_is_too_large_is_left(serve, asking):
    with pytest.raises(Unusable, match="larger than 1000 bytes"):
        asking(serve(page(*["a" * 100] * 20)).url, max_bytes=1000).tags("shop")


def test_a_list_without_end_is_left_at_its_hundred_thousandth_tag(serve, asking):
    tags = [f"t{number}" for number in range(100_001)]

    with pytest.raises(Unusable, match="100000 tags"):
        asking(serve(page(*tags)).url).tags("shop")


# The digest


def test_a_head_alone_tells_where_the_registry_names_the_digest(serve, asking):
    server = serve(head(**named(INDEXES[0])))

    assert asking(server.url).digest("shop", "1") == DIGEST
    assert [request.method for request in server.requests] == ["HEAD"]


@pytest.mark.parametrize("first", [head(Content_Type=MANIFESTS[1]), head(405), head(404)])
def test_where_a_head_does_not_tell_the_digest_is_counted_from_the_body(serve, asking, first):
    server = serve(first, answer(BODY, Content_Type=f"{MANIFESTS[1]}; charset=utf-8"))

    assert asking(server.url).digest("shop", "1") == DIGEST
    assert [request.method for request in server.requests] == ["HEAD", "GET"]


def test_the_digest_of_an_old_signed_manifest_is_the_registrys_word_or_nobodys(serve, asking):
    told = serve(head(405), answer(BODY, **named(SIGNED[0], OTHER)))
    untold = serve(head(Content_Type=SIGNED[0]), answer(BODY, Content_Type=SIGNED[0]))

    assert asking(told.url).digest("shop", "1") == OTHER
    with pytest.raises(Unusable, match="signed"):
        asking(untold.url).digest("shop", "1")


@pytest.mark.parametrize(
    ("wanted", "script"),
    [
        ("1", [head(**named("text/html"))]),
        ("1", [head(**named(digest="sha256:12"))]),
        ("1", [head(405), answer(BODY, **named(digest=OTHER))]),
        (OTHER, [head(**named())]),
        (OTHER, [head(405), answer(BODY, Content_Type=MANIFESTS[1])]),
    ],
    ids=["a page", "no digest", "not of this body", "of another", "of another body"],
)
def test_a_digest_that_cannot_be_true_is_unusable(serve, asking, wanted, script):
    with pytest.raises(Unusable):
        asking(serve(*script).url).digest("shop", wanted)


# Refusals


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "NAME_INVALID", Invalid),
        (401, "UNAUTHORIZED", KeyRefused),
        (403, "DENIED", NotAllowed),
        (404, "NAME_UNKNOWN", NotFound),
        (429, "TOOMANYREQUESTS", Throttled),
        (503, "UNAVAILABLE", OutcomeUnknown),
    ],
)
def test_each_refusal_is_told_apart(serve, asking, status, code, kind):
    with pytest.raises(RancherError) as caught:
        asking(serve(refusal(status, code, "why not")).url).tags("shop")

    assert type(caught.value) is kind
    assert status == 401 or (caught.value.code, caught.value.text) == (code, "why not")


@pytest.mark.parametrize("body", [b"<html>not found</html>", b"", b"{}", b'{"errors":7}', b'{"errors":[{}]}'])
def test_a_404_that_no_registry_said_is_no_missing_tag(serve, asking, body):
    registry = asking(serve(head(404), answer(body, 404)).url)

    with pytest.raises(Unusable):
        registry.has_tag("shop", "1")


def test_a_redirect_is_not_followed(serve, asking):
    elsewhere = serve(page("stolen"))
    server = serve(answer(b"", 307, Location=f"{elsewhere.url}/v2/shop/tags/list"))

    with pytest.raises(Unusable, match="redirect"):
        asking(server.url, "reader", "secret").tags("shop")
    assert elsewhere.requests == []


def test_a_question_that_got_no_answer_is_asked_again(serve, asking):
    assert asking(serve(nothing, answer(b"", 502), page("a")).url).tags("shop") == ("a",)


# Names and passwords


BASIC = {"WWW_Authenticate": 'Basic realm="r"'}


def test_a_password_is_sent_only_when_asked_for_and_then_at_once(serve, asking):
    server = serve(answer(b"", 401, **BASIC), page("a"))
    registry = asking(server.url, "reader", "secret")
    registry.tags("shop")
    registry.tags("shop")

    sent = [request.headers.get("authorization") for request in server.requests]
    assert sent == [None, "Basic cmVhZGVyOnNlY3JldA==", "Basic cmVhZGVyOnNlY3JldA=="]


def test_a_refused_password_is_sent_once(serve, asking):
    server = serve(answer(b"", 401, **BASIC))

    with pytest.raises(KeyRefused):
        asking(server.url, "reader", "wrong").tags("shop")
    assert len(server.requests) == 2


def test_a_token_goes_to_the_registry_and_the_password_to_the_token_server_only(serve, asking):
    tokens = serve(answer({"token": "abc"}))
    wants = {"WWW_Authenticate": f'Basic realm="r", Bearer realm="{tokens.url}/t",service="s"'}
    server = serve(answer(b"", 401, **wants), page("a"))

    asking(server.url, "reader", "secret", token_hosts=[tokens.url.removeprefix("http://")]).tags("shop")

    assert [request.headers.get("authorization") for request in server.requests] == [None, "Bearer abc"]
    assert [request.headers["authorization"] for request in tokens.requests] == ["Basic cmVhZGVyOnNlY3JldA=="]


def test_a_token_that_the_registry_takes_no_longer_is_replaced_once(serve, asking):
    tokens = serve(answer({"token": "old"}), answer({"token": "new"}))
    wants = {"WWW_Authenticate": f'Bearer realm="{tokens.url}/t"'}
    unknown = answer(b"", 401, **wants)
    server = serve(unknown, page("a"), unknown, page("b"), unknown)
    registry = asking(server.url, token_hosts=[tokens.url.removeprefix("http://")])

    assert [registry.tags("shop"), registry.tags("shop")] == [("a",), ("b",)]
    sent = [request.headers.get("authorization") for request in server.requests]
    assert sent == [None, "Bearer old", "Bearer old", "Bearer new"]
    with pytest.raises(NotAllowed):
        registry.tags("shop")


def test_a_redirect_of_the_token_server_is_not_followed(serve, asking):
    elsewhere = serve(answer({"token": "abc"}))
    server = serve(answer(b"", 307, Location=elsewhere.url))
    wants = {"WWW_Authenticate": f'Bearer realm="{server.url}/t"'}
    registry = serve(answer(b"", 401, **wants))

    with pytest.raises(Unusable, match="redirect"):
        asking(registry.url, "reader", "secret", token_hosts=[server.url.removeprefix("http://")]).tags(
            "shop"
        )
    assert elsewhere.requests == []


# Time


SHORT = timedelta(milliseconds=400)


@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"])
@pytest.mark.parametrize("is_token_server", [False, True])
def test_a_question_is_over_at_its_deadline_whoever_is_slow(serve, asking, beginning, is_token_server):
    server = slow = serve(trickle(beginning))
    if is_token_server:
        wants = {"WWW_Authenticate": f'Bearer realm="{slow.url}/t"'}
        server = serve(answer(b"", 401, **wants))
    hosts = [slow.url.removeprefix("http://")]
    begun = time.monotonic()

    with pytest.raises(OutcomeUnknown):
        asking(server.url, token_hosts=hosts, total_timeout=SHORT).tags("shop")

    assert SHORT.total_seconds() <= time.monotonic() - begun < 3.0


# What is given to it


@pytest.mark.parametrize(
    "address",
    ["r.example", "ftp://r.example", "https://u:p@r.example", "https://r.example/sub", "https://r:x"],
)
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(ValueError, match=r"address|Port"):
        Registry(address)


@pytest.mark.parametrize("address", ["https://r.example", "https://r.example/", "https://r.example/v2/"])
def test_an_address_may_end_in_the_version(address):
    assert Registry(address).address == "https://r.example"


@pytest.mark.parametrize("host", ["auth.example/path", "u@auth.example", "", "auth.example:x"])
def test_a_token_host_that_is_none_is_refused(host):
    with pytest.raises(ValueError, match=r"host|address|Port"):
        Registry("https://r.example", token_hosts=[host])


@pytest.mark.parametrize(
    ("repository", "tag"),
    [("../x", "1"), ("Shop", "1"), ("", "1"), ("shop", "../1"), ("shop", ""), ("shop", "a b")],
)
def test_a_name_that_can_be_none_is_not_asked_for(serve, asking, repository, tag):
    server = serve(page())

    with pytest.raises(ValueError, match=r"no name|neither a tag"):
        asking(server.url).has_tag(repository, tag)
    assert server.requests == []


def test_what_is_asked_for_covers_all_forms_of_today(serve, asking):
    server = serve(head(**named()))
    asking(server.url).digest("shop", "1")

    accepted = set(server.requests[0].headers["accept"].split(", "))
    assert accepted == {*INDEXES, *MANIFESTS}
