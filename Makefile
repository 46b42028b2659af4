# `make demo` and `make test` set up .venv by themselves; second runs are quick.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
SHARED ?= $(or $(LATENTMR_SHARED),../shared)

.PHONY: demo test test-all lint types unit benchmark benchmark-full benchmark-accuracy benchmark-autoencoder benchmark-coverage benchmark-flow \
	benchmark-scale benchmark-speed benchmark-summary benchmark-training benchmark-verdict benchmark-workers benchmark-formats \
	validation validation-genotypes clean

demo: $(VENV)/.installed
	$(BIN)/latentmr demo --out latentmr-demo

test: lint types unit

lint: $(VENV)/.tested
	$(BIN)/ruff check src tests benchmarks validation docs
	$(BIN)/ruff format --check src tests benchmarks validation docs
	$(BIN)/python docs/sentences.py
	$(BIN)/codespell src docs benchmarks validation README.md CHANGELOG.md CONTRIBUTING.md
	$(BIN)/lint-imports

types: $(VENV)/.tested
	$(BIN)/mypy --num-workers auto

# as many processes as there are cores, each with one thread; without the simulations of size, power and coverage
unit: $(VENV)/.tested
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal -m "not slow"

# every test: before a release
test-all: lint types
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal

# half an hour on two cores
benchmark: $(VENV)/.tested
	$(BIN)/python benchmarks/paper.py --quick --shared $(SHARED)

# every number of docs/evidence/benchmark.md
benchmark-full: $(VENV)/.tested
	$(BIN)/python benchmarks/paper.py --out benchmark-full --shared $(SHARED)

benchmark-workers: $(VENV)/.tested
	$(BIN)/python benchmarks/workers.py

benchmark-accuracy: $(VENV)/.installed
	$(BIN)/python benchmarks/accuracy.py --shared $(SHARED)

benchmark-autoencoder: $(VENV)/.installed
	$(BIN)/python benchmarks/autoencoder.py

benchmark-flow: $(VENV)/.installed
	$(BIN)/python benchmarks/flow.py
	$(BIN)/python benchmarks/flow_counts.py
	$(BIN)/python benchmarks/flow_training.py

benchmark-training: $(VENV)/.installed
	$(BIN)/python benchmarks/training.py

benchmark-verdict: $(VENV)/.installed
	$(BIN)/python benchmarks/verdict.py

benchmark-scale: $(VENV)/.installed
	$(BIN)/python benchmarks/scale.py

benchmark-coverage: $(VENV)/.installed
	$(BIN)/python benchmarks/coverage.py

# PEERS is an interpreter that has linearmodels and ivmodels
benchmark-speed: $(VENV)/.installed
	$(BIN)/python benchmarks/speed.py $(if $(PEERS),--peers $(PEERS))

# beside R where Rscript is on the path
benchmark-summary: $(VENV)/.tested
	$(BIN)/python benchmarks/two_sample.py

validation: $(VENV)/.installed
	$(BIN)/python validation/size.py
	$(BIN)/python validation/permutations.py
	$(BIN)/python validation/two_sample.py

# these need plink1.9 and plink2 (Debian's packages), and the reference data
validation-genotypes: $(VENV)/.tested
	$(BIN)/python validation/genome.py --shared $(SHARED)
	$(BIN)/python validation/quality.py --shared $(SHARED)
	$(BIN)/python validation/fuzz_genotypes.py --shared $(SHARED)

benchmark-formats: $(VENV)/.tested
	$(BIN)/python benchmarks/formats.py

$(VENV)/.created:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	touch $@

$(VENV)/.installed: $(VENV)/.created pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.tested: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group test --group lint
	touch $@

clean:
	rm -rf $(VENV) latentmr-demo
