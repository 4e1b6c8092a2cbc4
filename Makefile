# Set-up is part of each target: they start from plain Python 3.11+, git and make.

PYTHON ?= $(shell scripts/choose-python)
export PYTHON
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help demo test examples update-history conformance corpus compat bench recording site lint format release clean

help:
	@echo "make demo    render the default answers and migrate a SQLite database"
	@echo "make test    run every test, on servers of its own"
	@echo "             (ARGS=... for pytest, EXTRA=... for more drivers)"
	@echo "make examples"
	@echo "             render the projects in examples/ again"
	@echo "make update-history"
	@echo "             update projects of every commit to the work tree, write docs/updates.md"
	@echo "make conformance"
	@echo "             run Alembic's own tests through the rendered env.py"
	@echo "make corpus  take the schemas of public packages up and down, write docs/corpus.md"
	@echo "             (ARGS=... for names of packages, or --help)"
	@echo "make compat  migrate on each Python, Alembic and SQLAlchemy, write docs/compatibility.md"
	@echo "             (ARGS=3.10 for one Python)"
	@echo "make bench   measure ours beside stock (ARGS=--write for docs/benchmarks.md,"
	@echo "             ARGS=\"-k bench_history\" for one point, --pairs 30 for more runs)"
	@echo "make recording"
	@echo "             record the session on a terminal, docs/demo.svg"
	@echo "make site    build docs/ as a site in .venv/site"
	@echo "make lint    check format, style and types"
	@echo "make format  put code into format"
	@echo "make release VERSION=1.2.3"
	@echo "             tag a release, or say all that is missing"
	@echo "make clean   remove what the other targets installed"

demo: .venv/demo
	@$(BIN)/python -m scripts.demo

test: .venv/test
	$(if $(EXTRA),$(PIP) install --quiet $(EXTRA))
	$(BIN)/pytest $(ARGS)

examples: .venv/test
	@$(BIN)/python -m scripts.examples

update-history: .venv/test
	$(BIN)/python -m scripts.update_history $(ARGS)

conformance: .venv/test
	$(BIN)/python -m scripts.conformance $(ARGS)

corpus: .venv/test
	$(BIN)/python -m scripts.corpus $(ARGS)

compat: .venv/test
	$(BIN)/python -m scripts.compat $(ARGS)

bench: .venv/bench
	$(BIN)/pytest -c bench/pytest.ini bench $(ARGS)

recording: .venv/test
	$(BIN)/python -m scripts.recording

site: .venv/test
	$(BIN)/zensical build --strict
	$(BIN)/python -m scripts.picker .venv/site

lint: .venv/test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/ruff check --ignore-noqa --line-length=88 template
	$(BIN)/mypy tests scripts support 'template/{{ migrations_path }}'
	$(BIN)/pytest tests/test_style.py

format: .venv/test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

release: .venv/test
	@$(BIN)/python -m scripts.release "$(VERSION)"

clean:
	rm -rf .venv

.venv/pip: scripts/install-system-packages
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer, please: make PYTHON=..." if sys.version_info < (3, 11) else 0)'
	scripts/install-system-packages venv
	@# One that works stays: with another Python in it, it would not.
	$(PIP) --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	$(PIP) install --quiet --upgrade "pip>=25.1"
	@touch $@

.venv/demo: .venv/pip pyproject.toml
	$(PIP) install --quiet --group demo
	@touch $@

.venv/test: .venv/pip pyproject.toml scripts/install-debian-packages
	scripts/install-system-packages servers
	scripts/install-system-packages browser
	@# Beside each other: where one waits for the network, the other unpacks.
	@$(MAKE) --no-print-directory --jobs=2 .venv/debian .venv/dev
	-$(PIP) install --quiet --group compiled
	@touch $@

.PHONY: .venv/debian .venv/dev
.venv/debian:
	scripts/install-debian-packages
.venv/dev:
	$(PIP) install --quiet --group dev

.venv/bench: .venv/test
	$(PIP) install --quiet --group bench
	@touch $@
