"""Text tables in every form: compression, encoding, comments, separators, decimal marks, row names."""

import bz2
import gzip
import lzma
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from latentmr.data.tables import header, numeric, read_table

PLAIN = "IID\tx\ty\np1\t1.5\t60000\np2\t-0.25\t1200\n"


def check(path: Path) -> None:
    table = read_table(path, ["x", "y"], id="IID")
    assert list(table.ids) == ["p1", "p2"]
    assert numeric(table.columns["x"], "x", "x", str(path)).tolist() == [1.5, -0.25]
    assert numeric(table.columns["y"], "y", "y", str(path)).tolist() == [60000, 1200]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, bytes])
def test_compression_is_known_by_content(pack: object, tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes(pack(PLAIN.encode()))  # type: ignore[operator]
    check(path)


def test_a_zip_file_holds_one_table(tmp_path: Path) -> None:
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("table.tsv", PLAIN)
    check(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("other.tsv", PLAIN)
    with pytest.raises(ValueError, match="must hold one table. Got 2 files: table.tsv, other.tsv; unpack"):
        header(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<xml/>")
    with pytest.raises(ValueError, match="must be a text table or a .parquet file. Got a spreadsheet. Save"):
        header(path)


@pytest.mark.parametrize(
    "start", [b"\xd0\xcf\x11\xe0\xa1", b"l\x1b\x01\xff", b"\x00\x01\x02\x03" * 50, bytes(range(1, 9)) * 9]
)
def test_binary_files_are_refused_without_their_bytes(start: bytes, tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes(start)
    with pytest.raises(ValueError, match="must be a text table or a .parquet file. Got") as error:
        header(path)
    assert str(error.value).isprintable()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings(encoding: str, end: str, tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes(PLAIN.replace("\n", end).encode(encoding))
    check(path)


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace("\n", "\r"),
        "\n\n" + PLAIN,
        "##fileformat=x\n##more\n" + PLAIN,
        "# written by me\n" + PLAIN,
        "# one\n\n# two words\n" + PLAIN,
        PLAIN.replace("\t", ";"),
        PLAIN.replace("\t", ";").replace(".", ","),
        PLAIN.replace(".", ","),
        PLAIN.replace("60000", "60,000").replace("1200", "1,200"),
        PLAIN.replace("\t", ",").replace("60000", '"60,000"').replace("1200", '"1,200"'),
        PLAIN.replace("0\n", "0\t\n"),
        PLAIN.replace("y\n", "y\t\n"),
        PLAIN.replace("p1", "1\tp1").replace("p2", "2\tp2"),
        PLAIN.replace("p1", '"a"\tp1').replace("p2", '"b"\tp2'),
        "\t" + PLAIN.replace("p1", "1\tp1").replace("p2", "2\tp2"),
        PLAIN.replace("\t", "   "),
        "  " + PLAIN.replace("\t", "  ").replace("\n", "  \n  "),
    ],
)
def test_forms_of_one_table(text: str, tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes(text.encode())
    check(path)


def test_marks_that_may_be_decimal_or_between_thousands_are_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_text("IID\tx\na\t1,234\nb\t2,345\n")
    with pytest.raises(ValueError, match="must be a numeric column"):
        numeric(read_table(path, ["x"]).columns["x"], "x", "x", str(path))


def test_a_header_with_quoted_separators(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('IID,"blood pressure, automated | Instance 0"\np1,120\n')
    assert header(path)[1] == "blood pressure, automated | Instance 0"
    assert numeric(read_table(path, [header(path)[1]]).columns[header(path)[1]], "b", "b", "").tolist() == [120]


def test_time_for_a_header_grows_with_its_length(tmp_path: Path) -> None:
    seconds = []
    for n in (200_000, 800_000):
        path = tmp_path / f"{n}.tsv"
        path.write_text("\t".join(["IID", *(f"v{i}" for i in range(n))]) + "\n" + "\t".join(["a", *["1"] * n]) + "\n")
        start = time.perf_counter()
        assert len(header(path)) == n + 1
        seconds.append(time.perf_counter() - start)
    assert seconds[1] < 12 * seconds[0] + 1
    assert np.isfinite(seconds).all()
