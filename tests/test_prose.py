"""The pages are in plain English: short sentences, short lines, and no phrase that only this project would use."""

import ast
import io
import re
import tokenize
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
PROSE = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
EVIDENCE = sorted((ROOT / "docs" / "evidence").glob("*.md"))


def load() -> ModuleType:
    """The script of the docs, which is no part of the package."""
    specification = spec_from_file_location("sentences", ROOT / "docs" / "sentences.py")
    assert specification is not None
    assert specification.loader is not None
    module = module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


prose = load()


def forbidden() -> dict[str, list[str]]:
    """Phrases of docs/words.txt, with those in which they are allowed."""
    lines = (ROOT / "docs" / "words.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.partition("|") for line in lines if line and not line.startswith("#")]
    return {phrase.strip(): [one.strip() for one in allowed.split(",") if one] for phrase, _, allowed in rows}


def occurrences(text: str, phrases: dict[str, list[str]]) -> list[str]:
    """Phrases that a page has."""
    shown = prose.vocabulary(text).lower()
    found = []
    for phrase, allowed in phrases.items():
        rest = shown
        for one in allowed:
            rest = rest.replace(one, " ")
        if re.search(rf"\b{re.escape(phrase)}\b", rest):
            found.append(phrase)
    return found


@pytest.mark.parametrize("page", PROSE, ids=lambda page: page.name)
def test_sentences_and_lines_are_short(page: Path) -> None:
    assert prose.faults(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", EVIDENCE, ids=lambda page: page.name)
def test_lines_of_evidence_are_short(page: Path) -> None:
    assert prose.long_lines(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", [*PROSE, *EVIDENCE], ids=lambda page: f"{page.parent.name}/{page.name}")
def test_no_phrase_is_private(page: Path) -> None:
    assert occurrences(page.read_text(encoding="utf-8"), forbidden()) == []


def test_pages_are_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120
    for page in PROSE:
        found = prose.sentences(page.read_text(encoding="utf-8"))
        assert sum(map(prose.words, found)) <= 1100, page.name


@pytest.mark.parametrize("page", [*PROSE, *EVIDENCE], ids=lambda page: f"{page.parent.name}/{page.name}")
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in anchors, target


def test_prose_is_what_is_measured() -> None:
    text = """# A heading that is long and is not measured

| a table | with words |
|---|---|

One `piece of code` is a word. See [a page](page.md), by Meng et al. (2020).

- An item without a stop
- Another. It has two
  sentences.

```sh
latentmr run  # and this is code
```
"""
    assert prose.sentences(text) == [
        "One Code is a word.",
        "See a page, by Meng et al (2020).",
        "An item without a stop",
        "Another.",
        "It has two sentences.",
    ]
    assert prose.words("a - b (c)") == 3


def test_faults_are_found() -> None:
    long = " ".join(["word"] * 46)
    assert [fault[:8] for fault in prose.faults(f"{long}.")] == ["mean of ", "46 words", "line 1 i"]
    assert prose.long_lines(f"| {long} |\n\n```\n{long}\n```\n") == []
    assert occurrences("Foils, and unlinked variants; `people`.", forbidden()) == ["foils"]
    assert occurrences("The alleles are unlinked.", forbidden()) == ["unlinked"]


def test_the_script_says_what_is_too_long(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text("A short page.\n", encoding="utf-8")
    assert prose.main([str(page)]) == 0
    page.write_text(" ".join(["word"] * 46), encoding="utf-8")
    assert prose.main([str(page)]) == 1
    assert "46 words" in capsys.readouterr().out


def said(path: Path) -> list[tuple[int, str]]:
    """Docstrings, messages and comments of a module with their lines; what is code between backticks is left out."""
    source = path.read_text(encoding="utf-8")
    found = [
        (node.lineno, node.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip()
    ]
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    found += [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]
    # code, examples, fields to be filled, and the names of parameters, which are public
    code = re.compile(r"``[^`]*``|:\w+:`[^`]*`|`[^`]*`|^\s*(?:>>>|\.\.\.) .*$|^ *[\w*, ]+ : |\{\w+\}", re.MULTILINE)
    return [(line, re.sub(r"\s+", " ", code.sub(" ", text)).lower()) for line, text in found]


@pytest.mark.parametrize("room", sorted(path.name for path in (ROOT / "src" / "latentmr").iterdir()))
def test_no_phrase_of_the_code_is_private(room: str) -> None:
    path = ROOT / "src" / "latentmr" / room
    phrases, found = forbidden(), []
    for module in [path] if path.suffix == ".py" else sorted(path.rglob("*.py")):
        for line, text in said(module):
            for phrase, allowed in phrases.items():
                rest = text
                for one in allowed:
                    rest = rest.replace(one, " ")
                if text != phrase and re.search(rf"\b{re.escape(phrase)}\b", rest):
                    found.append(f"{module.relative_to(ROOT)}:{line}: {phrase}")
    assert found == []


@pytest.mark.parametrize("room", sorted(path.name for path in (ROOT / "src" / "latentmr").iterdir()))
def test_the_library_names_arguments_and_not_options(room: str) -> None:
    path = ROOT / "src" / "latentmr" / room
    modules = [] if room in ("cli", "errors.py") else [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))
    found = []
    for module in modules:
        tree = ast.parse(module.read_text(encoding="utf-8"))
        words = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        # a docstring of a function that is another tool's may quote that tool's option
        found += [
            f"{module.relative_to(ROOT)}:{node.lineno}"
            for node in words
            if re.search(r"(?<![\w-])--[a-z]", node.value) and "plink" not in node.value.lower()
        ]
    assert found == []
