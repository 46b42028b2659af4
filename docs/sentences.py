"""Measure the prose of the documentation: words in sentences, and lengths of lines.

Usage: python docs/sentences.py [FILE ...]

Without arguments the files are README.md and docs/*.md; the pages of docs/evidence are not measured. For each file the
script prints the number of sentences, and the mean and the maximum number of words in a sentence. Code, tables,
headings, images, the marks of lists, and the addresses of links are left out; code within a line counts as one word.
The exit code is 1 if a mean is over 22 words, if a sentence is over 45 words, or if a line outside tables and code is
over 100 characters.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["MEAN", "PAGES", "LONGEST", "ROOT", "WIDTH", "faults", "long_lines", "sentences", "vocabulary", "words"]

ROOT = Path(__file__).parents[1]
#: Pages whose sentences are measured.
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
#: Largest mean and largest number of words in a sentence, and of characters in a line.
MEAN, LONGEST, WIDTH = 22, 45, 100

_FENCE = re.compile(r"^( *)(```|~~~).*?^\1\2 *$", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TABLE = re.compile(r"^ *\|.*$", re.MULTILINE)
_HEADING = re.compile(r"^#+ .*$", re.MULTILINE)
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_ITEM = re.compile(r"^ *(?:[-*+]|\d+\.) +", re.MULTILINE)
#: Abbreviations whose full stop does not end a sentence.
_ABBREVIATION = re.compile(r"\b(et al|e\.g|i\.e|vs|cf)\.")
_END = re.compile(r"(?<=[.!?])[\"')\]*_]*\s+(?=[\"'(\[*_]*[A-Z0-9])")


def sentences(text: str) -> list[str]:
    """Split the prose of a Markdown page into sentences.

    Parameters
    ----------
    text : str
        The page.

    Returns
    -------
    list of str
        Sentences in order; an item of a list and a paragraph end their last sentence whether or not they end in a stop.
    """
    for pattern in (_FENCE, _COMMENT, _TABLE, _HEADING, _IMAGE):
        text = pattern.sub("\n", text)
    text = _CODE.sub("Code", _LINK.sub(r"\1", text))
    text = _ABBREVIATION.sub(r"\1", _ITEM.sub("\n\n", text))
    blocks = (" ".join(block.split()) for block in re.split(r"\n\s*\n", text))
    return [sentence for block in blocks for sentence in _END.split(block) if words(sentence)]


def words(sentence: str) -> int:
    """Count the words of a sentence: whatever stands between spaces and has a letter or a digit."""
    return sum(any(character.isalnum() for character in word) for word in sentence.split())


def vocabulary(text: str) -> str:
    """Return the words that a page shows, for a search: its prose, headings and tables, without code and addresses."""
    for pattern in (_FENCE, _COMMENT):
        text = pattern.sub("\n", text)
    return " ".join(_CODE.sub(" ", _LINK.sub(r"\1", _IMAGE.sub(" ", text))).split())


def long_lines(text: str) -> list[int]:
    """Return the numbers of the lines over 100 characters outside tables, code and comments."""
    for pattern in (_FENCE, _COMMENT):
        text = pattern.sub(lambda found: "\n" * found[0].count("\n"), text)
    lines = enumerate(text.splitlines(), 1)
    return [number for number, line in lines if len(line) > WIDTH and not line.lstrip().startswith("|")]


def faults(text: str) -> list[str]:
    """Say what is too long on a page, in a line for each fault."""
    found = sentences(text)
    mean = sum(map(words, found)) / max(len(found), 1)
    out = [f"mean of {mean:.1f} words in a sentence, over {MEAN}"] if mean > MEAN else []
    out += [f"{words(sentence)} words: {sentence}" for sentence in found if words(sentence) > LONGEST]
    return out + [f"line {number} is over {WIDTH} characters" for number in long_lines(text)]


def main(files: Sequence[str]) -> int:
    """Print a row for each file, and its faults; return the exit code."""
    pages = [Path(name) for name in files] or PAGES
    failed = False
    print(f"{'file':<32}{'sentences':>10}{'mean':>7}{'longest':>9}{'words':>8}")
    for page in pages:
        text = page.read_text(encoding="utf-8")
        lengths = [words(sentence) for sentence in sentences(text)] or [0]
        mean = sum(lengths) / len(lengths)
        print(f"{page.name:<32}{len(lengths):>10}{mean:>7.1f}{max(lengths):>9}{sum(lengths):>8}")
        found = faults(text)
        failed = failed or bool(found)
        for fault in found:
            print(f"  {fault}")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
