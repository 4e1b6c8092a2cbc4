# Set-up is part of each target: they start from plain Python 3.11+, git and make.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test lint format clean

help:
	@echo "make demo    render the default answers and migrate a SQLite database"
	@echo "make test    run every test, on servers of its own"
	@echo "             (ARGS=... for pytest, EXTRA=... for more drivers)"
	@echo "make lint    check format, style and types"
	@echo "make format  put code into format"
	@echo "make clean   remove what the other targets installed"

demo: .venv/demo
	@$(BIN)/python scripts/demo.py

test: .venv/test
	$(if $(EXTRA),$(BIN)/uv pip install --quiet --python .venv $(EXTRA))
	$(BIN)/pytest $(ARGS)

lint: .venv/test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy tests scripts
	$(BIN)/pytest tests/test_style.py

format: .venv/test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf .venv

.venv/uv: scripts/install-system-packages
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer, please: make PYTHON=..." if sys.version_info < (3, 11) else 0)'
	scripts/install-system-packages venv
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check uv
	@touch $@

.venv/demo: .venv/uv pyproject.toml
	$(BIN)/uv pip install --quiet --python .venv --group demo
	@touch $@

.venv/test: .venv/uv pyproject.toml
	scripts/install-system-packages servers
	$(BIN)/uv pip install --quiet --python .venv --group dev
	-$(BIN)/uv pip install --quiet --python .venv --group compiled
	@touch $@
