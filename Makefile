# The one front door. `make` alone tells what there is.
.DEFAULT_GOAL := help
.PHONY: help demo test rehearse coverage check format lock site docs zoo engine engines bench wheel image runner clean
.PHONY: actionlint push-image upload-space

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What the demo's images are built on: `local` makes a base image from this machine's Python; any image
# reference works where a registry can be reached, for example docker.io/library/python:3.12-slim
BASE ?= local
# Where `make runner` links polyreact: a folder on the path of everybody, under sudo as well
LINKS ?= /usr/local/bin

help:  ## Tell what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.run engine  ## Set everything up, evaluate the baselines, build the board and the site
	$(BIN)/polyreact demo --base $(BASE)

test: $(VENV)/.dev $(VENV)/.baselines engines check  ## Set everything up and run every check and test
	@sh scripts/run-tests.sh $(BIN)/pytest

coverage: $(VENV)/.dev $(VENV)/.baselines engines  ## Run every test and measure what of the code it reached: at least 85 %
	@sh scripts/run-tests.sh $(BIN)/coverage run --parallel-mode -m pytest -m 'not bounded'
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

check: $(VENV)/.dev $(VENV)/.baselines  ## Lint, format, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.dev  ## Format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

docs: $(VENV)/.dev  ## Build the documentation as a site into build/site/docs
	$(BIN)/python scripts/build_docs.py --site build/site

rehearse: $(VENV)/.dev engines  ## Play the life of submissions on this machine: pull requests, the week, the site
	@$(BIN)/pytest tests/rehearsal

site: $(VENV)/.dev docs  ## Build LEADERBOARD.md and the site, board and documentation, from results/ and docs/
	$(BIN)/polyreact leaderboard build

bench: $(VENV)/.dev engine  ## Measure what the sandbox and an evaluation cost against the bare engine
	$(BIN)/python benchmarks/policy_cost.py
	$(BIN)/python benchmarks/overhead.py

wheel:  ## Build dist/, install the wheel in an environment of its own, and try it there
	@sh scripts/try-wheel.sh $(PYTHON)

image: $(VENV)/.run engine  ## Build the image of polyreact itself, for organisers
	$(BIN)/python scripts/platform_image.py $(if $(filter command line,$(origin BASE)),--base $(BASE))

zoo: $(VENV)/.dev $(VENV)/.baselines  ## Train and package the baselines of zoo/ again, and write their table
	$(BIN)/python scripts/make_zoo.py
	$(BIN)/python scripts/zoo_table.py > $(VENV)/zoo.md
	mv $(VENV)/zoo.md docs/reference/zoo.md

lock:  ## Write requirements/*.txt again (needs uv)
	sh scripts/lock.sh

engine:  ## Install podman if no container engine answers (root; otherwise tells the command)
	@sh scripts/install-engine.sh

engines:
	@sh scripts/install-engine.sh --with-tests

runner: engine $(VENV)/.ci  ## Make this machine one that runs the workflows' steps: engine, package, polyreact on the path
	@sh scripts/link-polyreact.sh $(BIN) $(LINKS)

clean:  ## Remove the virtual environment and everything that was built
	rm -rf $(VENV) build dist

# What only workflows do: .github/workflows/
actionlint:
	@sh scripts/run-actionlint.sh $(PYTHON)

push-image: $(VENV)/.run
	@sh scripts/push-image.sh $(BIN)/python

upload-space: $(VENV)/.upload
	@sh scripts/upload-space.sh $(BIN)

$(VENV)/.run: requirements/run.txt pyproject.toml
	@sh scripts/make-venv.sh $(PYTHON) $(VENV) requirements/run.txt
	@touch $@

$(VENV)/.ci $(VENV)/.upload: $(VENV)/.%: requirements/%.txt pyproject.toml
	@sh scripts/make-venv.sh $(PYTHON) $(VENV) $<
	@touch $(VENV)/.run $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml tests/pages/package-lock.json tests/workflows/package-lock.json
	@sh scripts/make-venv.sh $(PYTHON) $(VENV) requirements/dev.txt
	@sh scripts/install-validator.sh $(VENV) tests/pages html-validate
	@sh scripts/install-validator.sh $(VENV) tests/workflows github-languageservice
	@touch $(VENV)/.run $@

$(VENV)/.baselines: requirements/baselines.txt $(VENV)/.dev
	@sh scripts/add-baselines.sh $(VENV) requirements/baselines.txt
	@touch $@
