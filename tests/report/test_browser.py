"""The page of a report as a browser shows it: nothing asked for, nothing cut off, readable in light and dark."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bed_reader import open_bed

from latentmr import analyse
from latentmr.cli.demo import SIZES, run_demo
from latentmr.cli.options import Demonstrating, Output
from latentmr.data import Dataset, read_plink
from latentmr.report import write_html
from latentmr.simulate import admixture, draw
from latentmr.two_sample.page import TWO_SAMPLE

playwright = pytest.importorskip("playwright.sync_api", reason="no playwright to drive a browser with")
axe = pytest.importorskip("axe_playwright_python.base", reason="no axe to judge the page with")

CHROMIUM = shutil.which("chromium")
SHARED = Path(os.environ.get("LATENTMR_SHARED", Path(__file__).parents[3] / "shared")) / "data"
SCREENSHOTS = os.environ.get("LATENTMR_SCREENSHOTS")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the path")

#: The report's provenance is the caller's; words that cannot be broken are the hardest to fit.
PROVENANCE = {"command": "latentmr run --bfile /" + "a_long_folder/" * 12 + "cohort", "sha256": "0123456789abcdef" * 4}
#: Runs axe's rules or sets of rules; WCAG is what it can see of level AA.
AXE = """(rules) => axe.run({runOnly: rules, resultTypes: ["violations"]}).then((result) =>
  result.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.target}: ${node.failureSummary}`)))"""
WCAG, CONTRAST = ["wcag2a", "wcag2aa"], ["color-contrast"]
#: Text against the page, whatever else it stands on: for figures, which axe leaves undecided, and for paper.
FAINT_TEXT = """(selector) => {
  const channels = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((c) => c / 255);
  const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).map(linear);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = luminance(getComputedStyle(document.body).backgroundColor);
  const contrast = (fill) => {
    const ink = luminance(fill);
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
  };
  const faint = [];
  for (const element of document.querySelectorAll(selector)) {
    if (![...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim())) continue;
    const ink = getComputedStyle(element)[element instanceof SVGElement ? "fill" : "color"];
    if (contrast(ink) < 4.5) faint.push(`${element.textContent.trim()}: ${ink}, ${contrast(ink).toFixed(2)}`);
  }
  return faint;
}"""
#: Elements that stick out of the window and lie in nothing that scrolls, for the message.
STICKING_OUT = """() => {
  const out = [];
  for (const element of document.querySelectorAll("main *:not(.scroll *)")) {
    const right = element.getBoundingClientRect().right;
    if (right > window.innerWidth + 0.5) out.push(`${element.tagName}.${element.className} ends at ${right}`);
  }
  return out.slice(0, 5);
}"""


@dataclass
class Seen:
    """A page, and what it did while it was open."""

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


OpenPage = Callable[[Path], Seen]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        sandbox = [] if os.geteuid() else ["--no-sandbox"]
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=sandbox)
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[OpenPage]:
    """Opens a page in a window of 1280 by 800, light."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")

    def opener(path: Path) -> Seen:
        seen = Seen(context.new_page())
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.on("console", lambda message: seen.complaints.append(f"{message.type}: {message.text}"))
        seen.page.goto(path.as_uri())
        return seen

    yield opener
    context.close()


def unfold(page: Any) -> None:
    """Open all that is closed at first."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")


def named_at_length() -> Dataset:
    """Two exposures, all names long and without spaces."""
    dataset = admixture(n=3000, p=20, seed=2).dataset
    noise = np.random.default_rng(2).normal(size=dataset.n)
    return replace(
        dataset,
        X=np.column_stack([dataset.X[:, 0], dataset.G[:, ::2].sum(axis=1) + noise]),
        exposure_names=("Low_density_lipoprotein_cholesterol_measured_directly", "Body_mass_index_at_recruitment"),
        outcome_name="Systolic_blood_pressure_mean_of_two_automated_readings",
        env_names=tuple(f"Assessment_centre_of_the_city_number_{name}" for name in dataset.env_names),
    )


def mice(folder: Path, scratch: Path) -> Dataset:
    """Body weight on HDL cholesterol, by the best variant of each chromosome."""
    table = folder / "phenotypes.tsv.gz"
    traits = pd.read_csv(table, sep="\t").set_index("SUBJECT.NAME")
    with open_bed(folder / "hs_mice.bed") as bed:
        weight = traits.loc[bed.iid, "Obesity.EndNormalBW"].to_numpy()
        known = np.isfinite(weight)
        G = bed.read(dtype="float32")[known]
        score = np.abs((weight[known] - weight[known].mean()) @ G) / (G.std(axis=0) + 1e-3)
        members = [np.flatnonzero(bed.chromosome == chromosome) for chromosome in pd.unique(bed.chromosome)]
        leads = [str(bed.sid[rows[np.argmax(score[rows])]]) for rows in members]
    (scratch / "leads").write_text("\n".join(leads) + "\n")
    return read_plink(
        folder / "hs_mice",
        pheno=table,
        id="SUBJECT.NAME",
        exposure="Obesity.EndNormalBW",
        outcome="Biochem.HDL",
        env="Obesity.Date.Season",
        covar="GENDER",
        extract=scratch / "leads",
    )


def write_page(name: str, dataset: Dataset, folder: Path) -> Path:
    report = analyse(dataset, "linear", bootstrap=10, permutations=100).report(provenance=PROVENANCE)
    write_html(folder / f"{name}.html", report)
    return folder / f"{name}.html"


def two_sample_page(request: pytest.FixtureRequest, folder: Path) -> Path:
    """Two exposures whose names are long and without spaces, and a variant of such a name far off."""
    make, effects = (request.getfixturevalue(name) for name in ("two_sample_report", "effects"))
    far = effects()
    far.loc[3, ["id", "by"]] = "chr1:123456789:" + "ACGT" * 30, 2.0
    names = ("Low_density_lipoprotein_cholesterol_measured_directly", "Body_mass_index_at_recruitment")
    report = make({names[0]: far, names[1]: effects(400)}, "Systolic_blood_pressure_mean_of_two_automated_readings")
    write_html(folder / "two-sample.html", replace(report, provenance=PROVENANCE), TWO_SAMPLE)
    return folder / "two-sample.html"


@pytest.fixture(scope="module")
def withheld(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dataset = draw("same-environments", n=3000, seed=1).dataset
    return write_page("not-identified", dataset, tmp_path_factory.mktemp("page"))


@pytest.fixture(
    scope="module",
    params=["demo", "not-identified", "long-names", "two-sample", pytest.param("mice", marks=pytest.mark.shared)],
)
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if request.param == "not-identified":
        return request.getfixturevalue("withheld")
    folder = tmp_path_factory.mktemp("page")
    if request.param == "demo":
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(SIZES, "admixture", 4000)
            run_demo(Demonstrating(), Output(out=folder, quiet=True))
        return folder / "report.html"
    if request.param == "two-sample":
        return two_sample_page(request, folder)
    if request.param == "mice" and not SHARED.is_dir():
        pytest.skip(f"no reference data in {SHARED}; set LATENTMR_SHARED")
    makers = {
        "long-names": named_at_length,
        "mice": lambda: mice(SHARED / "hs_mice", folder),
    }
    return write_page(request.param, makers[request.param](), folder)


def test_one_file_of_modest_size_is_all_that_is_read(path: Path, open_page: OpenPage) -> None:
    seen = open_page(path)
    unfold(seen.page)
    assert seen.requests == [path.as_uri()]
    assert seen.complaints == []
    assert path.stat().st_size < 3e6


def test_nothing_is_cut_off(path: Path, open_page: OpenPage) -> None:
    page = open_page(path).page
    for state in ("folded", "unfolded"):
        if state == "unfolded":
            unfold(page)
        for width, scheme in product((400, 1600), ("light", "dark")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            if SCREENSHOTS:
                page.screenshot(path=Path(SCREENSHOTS) / f"{path.stem}-{width}-{scheme}-{state}.png", full_page=True)
            overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert overflow <= 0, (state, width, scheme, page.evaluate(STICKING_OUT))


def test_every_figure_is_drawn(path: Path, open_page: OpenPage) -> None:
    page = open_page(path).page
    unfold(page)
    figures = page.locator("figure")
    boxes = [drawn.bounding_box() for drawn in figures.locator("svg").all()]
    assert len(boxes) == figures.count() > 0
    assert all(box and box["width"] > 0 and box["height"] > 0 for box in boxes)


def test_everyone_can_read_it(path: Path, open_page: OpenPage) -> None:
    page = open_page(path).page
    unfold(page)
    page.evaluate(axe.AXE_SCRIPT)
    for scheme, rules in (("light", WCAG), ("dark", CONTRAST)):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(AXE, rules) == [], scheme
        assert page.evaluate(FAINT_TEXT, "figure svg text") == [], scheme


def test_it_prints_in_ink_on_white(path: Path, open_page: OpenPage) -> None:
    page = open_page(path).page
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate(FAINT_TEXT, "main *") == []
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_that_the_data_cannot_say_comes_before_any_estimate(withheld: Path, open_page: OpenPage) -> None:
    page = open_page(withheld).page
    alert = page.get_by_role("alert")
    assert "cannot say" in alert.inner_text()
    place = alert.bounding_box()
    assert place["y"] >= 0
    assert place["y"] + place["height"] <= 800
    for later in page.locator(".estimate, figure").all():
        if later.is_visible():
            assert later.bounding_box()["y"] >= place["y"] + place["height"]


def test_estimates_that_cannot_be_quoted_are_closed(withheld: Path, open_page: OpenPage) -> None:
    page = open_page(withheld).page
    folded = page.locator("details.withheld")
    assert folded.count() > 0
    assert folded.locator("figure").count() > 0
    assert not any(each.is_visible() for each in folded.locator("figure, table").all())
    names = ["Estimates", "Effect by environment", "Estimate without an environment"]
    effects = page.locator(", ".join(f'[aria-label="{name}"]' for name in names))
    assert effects.count() == len(names)
    assert not any(each.is_visible() for each in effects.all())
