"""What a real registry answers."""

from __future__ import annotations

import pytest
import requests

from rancher_client.errors import KeyRefused, NotAllowed, NotFound, Unreachable, Unusable
from rancher_client.registry.answers import INDEXES, MANIFESTS
from tests.certificates import certificate

from .conftest import NAME, PASSWORD
from .debians import IMAGE, a_registry, forget, push
from .token_server import SERVICE, Asked


def test_all_tags_of_a_repository_are_listed(open_to_all, asking):
    assert sorted(asking(open_to_all).tags("group/shop")) == ["1.0.1", "1.0.2", "latest"]


def test_a_repository_that_is_not_there_has_no_list(open_to_all, asking):
    with pytest.raises(NotFound) as caught:
        asking(open_to_all).tags("group/no-such")

    assert (caught.value.status, caught.value.code) == (404, "NAME_UNKNOWN")


def test_a_repository_whose_tags_were_all_deleted_has_none(images, open_to_all, asking):
    digest = push(open_to_all, "group/gone", "1")
    forget(open_to_all, "group/gone", digest)
    registry = asking(open_to_all)

    assert registry.tags("group/gone") == ()
    assert not registry.has_tag("group/gone", "1")


@pytest.mark.parametrize(
    ("repository", "tag", "kind"),
    [
        ("group/shop", "1.0.2", MANIFESTS[1]),
        ("group/oci", "1", MANIFESTS[0]),
        ("lists/docker", "1", INDEXES[1]),
        ("lists/oci", "1", INDEXES[0]),
    ],
)
def test_the_digest_of_a_tag_is_that_of_what_was_pushed(images, open_to_all, asking, repository, tag, kind):
    found = asking(open_to_all).manifest(repository, tag)

    assert (found.digest, found.media_type) == (images.digests[repository, tag], kind)


def test_who_does_not_ask_for_lists_gets_the_digest_of_one_platform(images, open_to_all):
    """Why `ACCEPTED` is as long as it is."""
    url = f"{open_to_all}/v2/lists/docker/manifests/1"
    answer = requests.head(url, headers={"Accept": IMAGE}, timeout=10)

    assert answer.headers["Docker-Content-Digest"] == images.digests["lists/docker", "amd64"]


def test_a_digest_can_be_asked_for_itself(images, open_to_all, asking):
    digest = images.digests["group/shop", "1.0.1"]
    registry = asking(open_to_all)

    assert registry.digest("group/shop", digest) == digest
    with pytest.raises(NotFound):
        registry.manifest("group/shop", f"sha256:{'0' * 64}")


def test_a_tag_that_moves_stands_for_another_digest(open_to_all, asking):
    registry = asking(open_to_all)
    push(open_to_all, "group/moving", "1", layer="old")
    before = registry.digest("group/moving", "1")
    after = push(open_to_all, "group/moving", "1", layer="new")

    assert registry.digest("group/moving", "1") == after != before


@pytest.mark.parametrize(
    ("repository", "tag", "is_there"),
    [("group/shop", "1.0.2", True), ("group/shop", "9", False), ("group/no-such", "1.0.2", False)],
)
def test_whether_a_tag_is_there(open_to_all, asking, repository, tag, is_there):
    assert asking(open_to_all).has_tag(repository, tag) is is_there


def test_what_is_missing_is_told_with_the_registrys_own_code(open_to_all, asking):
    with pytest.raises(NotFound) as caught:
        asking(open_to_all).digest("group/shop", "9")

    assert caught.value.code == "MANIFEST_UNKNOWN"


def test_name_and_password_let_in(images, with_password, asking):
    registry = asking(with_password, NAME, PASSWORD)

    assert sorted(registry.tags("group/shop")) == ["1.0.1", "1.0.2", "latest"]
    assert registry.digest("group/shop", "1.0.2") == images.digests["group/shop", "1.0.2"]
    assert not registry.has_tag("group/shop", "9")


@pytest.mark.parametrize("key", [(), (NAME, "wrong"), ("nobody", PASSWORD)])
def test_a_wrong_or_missing_password_is_no_missing_tag(with_password, asking, key):
    registry = asking(with_password, *key)

    with pytest.raises(KeyRefused):
        registry.has_tag("group/shop", "1.0.2")
    with pytest.raises(KeyRefused):
        registry.tags("group/shop")


def test_a_token_lets_in_and_serves_for_further_questions(images, with_tokens, token_server, asking):
    registry = asking(with_tokens, NAME, PASSWORD, token_hosts=[token_server.host])

    assert registry.digest("group/shop", "1.0.2") == images.digests["group/shop", "1.0.2"]
    assert sorted(registry.tags("group/shop")) == ["1.0.1", "1.0.2", "latest"]
    assert not registry.has_tag("group/shop", "9")
    assert token_server.asked == [Asked("repository:group/shop:pull", SERVICE, NAME)]


def test_a_token_near_its_end_is_replaced_before_it_is_used(with_tokens, token_server, asking):
    registry = asking(with_tokens, NAME, PASSWORD, token_hosts=[token_server.host])
    token_server.life = 4  # fewer seconds than a token must have left

    registry.tags("group/shop")
    registry.tags("group/shop")

    assert len(token_server.asked) == 2


def test_a_registry_may_give_tokens_to_whoever_asks(images, with_tokens, token_server, asking):
    registry = asking(with_tokens, token_hosts=[token_server.host])

    assert registry.digest("group/oci", "1") == images.digests["group/oci", "1"]
    assert [asked.name for asked in token_server.asked] == [None]


def test_a_repository_that_the_name_may_not_pull_is_neither_missing_nor_a_wrong_password(
    with_tokens, token_server, asking
):
    registry = asking(with_tokens, NAME, PASSWORD, token_hosts=[token_server.host])

    with pytest.raises(NotAllowed) as caught:
        registry.has_tag("group/oci", "1")

    assert not isinstance(caught.value, KeyRefused)


def test_a_password_that_the_token_server_does_not_take_is_refused(with_tokens, token_server, asking):
    registry = asking(with_tokens, NAME, "wrong", token_hosts=[token_server.host])

    with pytest.raises(KeyRefused, match="wrong name or password") as caught:
        registry.tags("group/shop")

    assert token_server.host in caught.value.url


@pytest.mark.parametrize("key", [(), (NAME, PASSWORD)])
def test_a_token_server_that_nobody_named_is_asked_nothing(with_tokens, token_server, asking, key):
    with pytest.raises(Unusable, match="nobody named") as caught:
        asking(with_tokens, *key).tags("group/shop")

    assert (caught.value.code, token_server.asked) == ("TokenServer", [])


def test_a_registry_is_trusted_by_its_certificate_only(images, asking, tmp_path):
    path = str(certificate(tmp_path))
    with a_registry(tmp_path, images.storage, tls={"certificate": path, "key": path}) as address:
        assert asking(address, ca_bundle=path).has_tag("group/shop", "1.0.2")
        with pytest.raises(Unreachable) as caught:
            asking(address).has_tag("group/shop", "1.0.2")

    assert caught.value.code == "Certificate"
