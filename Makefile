# Every entry point of the project. `make` alone lists them.
VENV    ?= .venv
PYTHON  ?= python3
PY      := $(VENV)/bin/python
ARGS    ?=
WORKERS ?= 2
DATA    := $(or $(CAMEO_DATA_DIR),data)

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all coverage lint format bench models serve lock image image-check clean

help: ## List these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps

$(VENV)/.runtime: requirements/runtime.lock requirements/build.lock pyproject.toml
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(INSTALL) -r requirements/runtime.lock
	$(INSTALL) -r requirements/build.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.runtime
	$(INSTALL) -r requirements/dev.lock
	@touch $@

setup: $(VENV)/.dev ## Create the development environment

demo: $(VENV)/.runtime ## Set up, then tell the whole story on this machine (ARGS=--exit to stop after it)
	$(PY) -m cameo_service demo $(ARGS)

# Tests start many processes, which would each compile the whole service anew.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/.dev ## Set up, then run the tests
	$(PY) -m pytest -n $(WORKERS) -m "not slow" $(ARGS)

coverage: $(VENV)/.dev ## The tests, with the lines and branches that they leave out
	$(PY) -m pytest -n $(WORKERS) -m "not slow" --cov --cov-report=term $(ARGS)

test-all: $(VENV)/.dev ## Every test on both databases, the slow suites too
	$(PY) -m pytest -n $(WORKERS) --database both --hypothesis-profile=searching $(ARGS)

lint: $(VENV)/.dev ## ruff and mypy
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

format: $(VENV)/.dev ## Format, and mend what ruff can
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: $(VENV)/.dev ## Measure speed and memory, as JSON
	$(PY) -m bench $(ARGS)

models: $(DATA)/packs/active.json ## Pull the default models and use them, unless some are chosen

# The first set-up only: afterwards the choice changes by `cameo models use` alone.
$(DATA)/packs/active.json: | $(VENV)/.runtime
	mkdir -p -m 700 $(DATA)
	$(PY) -m cameo_service models pull open --data-dir $(DATA)
	$(PY) -m cameo_service models use open --data-dir $(DATA)

serve: $(VENV)/.runtime models ## Run the service with its worker
	$(PY) -m cameo_service serve --worker $(ARGS)

COMPILE := uv pip compile --override requirements/overrides.txt --universal --python-version 3.11 \
  --generate-hashes --no-emit-index-url --no-header --no-annotate

lock: ## Resolve the dependencies anew (needs uv)
	$(COMPILE) --upgrade pyproject.toml -o requirements/runtime.lock
	$(COMPILE) -c requirements/runtime.lock --group build -o requirements/build.lock
	$(COMPILE) -c requirements/runtime.lock pyproject.toml --group build --group dev -o requirements/dev.lock

image: ## Build the container image with docker, podman or buildah
	tools/image.sh build

image-check: ## Start the image that was built, and tell the demo's story in it
	tools/image.sh check

clean: ## Remove the environment and every cache
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache build dist *.egg-info
