"""Draw docs/report.png: the first screen of a report, as a browser shows it.

Usage: latentmr demo --out latentmr-demo
       python docs/picture.py latentmr-demo/report.html [docs/report.png]

It needs playwright and chromium on the path.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

#: Pixels of the first screen: heading, verdict and the plot of all estimates.
WIDTH, HEIGHT = 1000, 800


def main(report: Path, picture: Path) -> None:
    """Photograph the top of the page."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(report.resolve().as_uri())
        page.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "docs/report.png"))
