# The one front door. `make` alone tells what there is.
.DEFAULT_GOAL := help
.PHONY: help demo test check format lock site engine engines bench clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What the demo's images are built on: `local` makes a base image from this machine's Python; any image
# reference works where a registry can be reached, for example docker.io/library/python:3.12-slim
BASE ?= local

help:  ## Tell what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.run engine  ## Set everything up, evaluate the baselines, build the board and the site
	$(BIN)/polyreact demo --base $(BASE)

test: $(VENV)/.dev engines check  ## Set everything up and run every check and test
	@sh scripts/run-tests.sh $(BIN)/pytest

check: $(VENV)/.dev  ## Lint, format, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.dev  ## Format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

site: $(VENV)/.run  ## Build LEADERBOARD.md and the site from the records in results/
	$(BIN)/polyreact leaderboard build

bench: $(VENV)/.dev engine  ## Measure what the sandbox and an evaluation cost against the bare engine
	$(BIN)/python benchmarks/policy_cost.py
	$(BIN)/python benchmarks/overhead.py

lock:  ## Write requirements/*.txt again (needs uv)
	sh scripts/lock.sh

engine:  ## Install podman if no container engine answers (root; otherwise tells the command)
	@sh scripts/install-engine.sh

engines:
	@sh scripts/install-engine.sh --with-tests

clean:  ## Remove the virtual environment and everything that was built
	rm -rf $(VENV) build dist

$(VENV)/.run: requirements/run.txt pyproject.toml
	@sh scripts/make-venv.sh $(PYTHON) $(VENV) requirements/run.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml
	@sh scripts/make-venv.sh $(PYTHON) $(VENV) requirements/dev.txt
	@touch $(VENV)/.run $@
