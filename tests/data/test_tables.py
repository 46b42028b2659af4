import re
import traceback
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from latentmr.data import tables
from latentmr.data.tables import header, numeric, read_table


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def values(path: Path, column: str = "x") -> np.ndarray:
    return numeric(read_table(path, [column]).columns[column], column, "exposure", str(path))


@pytest.mark.parametrize("text", ["", "NA", "N/A", "NaN", "nan", "."])
@pytest.mark.parametrize("separator", ["\t", ","])
def test_texts_that_mean_missing(tmp_path: Path, text: str, separator: str) -> None:
    path = write(tmp_path / "t.txt", f"IID,x,s\np1,1.5,u\np2,{text},{text}\n".replace(",", separator))
    np.testing.assert_array_equal(values(path), [1.5, np.nan])
    assert read_table(path, ["s"], labels=["s"]).columns["s"].to_pylist() == ["u", None]


def test_labels_and_ids_stay_text_whatever_they_look_like(tmp_path: Path) -> None:
    path = write(tmp_path / "t.tsv", "IID\tsite\n007\t01\n008\t1e3\n")
    table = read_table(path, ["site"], labels=["site"])
    assert list(table.ids) == ["007", "008"]
    assert table.columns["site"].to_pylist() == ["01", "1e3"]


def test_a_column_of_whole_numbers_may_end_in_a_fraction(tmp_path: Path) -> None:
    n = 150_000  # over a block of the reader
    for separator in ("\t", " "):
        rows = "".join(f"{i}{separator}{i}\n" for i in range(n - 1))
        path = write(tmp_path / "t.txt", f"IID{separator}x\n{rows}last{separator}70.5\n")
        assert values(path)[[0, n - 2, n - 1]].tolist() == [0.0, n - 2.0, 70.5]


def test_a_word_far_down_a_white_space_table_is_named(tmp_path: Path) -> None:
    rows = "".join(f"{i} {i}\n" for i in range(300_000))  # over a chunk of the reader
    path = write(tmp_path / "t.txt", f"IID x\n{rows}last many\n")
    with pytest.raises(ValueError, match=r"Got 'x' of .* with text on line 300002; write NA"):
        values(path)


@pytest.mark.parametrize("name", ["t.tsv", "t.csv", "t.txt", "t.parquet"])
def test_text_in_a_numeric_column(tmp_path: Path, name: str) -> None:
    frame = pd.DataFrame({"IID": ["p1", "p2", "p3"], "x": ["1", "high", "low"]})
    path = tmp_path / name
    if name == "t.parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, sep={"t.tsv": "\t", "t.csv": ",", "t.txt": " "}[name], index=False)
    place = "in row 2" if name == "t.parquet" else "on line 3"
    message = f"exposure must be a numeric column. Got 'x' of {path} with text in 2 rows, the first {place}; write NA"
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        values(path)
    assert "high" not in str(error.value)


@pytest.mark.parametrize("separator", ["\t", ",", " "])
def test_empty_lines_count_in_the_number_of_a_line(tmp_path: Path, separator: str) -> None:
    path = write(tmp_path / "t.txt", "IID x\n\np1 2\n\np2 high\n".replace(" ", separator))
    with pytest.raises(ValueError, match="with text on line 5; write NA"):
        values(path)


SECRET = "98765.4321"


@pytest.mark.parametrize("separator", ["\t", ","])
@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            f"p1 1 2\n\np2 {SECRET}\n",
            "Got line 4 with 2 columns instead of 3 (too few columns, the first missing is 'y'); complete or correct",
        ),
        (
            f"p1 1 2\np2 {SECRET} 3 4\n",
            "Got line 3 with 4 columns instead of 3 (too many columns); complete or correct",
        ),
    ],
)
def test_a_malformed_line_is_named_and_not_quoted(tmp_path: Path, separator: str, lines: str, message: str) -> None:
    path = write(tmp_path / "t.txt", f"IID x y\n{lines}".replace(" ", separator))
    with pytest.raises(ValueError, match=re.escape(f"{path} must be a table that can be read. {message}")) as error:
        read_table(path, ["x"])
    shown = "".join(traceback.format_exception(error.value))
    assert SECRET not in shown
    assert "p2" not in shown


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            f"p1 1 2\n\np2 {SECRET}\n",
            "Got line 4 with 2 columns instead of 3 (too few columns, the first missing is 'y'); write NA",
        ),
        (f"p1 1 2\n p2  {SECRET} 3 4 \n", "Got line 3 with 4 columns instead of 3 (too many columns); write NA"),
    ],
)
def test_a_ragged_line_of_a_white_space_table_is_named_and_not_quoted(tmp_path: Path, lines: str, message: str) -> None:
    path = write(tmp_path / "t.txt", f"IID x y\n{lines}")
    with pytest.raises(ValueError, match=re.escape(f"{path} must be a table that can be read. {message}")) as error:
        read_table(path, ["x"])
    shown = "".join(traceback.format_exception(error.value))
    assert SECRET not in shown
    assert "p2" not in shown


