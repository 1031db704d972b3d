"""What holds for every page: who gets in, where its parts come from, and that nothing runs inline."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from deploytickets.access.roles import Role
from deploytickets.tickets.findings import finding
from deploytickets.web import urls
from tests.builders import approved_ticket, verifying_ticket

PUBLIC = {"sign-in", "language"}


def addresses(patterns: list[URLPattern | URLResolver], prefix: str = "/") -> Iterator[tuple[str, str]]:
    """Every address of the pages with something in place of each parameter, and its name."""
    for pattern in patterns:
        path = prefix + re.sub(r"<(?:\w+:)?\w+>", "1", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, path)
        else:
            yield path, pattern.name or ""


ALL = sorted(addresses(urls.urlpatterns))


def test_the_addresses_of_the_pages_are_in_use():
    assert len(ALL) > 50
    assert get_resolver().resolve("/tickets/new").url_name == "ticket-new"


@pytest.mark.parametrize(("path", "name"), ALL)
def test_no_page_is_open_to_who_is_not_signed_in(anonymous, path, name):
    for answer in (anonymous.get(path), anonymous.post(path)):
        if name in PUBLIC:
            assert answer.status_code in (200, 302, 403, 405)
        else:
            assert answer.status_code == 302
            assert answer.url.startswith("/sign-in?next=")


def test_a_part_of_a_page_sends_the_whole_page_to_the_sign_in(anonymous):
    answer = anonymous.get(
        "/tickets/DEPLOY-1/now",
        headers={"HX-Request": "true", "HX-Current-URL": "http://localhost/tickets/DEPLOY-1?x=1"},
    )

    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/sign-in?next=%2Ftickets%2FDEPLOY-1%3Fx%3D1"
    assert answer.content == b""


class Parts(HTMLParser):
    """Collects what a page loads, and whatever would run or be styled inline."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        names = {"link": "href", "script": "src", "img": "src", "iframe": "src", "form": "action"}
        if tag in names and given.get(names[tag]):
            self.loads.append(given[names[tag]] or "")
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.inline.append(tag)
        self.inline += [name for name, _value in attrs if name.startswith("on") or name == "style"]
        self.inline += [value or "" for _name, value in attrs if (value or "").startswith("javascript:")]


@pytest.fixture
def pages(signed_in, a_person, a_server, an_environment, an_application, a_placement, file_ticket):
    """One browser of an administrator, and the address of every page that shows something."""
    stage = an_environment("stage", position=1)
    placement = a_placement(an_application("JavaService1"), stage)
    pending = file_ticket(
        placement=placement,
        description="<script>alert(1)</script>",
        links=["https://jenkins.abc.net/1"],
        findings=[finding("no-health-check", about="app", service="app")],
    )
    tickets = [pending, approved_ticket(), verifying_ticket()]
    a_person(Role.DEVELOPER, name="anna")
    browser = signed_in(a_person(Role.ADMIN, name="adam"))
    return browser, [
        "/",
        "/tickets",
        "/tickets?state=pending&q=x",
        "/tickets/new",
        "/tickets/new?app=JavaService1&env=stage&version=1.0.2",
        *(f"/tickets/{ticket.key}" for ticket in tickets),
        f"/tickets/{pending.key}/edit",
        "/me",
        "/settings/servers",
        "/settings/servers/new",
        f"/settings/servers/{stage.server.name}",
        "/settings/environments",
        "/settings/environments/new",
        "/settings/environments/stage",
        "/settings/applications",
        "/settings/applications/new",
        "/settings/applications/JavaService1",
        "/settings/placements",
        "/settings/placements/new",
        "/settings/placements/found/stage",
        "/settings/placements/JavaService1/stage",
        "/settings/people",
        "/settings/people/new",
        "/settings/people/anna",
        "/no/such/page",
    ]


