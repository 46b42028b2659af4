"""Description of a path that is not a file."""

from pathlib import Path

__all__ = ["why_no_file"]


def why_no_file(path: str | Path) -> str:
    """Say why a path is not a file that can be read.

    Parameters
    ----------
    path : str or Path
        Path.

    Returns
    -------
    str
        End of a sentence.

    Examples
    --------
    >>> why_no_file("/"), why_no_file("nowhere")
    ('is a folder', 'does not exist')
    """
    return "is a folder" if Path(path).is_dir() else "does not exist"
