"""Takes the pictures of "Test my connection" behind a bad proxy: `python -m infra.pictures.connection`."""

import tempfile
from urllib.parse import urlsplit

from infra.pictures.__main__ import database_in, take
from infra.proxies.proxy import proxy
from infra.visit import chromium, playhead, register
from playwright.sync_api import ViewportSize

MANNER = "hold-body"
SIZE: ViewportSize = {"width": 1120, "height": 980}
"""As high as the checks."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, chromium() as browser, playhead(**database_in(folder)) as address:
        port = urlsplit(address).port
        assert port is not None
        with proxy(port, MANNER) as held:
            behind = f"http://127.0.0.1:{held.port}"
            with browser.new_context(
                base_url=behind, locale="en-GB", reduced_motion="reduce", viewport=SIZE
            ) as context:
                page = context.new_page()
                register(page)
                page.goto("/connection")
                page.get_by_role("heading", name="Streams are held back").wait_for()
                take(page, "connection")


if __name__ == "__main__":
    main()
