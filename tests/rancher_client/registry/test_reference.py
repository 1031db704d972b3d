"""References are read as Docker reads them (distribution:reference/normalize_test.go)."""

from __future__ import annotations

import pytest

from rancher_client.registry import Reference

HEX = "0123456789abcdef" * 4
DIGEST = f"sha256:{HEX}"


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "digest"),
    [
        ("nginx", "docker.io", "library/nginx", None, None),
        ("nginx:1.25", "docker.io", "library/nginx", "1.25", None),
        ("grafana/loki:2", "docker.io", "grafana/loki", "2", None),
        ("docker.io/nginx", "docker.io", "library/nginx", None, None),
        ("index.docker.io/library/nginx", "docker.io", "library/nginx", None, None),
        ("registry.abc.net/java-service-1:1.0.1", "registry.abc.net", "java-service-1", "1.0.1", None),
        ("registry.abc.net:5000/a/b/c", "registry.abc.net:5000", "a/b/c", None, None),
        ("registry.abc.net:5000/shop:1", "registry.abc.net:5000", "shop", "1", None),
        ("localhost/shop", "localhost", "shop", None, None),
        ("host:5000/shop", "host:5000", "shop", None, None),
        ("HOST/shop", "HOST", "shop", None, None),
        ("[2001:db8::1]:5000/shop:1", "[2001:db8::1]:5000", "shop", "1", None),
        ("host/shop", "docker.io", "host/shop", None, None),
        (f"shop@{DIGEST}", "docker.io", "library/shop", None, DIGEST),
        (f"r.example/shop:1@{DIGEST}", "r.example", "shop", "1", DIGEST),
        ("r.example/a__b/c-d--e/f.g_h", "r.example", "a__b/c-d--e/f.g_h", None, None),
    ],
)
def test_a_reference_in_its_parts(text, registry, repository, tag, digest):
    assert Reference.parse(text) == Reference(registry, repository, tag, digest)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":1",
        "Shop",
        "shop:",
        "shop:1:2",
        "shop: 1",
        f"shop:{'t' * 129}",
        "shop@",
        "shop@sha256:12",
        f"shop@sha256:{HEX.upper()}",
        f"shop@md5:{HEX[:32]}",
        "/shop",
        "r.example/",
        "r.example//shop",
        "r.example/shop/",
        "r.example/.shop",
        "r.example/a___b",
        "r.example:0/shop",
        "r.example:99999/shop",
        "r.example:x/shop",
        "-r.example/shop",
        "user@r.example/shop",
        "https://r.example/shop",
        "docker:nginx:1.25",
        "r.example/../v2/_catalog",
        "r.example/shop?n=1",
        "r.example/shop\n",
        HEX,
        f"r.example/{'a' * 246}",
    ],
)
def test_what_docker_refuses_is_refused(text):
    with pytest.raises(ValueError, match=r"is no |at most|An image's id"):
        Reference.parse(text)


@pytest.mark.parametrize(
    ("text", "address", "wanted"),
    [
        ("nginx", "https://registry-1.docker.io", "latest"),
        ("r.example:5000/shop:1", "https://r.example:5000", "1"),
        (f"r.example/shop:1@{DIGEST}", "https://r.example", DIGEST),
    ],
)
def test_where_to_ask_and_for_what(text, address, wanted):
    reference = Reference.parse(text)

    assert (reference.registry_address, reference.wanted) == (address, wanted)


@pytest.mark.parametrize("text", ["docker.io/library/nginx:1", f"r.example:5000/shop:1@{DIGEST}"])
def test_a_reference_is_written_in_full(text):
    assert str(Reference.parse(text)) == text
