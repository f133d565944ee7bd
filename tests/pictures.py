"""`python -m tests.pictures`: the README's pictures, taken from the running examples.

Serves the bundled examples in a folder that goes away, lets two people shape an assistant, and photographs the form,
the comparison, the chat and the list of versions into `.github/pictures/`.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / ".github" / "pictures"
SIZE: ViewportSize = {"width": 1280, "height": 900}
LARGEST = 300_000

ORDER = "Where is my order A-1001?"
QUESTION = "It arrived broken. Please refund A-1001."
BLOG = "You write posts for a company's blog.\n\n"
STORY: list[dict[str, Any]] = [
    {
        "who": "Ben Brown",
        "note": "Shorter: most people read it on a phone",
        "prompt": BLOG + "Explain one idea in each paragraph, with a short example. End with a question to the reader.",
        "change": {"max_words": 180},
    },
    {
        "who": "Erin Editor",
        "note": "Names our coffee, as marketing asked",
        "prompt": BLOG
        + "Explain one idea in each paragraph, with a short example from the café.\nName one of our coffees."
        "\n\nEnd with a question to the reader.",
        "change": {"max_words": 180, "keywords": ["espresso", "fair trade"]},
    },
    {
        "who": "Ben Brown",
        "note": "Try a playful tone before we decide",
        "prompt": BLOG
        + "Explain one idea in each paragraph, with a short example from the café.\nName one of our coffees."
        "\n\nEnd with a joke.",
        "change": {"max_words": 180, "keywords": ["espresso", "fair trade"], "tone": "playful", "temperature": 1.1},
        "live": False,
    },
    {
        "who": "Erin Editor",
        "note": "Friendly it is, and for the people who come in",
        "prompt": BLOG
        + "Explain one idea in each paragraph, with a short example from the café.\nName one of our coffees, "
        "and why we like it.\n\nEnd with a question to the reader.",
        "change": {"max_words": 200, "keywords": ["espresso", "fair trade", "Leipzig"], "audience": "regular guests"},
    },
]
"""The versions 2 to 5 of the blog writer."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of the examples, served on a free port."""
    os.environ.pop("DATABASE_URL", None)
    os.environ.update(ASSISTANTS_DATA=str(folder), DJANGO_SETTINGS_MODULE="assistants_app.settings")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        ready = (re.search(r"Ready at\s+(http://\S+?)/?\s", line + " ") for line in process.stdout)
        yield next(found.group(1) for found in ready if found)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def tell_story() -> tuple[str, dict[str, str]]:
    """Saves the versions; returns the session cookie of Erin, and the addresses to photograph."""
    import django

    django.setup()
    from django.test import Client

    from assistants_app.models import Assistant, Person, Role
    from assistants_app.services.assistants import clone_assistant
    from assistants_app.services.authors import SYSTEM, Author
    from assistants_app.services.people import add_person
    from assistants_app.services.versions import save_version

    people: dict[str, Person] = {
        name: add_person(author=SYSTEM, username=name.split()[0].lower(), full_name=name, role=Role.PUBLISHER)
        for name in ("Erin Editor", "Ben Brown")
    }
    blog = Assistant.objects.get(name="Blog writer")
    base = blog.context
    for number, step in enumerate(STORY, start=1):
        save_version(
            assistant_id=blog.assistant_id,
            settings={**base, "system_prompt": step["prompt"], **step["change"]},
            author=Author.of(people[step["who"]]),
            base=number,
            expected_version=number,
            note=step["note"],
            make_live=step.get("live", True),
        )
    client = Client()
    client.force_login(people["Erin Editor"])
    place = f"/assistants/{blog.assistant_id}"
    graph = Assistant.objects.get(graph_id="support")
    support = clone_assistant(
        assistant_id=graph.assistant_id, number=1, name="Shop support", author=Author.of(people["Erin Editor"])
    )
    return client.cookies["sessionid"].value, {
        "form": f"{place}/edit/",
        "comparison": f"{place}/compare/v2...v5/",
        "versions": f"{place}/versions/",
        "chat": f"/assistants/{support.assistant_id}/test/",
    }


def ask_for_a_refund(page: Page) -> None:
    """Talks to the support agent: a question it looks up, then one for which it waits for an approval."""
    page.get_by_label("Message", exact=True).fill(ORDER)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Espresso machine, 189.00 euros").last).to_be_visible(timeout=30_000)
    page.wait_for_load_state("networkidle")
    page.get_by_label("Message", exact=True).fill(QUESTION)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("button", name="Send answer")).to_be_visible(timeout=30_000)


def main() -> None:
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="assistants-pictures-") as folder, served(Path(folder)) as url:
        cookie, places = tell_story()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-quic"])
            context = browser.new_context(
                base_url=url, viewport=SIZE, color_scheme="light", reduced_motion="reduce", locale="en-GB"
            )
            context.add_cookies([{"name": "sessionid", "value": cookie, "url": url}])
            for name, place in places.items():
                page = context.new_page()
                page.goto(place)
                if name == "chat":
                    ask_for_a_refund(page)
                page.wait_for_timeout(500)
                path = PICTURES / f"{name}.png"
                page.screenshot(path=path)
                print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1000} kB")
                assert path.stat().st_size < LARGEST
            browser.close()


if __name__ == "__main__":
    main()
