"""The parts of an image reference."""

import pytest

from deploytickets.drivers.images import Image


@pytest.mark.parametrize(
    ("text", "kind", "repository", "tag", "digest"),
    [
        ("docker:registry.abc.net/shop:1.0.1", "docker:", "registry.abc.net/shop", "1.0.1", ""),
        ("docker:registry.abc.net:5000/shop", "docker:", "registry.abc.net:5000/shop", "", ""),
        ("registry.abc.net:5000/shop:2", "", "registry.abc.net:5000/shop", "2", ""),
        ("docker:shop@sha256:ab12", "docker:", "shop", "", "sha256:ab12"),
        ("docker:shop:1@sha256:ab12", "docker:", "shop", "1", "sha256:ab12"),
        ("sim:shop:1", "sim:", "shop", "1", ""),
        ("", "", "", "", ""),
    ],
)
def test_a_reference_is_taken_apart_and_put_together(
    text: str, kind: str, repository: str, tag: str, digest: str
) -> None:
    image = Image.parse(text)

    assert image == Image(kind, repository, tag, digest)
    assert str(image) == text


def test_another_tag_keeps_the_repository_and_drops_the_digest() -> None:
    image = Image.parse("docker:registry.abc.net:5000/shop:1@sha256:ab12")

    assert str(image.with_tag("2")) == "docker:registry.abc.net:5000/shop:2"


@pytest.mark.parametrize(
    ("image", "repository", "is_of"),
    [
        ("docker:registry.abc.net/shop:1", "registry.abc.net/shop", True),
        ("docker:registry.abc.net/shop:1", "registry.abc.net/shop:2", True),
        ("docker:registry.abc.net/shop-admin:1", "registry.abc.net/shop", False),
        ("docker:nginx:1", "docker.io/library/nginx", True),
        ("docker:other.net/shop:1", "registry.abc.net/shop", False),
    ],
)
def test_an_image_is_of_its_repository_only(image: str, repository: str, is_of: bool) -> None:
    assert Image.parse(image).is_of(repository) is is_of
