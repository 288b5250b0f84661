# Needs Python 3.11 or newer and PyPI; everything else is installed into .venv/.
#   make run PYTHON=python3.12     takes another Python
#   make test ARGS="-k layering"   passes arguments on to pytest

PYTHON ?= python3
ARGS ?=

BIN := .venv/bin
STAMP := .venv/installed

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test test-quick lint lock bench corpus scorecard screens samples-study notebooks docs clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(STAMP) ## Start the dashboard on http://localhost:8501
	@$(BIN)/wam serve

# First what needs a core each, on several at once; then what shares the machine with a server and a
# browser, or has a time to keep, one after the other.
test: lint ## Check everything: lint, types, laws, doctests, screens, browser
ifeq ($(strip $(ARGS)),)
	@$(BIN)/python -m pytest --ignore=tests/browser --ignore=tests/reliability \
		--numprocesses=auto --maxprocesses=4 --dist=loadfile
	@$(BIN)/python -m pytest tests/browser tests/reliability
else
	@$(BIN)/python -m pytest $(ARGS)
endif

test-quick: $(STAMP) ## Check what takes no browser and little time (3 minutes)
	@$(BIN)/python -m pytest --ignore=tests/browser --ignore=tests/reliability -m "not slow" \
		--numprocesses=auto --maxprocesses=4 --dist=loadfile $(ARGS)

lint: $(STAMP) ## Check style and types only
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

corpus: $(STAMP) ## Read the files of shared/data/files, or of FILES=folder, and check the known ones
ifdef FILES
	@$(BIN)/wam inspect --json $(FILES)
else
	@$(BIN)/python -m pytest tests/core/test_corpus.py $(ARGS)
endif

scorecard: $(STAMP) ## Check the promises of docs/reliability.md, row by row, and print the table
	@$(BIN)/python -m benchmarks.scorecard $(ARGS)

bench: $(STAMP) ## Run the benchmarks
	@$(BIN)/python -m benchmarks $(ARGS)

screens: $(STAMP) ## Measure what the first viewport shows, and make a contact sheet in build/screens
	@$(BIN)/python -m benchmarks.screens $(ARGS)

samples-study: $(STAMP) ## Make the study of the samples that Evaluate arrives with, from the shipped weights
	@$(BIN)/python -m app.screens.saved_studies

notebooks: $(STAMP) ## Run the notebooks of docs/ anew, and write down what they show
	@$(BIN)/python docs/notebooks/renew.py

docs: $(STAMP) ## Build the documentation as a site in site/; a broken link ends it
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "site/index.html"

# --fork-strategy fewest: the same version of a package on every Python, so results agree.
lock: $(STAMP) ## Renew requirements.lock from requirements.txt and pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--fork-strategy fewest --upgrade --no-annotate --default-index https://pypi.org/simple \
		--custom-compile-command 'make lock' --output-file requirements.lock --quiet

clean: ## Remove the virtual environment and everything generated
	rm -rf .venv build dist site *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

# Installing: pip fetches uv, uv fetches the rest (several times faster). Where uv cannot reach
# the index but pip can, by a mirror in pip's own settings for instance, pip does it all.
# Compiled at once, or the first start of everything would do it (and with
# PYTHONDONTWRITEBYTECODE every start: 20 s to a network in place of 8).
# The stamp comes last, so an interrupted installation is taken up again by the next call.
$(STAMP): requirements.lock requirements.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || \
		{ echo "Python is missing: apt install python3 python3-venv, or name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) -V 2>&1): name another one, as in make PYTHON=python3.12" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@echo "Installing into .venv (once; about 3 GB to download) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep -o '^uv==[0-9.]*' requirements.lock)"
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --compile-bytecode --requirements requirements.lock --editable . || \
		$(BIN)/python -m pip install --disable-pip-version-check --requirement requirements.lock --editable .
	@touch $@
