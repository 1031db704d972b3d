"""What people do on the pages, one step each."""

import re

from playwright.sync_api import Locator, Page, expect


def file_ticket(page: Page, application: str, environment: str, version: str) -> str:
    """File by the form; the plan beside it has to appear before. Returns the key."""
    page.get_by_role("link", name="New ticket").click()
    page.get_by_label("Application").select_option(application)
    page.get_by_role("radio", name=re.compile(f"^{environment}")).check()
    page.get_by_label("Another version or branch").last.fill(version)
    expect(page.locator("#preview ins").first).to_contain_text(version)
    page.get_by_label("What is it for").fill("Faster check-out.")
    page.get_by_role("button", name="File ticket").click()
    page.wait_for_url("**/tickets/DEPLOY-*")
    return page.url.rpartition("/")[2]


def approve(page: Page, key: str) -> None:
    """Read the plan, accept its warnings by name, approve."""
    page.goto(f"/tickets/{key}")
    expect(page.locator("#plan table.diff").first).to_be_visible()
    for box in page.locator("#plan input[name=accept]").all():
        box.check()
    page.get_by_role("button", name="Approve", exact=True).click()


def marked(page: Page) -> None:
    """Leave a mark that a reload would wipe out."""
    page.evaluate("window.notReloaded = true")


def is_unreloaded(page: Page) -> bool:
    return bool(page.evaluate("window.notReloaded === true"))


def note_live_words(page: Page) -> None:
    """Note from now on, at each change of the page, how it says that it stays current."""
    page.evaluate(
        """() => {
            window.liveWords = [];
            new MutationObserver(() => liveWords.push(document.querySelector("[data-live-word]").textContent))
                .observe(document.body, { childList: true, subtree: true, characterData: true });
        }"""
    )


def noted_live_words(page: Page) -> set[str]:
    return set(page.evaluate("window.liveWords"))


def state(page: Page) -> Locator:
    """The chip beside the title."""
    return page.locator("#title .chip").first


def verify(page: Page, role: str, *, works: bool = True) -> None:
    box = page.locator(f"#verify-{role}")
    if not works:
        box.get_by_label(re.compile("What was looked at")).fill("Check-out answers 500.")
    box.get_by_role("button", name="Works" if works else "Does not work", exact=True).click()


def go_from_filed_to_verified(product, sign_in, environment: str, version: str) -> tuple[Page, Page, str]:
    anna, otto = sign_in(product, "anna"), sign_in(product, "otto")
    key = file_ticket(anna, "shop-web", environment, version)
    expect(anna.locator("#plan table.diff")).to_be_visible()
    marked(anna)
    approve(otto, key)
    marked(otto)
    for page in (anna, otto):
        expect(state(page)).to_contain_text("Verify 0/2")
        expect(page.locator("#containers .chip.ok")).to_have_count(2)
    verify(anna, "developer")
    expect(state(otto)).to_contain_text("Verify 1/2")
    return anna, otto, key
