"""Every page on every device: clean, usable by touch, readable enlarged, in light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.reading import ANDROID, DESKTOP, IPHONE, Device, Open, Scheme

PAGES = {
    "article": "/",
    "document": "/documents/ps-v4-draft",
    "pdf": "/documents/consultation-overview",
    "workbook": "/documents/ps-v4-mapping-tool",
    "americas": "/webinars/americas-europe",
    "europe": "/webinars/europe-asia",
    "china": "/webinars/china",
    "contact": "/contacts/consultation-china",
    "person": "/contacts/asi-china",
    "group": "/contacts/readers-group",
    "replaced": "/contacts/former-contact",
    "feedback": "/feedback",
    "about": "/about",
    "privacy": "/privacy",
    "unknown": "/no/such/page",
    "file": "{workbook}",
}
LAYOUTS = [
    page for page in PAGES if page not in {"americas", "europe", "contact", "group", "about"}
]
"""Without those that differ by their words only."""

READINGS = [(page, device) for page in PAGES for device in (IPHONE, ANDROID, DESKTOP)]
READINGS.remove(("file", DESKTOP))

LOOKS = {
    "standard-zh": "",
    "care-zh": "?mode=care",
    "standard-en": "?lang=en",
    "care-en": "?lang=en&mode=care",
}
SAMPLED = [("article", scheme, look) for scheme in ("light", "dark") for look in LOOKS]
SAMPLED += [(page, "light", "standard-zh") for page in PAGES if page != "article"]
SAMPLED += [(page, "dark", "care-en") for page in LAYOUTS if page != "article"]

AXE = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}

TARGETS = """() => [...document.querySelectorAll("a, button")]
    .filter(item => !item.matches(".skip"))
    .map(item => [item.textContent.trim(), item.getBoundingClientRect()])
    .map(([text, box]) => [text, Math.min(box.width, box.height)])"""

TEXTS = """() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
        const text = walker.currentNode.textContent.trim();
        const style = getComputedStyle(walker.currentNode.parentElement);
        const [size, line] = [parseFloat(style.fontSize), parseFloat(style.lineHeight)];
        if (text) found.push([text, size, line / size]);
    }
    return found;
}"""

ENLARGE = """() => {
    const all = [...document.querySelectorAll("body, body *")];
    const sizes = all.map(item => parseFloat(getComputedStyle(item).fontSize));
    all.forEach((item, at) => item.style.setProperty("font-size", `${sizes[at] * 2}px`));
}"""
"""What WeChat on Android does to a page when its reader asks for the largest text."""

CUT = """() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const cut = [];
    while (walker.nextNode()) {
        const range = document.createRange();
        range.selectNodeContents(walker.currentNode);
        const parent = walker.currentNode.parentElement;
        if (parent.closest(".skip")) continue;
        let [left, right, bottom] = [0, document.documentElement.clientWidth, Infinity];
        for (let box = parent; box; box = box.parentElement) {
            if (getComputedStyle(box).overflowX === "visible") continue;
            const edges = box.getBoundingClientRect();
            [left, right] = [Math.max(left, edges.left), Math.min(right, edges.right)];
            if (box !== document.documentElement) bottom = Math.min(bottom, edges.bottom);
        }
        for (const line of range.getClientRects())
            if (line.left < left - 1 || line.right > right + 1 || line.bottom > bottom + 1)
                cut.push(walker.currentNode.textContent.trim());
    }
    return cut;
}"""

every_layout = pytest.mark.parametrize("page", LAYOUTS)


@pytest.mark.parametrize(("page", "device"), READINGS, ids=str)
def test_a_page_asks_nobody_else_and_gives_no_cause_for_complaint(
    open_page: Open, page: str, device: Device
) -> None:
    visit = open_page(PAGES[page], device=device)

    assert visit.status == (404 if page == "unknown" else 200)
    assert visit.foreign == []
    assert visit.complaints == []
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= device.width


@every_layout
def test_every_footer_names_the_publisher_and_the_record_number(open_page: Open, page: str) -> None:
    footer = open_page(PAGES[page]).page.inner_text("footer")

    assert "铝业管理倡议（ASI）" in footer
    assert "备案号" in footer


def test_the_browser_complains_about_what_the_policy_forbids(open_page: Open) -> None:
    visit = open_page("/")

    visit.page.evaluate("document.body.setAttribute('style', 'color: red')")
    visit.page.evaluate("new Image().src = 'https://elsewhere.example/pixel.png'")
    visit.page.wait_for_function("() => true")

    assert len([text for text in visit.complaints if "Content Security Policy" in text]) == 2


@pytest.mark.parametrize(("page", "scheme", "look"), SAMPLED)
def test_axe_finds_no_barrier(open_page: Open, *, page: str, scheme: Scheme, look: str) -> None:
    visit = open_page(PAGES[page] + LOOKS[look], scheme=scheme)

    found = Axe().run(visit.page, options=AXE)

    assert found.violations_count == 0, found.generate_report()


def test_axe_finds_a_barrier_where_there_is_one(open_page: Open) -> None:
    visit = open_page("/contacts/asi-china")

    visit.page.evaluate("document.querySelector('img').removeAttribute('alt')")

    assert Axe().run(visit.page, options=AXE).violations_count == 1


@every_layout
@pytest.mark.parametrize(("look", "least"), [("standard-zh", 44), ("care-en", 60)])
def test_a_finger_hits_what_it_aims_at(
    open_page: Open, *, page: str, look: str, least: int
) -> None:
    targets = open_page(PAGES[page] + LOOKS[look]).page.evaluate(TARGETS)

    assert targets
    assert [target for target in targets if target[1] < least] == []


@every_layout
def test_care_mode_has_no_small_print(open_page: Open, page: str) -> None:
    texts = open_page(PAGES[page] + LOOKS["care-zh"]).page.evaluate(TEXTS)

    assert texts
    assert [text for text, size, line in texts if size < 18 or line < 1.3] == []


@every_layout
@pytest.mark.parametrize("look", ["standard-zh", "care-en"])
def test_text_of_twice_the_size_is_not_cut(open_page: Open, page: str, look: str) -> None:
    visit = open_page(PAGES[page] + LOOKS[look])

    visit.page.evaluate(ENLARGE)

    assert visit.page.evaluate(CUT) == []
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= IPHONE.width


@every_layout
def test_the_narrowest_phone_needs_no_sideways_scrolling(open_page: Open, page: str) -> None:
    visit = open_page(PAGES[page] + LOOKS["care-en"], width=320)

    assert visit.page.evaluate(CUT) == []
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 320
