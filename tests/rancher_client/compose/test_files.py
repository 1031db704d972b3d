"""Where the files are looked for, and what is said when they are not there (story.md)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rancher_client.compose import ComposeError, FilesMissing, find
from rancher_client.compose.find import LARGEST_FILE


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return tmp_path / "checkout"


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    return tmp_path / "dockerfiles"


def write(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(f"# {name} of {folder.name}\n")
    return folder


BOTH = ("docker-compose.yml", "rancher-compose.yml")


def test_the_repositorys_docker_folder_comes_first(repository, shared):
    own = write(repository / "docker", *BOTH)
    write(shared / "shop", *BOTH)

    files = find("shop", repository=repository, shared=shared)

    assert files.folder == own
    assert files.docker_compose == "# docker-compose.yml of docker\n"
    assert files.rancher_compose == "# rancher-compose.yml of docker\n"


def test_the_shared_folder_is_next(repository, shared):
    folder = write(shared / "shop", *BOTH)

    assert find("shop", repository=repository, shared=shared).folder == folder


def test_no_docker_compose_anywhere_is_an_error_naming_both_places(repository, shared):
    with pytest.raises(FilesMissing) as caught:
        find("shop", repository=repository, shared=shared)

    assert str(caught.value) == (
        f"There is no docker-compose.yml in {repository / 'docker'} nor in {shared / 'shop'}."
    )


def test_no_rancher_compose_beside_it_is_an_error_even_if_the_other_folder_has_one(repository, shared):
    write(repository / "docker", "docker-compose.yml")
    write(shared / "shop", *BOTH)

    with pytest.raises(FilesMissing) as caught:
        find("shop", repository=repository, shared=shared)

    place = repository / "docker" / "docker-compose.yml"
    assert str(caught.value) == f"There is no rancher-compose.yml beside {place}."


@pytest.mark.parametrize("name", ["..", "../shop", "a/b", "", ".hidden"])
def test_a_name_that_leads_elsewhere_is_refused(name, shared):
    with pytest.raises(ComposeError, match="cannot be the name"):
        find(name, repository=None, shared=shared)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path, shared):
    write(tmp_path / "elsewhere", *BOTH)
    folder = write(shared / "shop", "rancher-compose.yml")
    (folder / "docker-compose.yml").symlink_to(tmp_path / "elsewhere" / "docker-compose.yml")

    with pytest.raises(FilesMissing):
        find("shop", repository=None, shared=shared)


@pytest.mark.parametrize("leads_to", ["../../elsewhere", "/etc", "{tmp}/elsewhere"])
def test_a_folder_that_is_a_link_out_of_its_place_is_not_followed(tmp_path, repository, shared, leads_to):
    write(tmp_path / "elsewhere", *BOTH)
    repository.mkdir()
    (repository / "docker").symlink_to(leads_to.format(tmp=tmp_path))

    with pytest.raises(FilesMissing):
        find("shop", repository=repository, shared=shared)


def test_a_link_inside_the_folder_is_followed(shared):
    folder = write(shared / "shop", "prod.yml", "rancher-compose.yml")
    (folder / "docker-compose.yml").symlink_to("prod.yml")

    assert find("shop", repository=None, shared=shared).docker_compose == "# prod.yml of shop\n"


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_circle(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize("make", [Path.mkdir, make_pipe, make_circle])
@pytest.mark.parametrize("name", BOTH)
def test_what_is_no_ordinary_file_is_no_file(shared, name, make):
    folder = write(shared / "shop", *(other for other in BOTH if other != name))
    make(folder / name)

    with pytest.raises(FilesMissing, match=name):
        find("shop", repository=None, shared=shared)


def test_a_device_is_not_read_through_a_link(shared):
    folder = write(shared / "shop", "rancher-compose.yml")
    (folder / "docker-compose.yml").symlink_to("/dev/zero")

    with pytest.raises(FilesMissing):
        find("shop", repository=None, shared=shared)


def test_a_file_that_is_too_long_is_refused_without_reading_it_whole(shared):
    folder = write(shared / "shop", *BOTH)
    with (folder / "docker-compose.yml").open("wb") as file:
        file.truncate(1 << 40)

    with pytest.raises(ComposeError, match=f"longer than {LARGEST_FILE} bytes"):
        find("shop", repository=None, shared=shared)


def test_a_file_in_another_encoding_is_refused_with_its_name(shared):
    folder = write(shared / "shop", *BOTH)
    (folder / "rancher-compose.yml").write_bytes("# größer".encode("latin-1"))

    with pytest.raises(ComposeError, match="no UTF-8") as caught:
        find("shop", repository=None, shared=shared)

    assert caught.value.file == "rancher-compose.yml"