def test_values_of_a_white_space_table_may_hold_quoted_spaces(tmp_path: Path) -> None:
    path = write(tmp_path / "t.txt", ' IID   site x \r\np1 "New ""York"" City"  1\r\n \r\np2\tParis 2')
    table = read_table(path, ["site", "x"], labels=["site"])
    assert table.columns["site"].to_pylist() == ['New "York" City', "Paris"]
    assert values(path).tolist() == [1.0, 2.0]


@pytest.mark.parametrize("name", ["t.tsv", "t.parquet"])
def test_large_whole_numbers_are_rounded_and_not_quoted(tmp_path: Path, name: str) -> None:
    frame, path = pd.DataFrame({"IID": ["p1"], "x": [2**53 + 1]}), tmp_path / name
    frame.to_parquet(path) if name == "t.parquet" else frame.to_csv(path, sep="\t", index=False)
    assert values(path).tolist() == [2.0**53]


def test_bytes_that_are_not_text_are_named_and_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_bytes(b"IID\tx\tsite\np1\t1\ta\np2\t98765.4321\tM\xfcnchen\n")
    message = (
        f"{path} must be a table that can be read. Got line 3 with bytes that are not UTF-8 in column 'site'; save"
    )
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        read_table(path, ["x", "site"], labels=["site"])
    shown = "".join(traceback.format_exception(error.value))
    assert SECRET not in shown
    assert "nchen" not in shown


def test_numbers_kept_as_text_are_numbers(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"IID": ["a", "b", "c"], "x": [" 1.5", "2 ", None]}), path)
    np.testing.assert_array_equal(values(path), [1.5, 2.0, np.nan])


def test_dates_are_not_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "t.tsv", "IID\tx\np1\t2001-02-03\n")
    with pytest.raises(ValueError, match=r"exposure must be a numeric column. Got 'x' of .* with type date32"):
        values(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must start with a header line. Got an empty file; add the names of the columns"),
        ("\np1\t0.25\n", "must start with a header line. Got numbers in the first line; add the names of the columns"),
        ("IID\tx\n", "must have at least one row. Got a header only; check the file."),
        ("IID x\n", "must have at least one row. Got a header only; check the file."),
        ("IID\tz\np1\t2\n", "must have one column 'x'. Got none; its columns are IID, z."),
        ("IID\tx\tx\np1\t2\t3\n", "must have one column 'x'. Got 2; its columns are IID, x, x."),
        (
            "IID\tx\np1\t2\t3\n",
            "must be a table that can be read. Got line 2 with 3 columns instead of 2 (too many columns)",
        ),
        (
            "IID\tx\n\t2\nNA\t3\np3\t4\n",
            "must have an id in every row. Got 2 rows without one in column 'IID'; remove these rows",
        ),
        (
            "IID x\nNA 2\np3 4\n",
            "must have an id in every row. Got 1 rows without one in column 'IID'; remove these rows",
        ),
        ("IID\tx\np\t2\nq\t3\np\t4\n", "must have each id once in column 'IID'. Got 1 repeated ids, for instance 'p'"),
    ],
)
def test_what_a_table_must_have(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path / "t.txt", text)
    with pytest.raises(ValueError, match=re.escape(f"{path} {message}")):
        read_table(path, ["x"])


def test_a_long_listing_of_columns_is_cut(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "IID," + ",".join(f"c{j}" for j in range(20)) + "\n")
    with pytest.raises(ValueError, match="Got none; its columns are IID, c0, .*, c8 and 11 more"):
        read_table(path, ["x"])


@pytest.mark.parametrize("name", ["none.tsv", "none.parquet", "."])
def test_a_table_that_is_not_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"{tmp_path / name} must be a file. Got a path that ")):
        read_table(tmp_path / name, ["x"])


def test_a_file_that_is_not_what_its_name_says(tmp_path: Path) -> None:
    path = write(tmp_path / "t.parquet", "IID\tx\np1\t2\n")
    with pytest.raises(ValueError, match=re.escape(f"{path} must be a table that can be read. Got the error ")):
        header(path)
    assert header(write(tmp_path / "t.tsv.gz", "IID\tx\np1\t2\n")) == ["IID", "x"]


def test_header_of_every_separator(tmp_path: Path) -> None:
    for text in ("IID\tone two\tx\n", 'IID,"one two",x\n'):
        assert header(write(tmp_path / "t.txt", text)) == ["IID", "one two", "x"]
    assert header(write(tmp_path / "t.txt", "  IID   two  x \r\n")) == ["IID", "two", "x"]
    assert header(write(tmp_path / "t.txt", "\ufeffIID,x\n")) == ["IID", "x"]


def test_more_columns_than_can_be_read_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_COLUMNS", 2)
    path = write(tmp_path / "t.tsv", "IID\tx\ty\np1\t2\t3\n")
    with pytest.raises(ValueError, match=r"have at most 2 columns\. Got 3; leave out columns"):
        read_table(path, ["x"])
