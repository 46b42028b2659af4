"""Results and methods of a benchmark print short, without tables, arrays or addresses."""

import numpy as np

from latentmr.benchmark import METHODS, Found, run_benchmark


def test_a_benchmark_is_counted(tmp_path):
    found = run_benchmark(["linear:n=2000"], ["2sls", "oracle"], seeds=2, out=tmp_path / "out")
    assert repr(found) == (
        "Benchmark: 4 runs (1 scenario, 2 methods, 2 seeds), 0 without an estimate;"
        f" table {tmp_path / 'out' / 'benchmark.tsv'}"
    )


def test_methods_show_what_they_do_and_their_options():
    assert repr(METHODS["2sls"]) == "Method: two-stage least squares on the genotypes; options adjust"
    assert repr(METHODS["oracle"]) == (
        "Method: 2SLS on the true latents, or LIML on allele counts given the true ancestry"
    )
    assert all("0x" not in repr(method) for method in METHODS.values())


def test_what_a_method_found_has_no_array():
    found = Found(beta=0.5, se=0.1, ci=None, k=3, Z=np.zeros((500, 3)))
    assert "array" not in repr(found)
    assert len(repr(found)) < 200
