# `make` is `make check`. Every target builds what it needs: a fresh clone wants nothing but Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
INSTALLED := $(VENV)/.installed
RUNNABLE := $(VENV)/.runnable

.PHONY: check dev format lint types imports test coverage demo demo-page bench clean

check: lint types imports test

dev: $(INSTALLED)

# Two stamps: `make demo` needs only what a user installs, everything else the developer's tools as well.
$(RUNNABLE): pyproject.toml
	$(PYTHON) -c "import sys; sys.exit('batchroles needs Python 3.11 or newer; this is ' + sys.version.split()[0]) if sys.version_info < (3, 11) else None"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable .
	$(BIN)/python -c "open('$(RUNNABLE)', 'w').close()"

$(INSTALLED): $(RUNNABLE)
	$(BIN)/python -m pip install --quiet --group dev
	$(BIN)/python -c "open('$(INSTALLED)', 'w').close()"

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(INSTALLED)
	$(BIN)/mypy

imports: $(INSTALLED)
	$(BIN)/lint-imports

test: $(INSTALLED)
	$(BIN)/pytest -n auto --dist worksteal

coverage: $(INSTALLED)
	$(BIN)/pytest -n auto --dist worksteal --cov --cov-branch --cov-report=term:skip-covered

demo: $(RUNNABLE)
	$(BIN)/python samples/demo.py

demo-page: $(RUNNABLE)
	$(BIN)/python -m samples.demo_page

bench: $(INSTALLED)
	$(BIN)/python -m tests.bench

clean:
	$(PYTHON) -c "import shutil; [shutil.rmtree(name, ignore_errors=True) for name in ('$(VENV)', 'build', 'dist')]"