def test_every_page_loads_only_what_the_product_itself_serves_and_runs_nothing_inline(pages):
    browser, addresses_of_pages = pages
    for address in addresses_of_pages:
        answer = browser.get(address)
        parts = Parts()
        parts.feed(answer.content.decode())

        assert answer.status_code == (404 if "no/such" in address else 200), address
        assert parts.loads, address
        assert [part for part in parts.loads if not re.match(r"/(?!/)|\?", part)] == [], address
        assert parts.inline == [], address


def test_every_answer_says_where_its_parts_may_come_from(pages):
    browser, addresses_of_pages = pages
    for address in [*addresses_of_pages, "/tickets.csv", "/board.csv"]:
        answer = browser.get(address)
        policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))

        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["Cache-Control"] == "no-store"


def test_every_field_has_its_label_and_every_id_is_unique(pages):
    browser, addresses_of_pages = pages
    for address in addresses_of_pages:
        page = browser.get(address).content.decode()
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert sorted(ids) == sorted(set(ids)), address
        labelled = set(re.findall(r'<label[^>]*\sfor="([^"]+)"', page))
        for field in re.findall(r"<(?:input|select|textarea)\b[^>]*>", page):
            if re.search(r'type="(hidden|submit)"', field) or "aria-label=" in field:
                continue
            ident = re.search(r'\sid="([^"]+)"', field)
            wrapped = re.search(r"<label[^>]*>\s*" + re.escape(field), page)
            assert wrapped or (ident and ident[1] in labelled), (address, field)


def test_every_described_by_points_at_something(pages):
    browser, addresses_of_pages = pages
    for address in addresses_of_pages:
        page = browser.get(address).content.decode()
        ids = set(re.findall(r'\sid="([^"]+)"', page))
        for target in re.findall(r'aria-(?:describedby|labelledby)="([^"]+)"', page):
            assert set(target.split()) <= ids, (address, target)


def test_the_top_bar_leads_to_pages_that_exist_and_that_one_may_open(pages, signed_in, a_person):
    browser, _addresses = pages
    for person, links in ((browser, 3), (signed_in(a_person(Role.OPS)), 2)):
        bar = re.search(r'<nav class="nav".*?</nav>', person.get("/").content.decode(), re.DOTALL)
        assert bar is not None
        found = re.findall(r'href="([^"]+)"', bar[0])
        assert len(found) == links
        assert [person.get(link).status_code for link in found] == [200] * links


def test_what_people_type_is_never_markup(pages):
    browser, _addresses = pages
    for address in (
        "/tickets/DEPLOY-1",
        "/tickets?q=<script>alert(1)</script>",
        "/?app=<script>alert(1)</script>",
    ):
        assert "<script>alert" not in browser.get(address).content.decode()


@pytest.mark.parametrize(
    "address", ["/tickets/DEPLOY-1%00", "/tickets?env=%00", "/settings/people/%00", "/?%00=1"]
)
def test_a_nul_in_an_address_is_no_text(pages, address):
    browser, _addresses = pages

    assert browser.get(address).status_code == 400


@pytest.mark.parametrize(
    ("address", "typed"),
    [("/sign-in", {"username": "\0", "password": "x"}), ("/tickets/DEPLOY-1/roll-back", {"reason": "a\0b"})],
)
def test_a_nul_in_a_form_is_no_text(pages, anonymous, address, typed):
    browser, _addresses = pages

    answer = (anonymous if address == "/sign-in" else browser).post(address, typed)

    assert answer.status_code == 400
    assert "Nothing was changed." in answer.content.decode()


def test_a_nul_in_a_cookie_is_no_text(anonymous):
    cookie = {"Cookie": r'sessionid="\000aaaaaaaaaaaa"'}

    assert {anonymous.get(path, headers=cookie).status_code for path in ("/", "/api/v1/me")} == {400}


def test_an_address_is_utf_8_whatever_the_content_type_says(pages):
    browser, _addresses = pages

    for charset in ("utf-7", "unicode_escape"):
        answer = browser.get(
            "/tickets?q=%2B2AA-%5Cud800", headers={"Content-Type": f"text/plain; charset={charset}"}
        )
        assert answer.status_code == 200
