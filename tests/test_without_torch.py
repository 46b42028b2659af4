"""Where PyTorch is not installed, all works but the learners that train a network; these say how to install it."""

import os
import subprocess
import sys
from pathlib import Path

from latentmr.simulate import linear

#: Run before the rest: no import of torch succeeds, as where it is not installed.
HIDDEN = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hidden())
"""


def run(code: str, **more: str) -> subprocess.CompletedProcess:
    settings = {"env": os.environ | more, "capture_output": True, "text": True, "timeout": 120, "check": False}
    return subprocess.run([sys.executable, "-W", "error", "-c", HIDDEN + code], **settings)


def test_the_job_and_its_tests_do_without() -> None:
    done = run("""
import numpy as np
import latentmr as lm
data = lm.simulate.admixture(n=1200, p=12, seed=1).dataset
result = lm.analyse(data, lm.LinearLearner(), bootstrap=0, permutations=100)
assert {"invariance", "independence"} <= {test.name for test in result.tests if test.p_value is not None}
rng = np.random.default_rng(0)
x, y = rng.normal(size=(2, 100))
assert lm.dependence.hsic_test(x, x**2, draws=99).p_value == 0.01
assert lm.dependence.mmd_test(x, y > 0, draws=99).p_value > 0.01
assert result.report().answer
assert "torch" not in sys.modules
""")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_saved_network_encodes_and_a_new_one_says_how_to_install_it(hand_made, tmp_path: Path) -> None:
    hand_made(linear(n_per_env=50, seed=1).dataset, k=2).save(tmp_path)
    done = run(f"""
import latentmr as lm
data = lm.simulate.linear(n_per_env=50, seed=1).dataset
assert lm.Representation.load({str(tmp_path)!r}).encode(data.G).shape == (200, 2)
for kind in (lm.FlowLearner, lm.AutoencoderLearner):
    try:
        kind(k=1).fit(data)
    except ImportError as error:
        print(error)
""")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"{kind} needs torch: pip install torch" for kind in ("FlowLearner", "AutoencoderLearner")
    ]


COMMAND = """
from pathlib import Path
from latentmr.cli import main
from latentmr.cli.cohort import write_cohort
from latentmr.simulate import admixture

folder = Path({folder!r})
write_cohort(folder, admixture(n=1200, p=12, seed=1))
sys.argv = ["latentmr", "run", "--learner", {learner!r}, "--bfile", str(folder / "cohort"), "--env", "site", "--quiet"]
sys.argv += ["--pheno", str(folder / "phenotypes.tsv"), "--exposure", "exposure", "--outcome", "outcome"]
sys.argv += ["--bootstrap", "0", "--permutations", "100", "--out", str(folder / "out")]
main()
"""


def test_the_command_line_does_without(tmp_path: Path) -> None:
    done = run(COMMAND.format(folder=str(tmp_path), learner="linear"))
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out" / "report.html").is_file()


def test_the_command_line_says_how_to_install_it(tmp_path: Path) -> None:
    done = run(COMMAND.format(folder=str(tmp_path), learner="flow"))
    assert (done.returncode, done.stderr) == (2, "latentmr: error: FlowLearner needs torch: pip install torch\n")
    assert not (tmp_path / "out").exists()
