"""Principal components on disk: what is needed to project new individuals, without any individual's scores."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from latentmr.data.genome.pca import Components
from latentmr.data.genotypes.variants import VARIANT_COLUMNS
from latentmr.errors import ArgumentError

__all__ = ["load_components", "save_components"]

#: Name of the file, and of the entry in its metadata.
FILE, ENTRY = "loadings.parquet", b"latentmr"


def save_components(components: Components, folder: str | Path) -> Path:
    """Save loadings, frequencies and eigenvalues without scores, to share with others who project.

    Parameters
    ----------
    components : Components
        Result of :func:`principal_components`.
    folder : str or Path
        Folder, which is created if necessary; the file in it is ``loadings.parquet``.

    Returns
    -------
    Path
        Path of the file.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> table = pd.DataFrame([["rs1", "1", "100", "A", "G"]], columns=VARIANT_COLUMNS)
    >>> made = Components(np.ones((1, 1)), np.ones(1), np.ones((1, 1)), np.array([0.3]), table, np.zeros(1))
    >>> with TemporaryDirectory() as folder:
    ...     save_components(made, folder).name, load_components(folder).frequencies
    ('loadings.parquet', array([0.3]))
    """
    path = Path(folder) / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = components.variants.assign(frequency=components.frequencies)
    columns = {f"PC{i + 1}": values for i, values in enumerate(components.loadings.T)}
    table = pa.Table.from_pandas(pd.concat([frame, pd.DataFrame(columns)], axis=1), preserve_index=False)
    about = {"eigenvalues": components.eigenvalues.tolist(), "angles": components.angles.tolist()}
    pq.write_table(table.replace_schema_metadata({ENTRY: json.dumps(about)}), path)
    return path


def load_components(folder: str | Path) -> Components:
    """Load components saved by :func:`save_components`, which has an example; there are no scores in them.

    Parameters
    ----------
    folder : str or Path
        Folder with the file ``loadings.parquet``.

    Returns
    -------
    Components
        Components with ``scores`` of dimension (0, k).

    Raises
    ------
    ValueError
        If there is no such file, or its content is different.
    """
    path = Path(folder) / FILE
    if not path.is_file():
        raise ArgumentError("folder", "hold saved components", f"{folder}, but {path} does not exist", "check the path")
    try:
        table = pq.read_table(path)
        about = json.loads(table.schema.metadata[ENTRY])
        eigenvalues, angles = np.array(about["eigenvalues"]), np.array(about["angles"])
        frame = table.to_pandas()
        loadings = frame[[f"PC{i + 1}" for i in range(len(eigenvalues))]].to_numpy(dtype=np.float64)
        variants = frame[VARIANT_COLUMNS].astype(object)
        return Components(
            np.empty((0, len(eigenvalues))), eigenvalues, loadings, frame["frequency"].to_numpy(), variants, angles
        )
    except (pa.ArrowInvalid, KeyError, TypeError, ValueError) as error:
        raise ArgumentError(
            f"{path}",
            "be a file written by save_components",
            f"another file: {str(error).splitlines()[0]}",
            "save the components again",
        ) from error
