"""Every page in a browser, wide and narrow, light and dark: nothing sticks out, and everybody can use it."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.journeys.steps import file_ticket

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SIZES = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 390, "height": 844}}
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
PAGES = (
    "/",
    "/tickets",
    "/tickets?text=nothing-of-the-kind",
    "/tickets/new",
    "/tickets/new?app=shop-web&env=prod&version=2.5.0",
    "/me",
    "/settings/servers",
    "/settings/servers/rancher",
    "/settings/environments/prod",
    "/settings/applications/shop-web",
    "/settings/placements",
    "/settings/placements/found/prod",
    "/settings/placements/shop-web/prod",
    "/settings/people",
    "/settings/people/otto",
    "/nowhere",
)


def faults(page: Page, address: str) -> list[str]:
    """What axe finds on the page, and whether it scrolls sideways."""
    page.goto(address)
    page.wait_for_load_state("load")
    found = [
        f"{address}: {rule['id']} at {node['target']}"
        for rule in Axe().run(page, options=WCAG).response["violations"]
        for node in rule["nodes"]
    ]
    room, needed = page.evaluate(
        "[document.documentElement.clientWidth, document.documentElement.scrollWidth]"
    )
    return [*found, f"{address}: {needed} px in {room}"] if needed > room else found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_nothing_sticks_out_of_any_page_and_everybody_can_use_it(product, sign_in, size, scheme):
    adam = sign_in(product, "adam", viewport=SIZES[size], color_scheme=scheme)
    key = file_ticket(adam, "shop-web", "prod", "2.5.0")

    pages = (*PAGES, f"/tickets/{key}", f"/tickets/{key}/edit")
    assert [fault for address in pages for fault in faults(adam, address)] == []
