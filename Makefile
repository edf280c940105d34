# Every target installs what it needs into .venv; nothing else is assumed but Python >= 3.11, make and ssh-keygen.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ORDINARY := not live and not faults

.DEFAULT_GOAL := help
.PHONY: help drill check test test-faults test-live test-live-quick bench screenshots snapshots wheel clean

help: ## what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "handrail needs Python 3.11 or newer")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

drill: $(READY) ## open the first drill; without a terminal the autopilot walks it in plain lines
	@$(BIN)/handrail drill

check: $(READY) ## lint, types, import contracts, procedure lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/handrail lint procedures

test: $(READY) ## all tests that need no more than Python and ssh-keygen
	$(BIN)/python -m pytest -n 3 --dist worksteal -m "$(ORDINARY)"

test-faults: $(READY) ## strace, tmux, two accounts; what is missing is reported as skipped
	$(BIN)/python -m pytest -rs -m faults

test-live: $(READY) ## walks on real brokers of every version; needs Java 17 and Maven
	$(BIN)/python -m pytest -rs -p no:randomly -m live

test-live-quick: $(READY) ## the newest replicated pair, one split brain
	$(BIN)/python -m pytest -rs -p no:randomly -m "live and quick"

bench: $(READY) ## measurements, as ratios taken in one run
	$(BIN)/python -m benchmarks

screenshots: $(READY) ## write screenshots/*.svg from the running program
	$(BIN)/python -m tests.screens.screenshots

snapshots: $(READY) ## accept the screens as they are now
	$(BIN)/python -m pytest tests/screens -n 2 --snapshot-update

wheel: $(READY) ## build the wheel
	$(BIN)/python -m hatchling build

clean: ## remove what make made
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .hypothesis .import_linter_cache
