# Commands for a newcomer: `make demo` measures something, `make test` checks everything, `make docs` writes the pages.
PYTHON ?= python3
BIN := .venv/bin
PLUGINS := $(sort $(dir $(wildcard plugins/*/pyproject.toml)))
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test lint types pytest docs boards clean

demo: .venv/.installed
	$(BIN)/emobench run

test: lint types pytest

lint: .venv/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.installed
	$(BIN)/mypy emobench $(addsuffix src,$(PLUGINS))

# A process a core, each with one thread: threads of several processes would wait for each other.
pytest: .venv/.installed
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

# Pages that open from disk: build/docs/index.html. The tests build them, too, as strictly.
docs: .venv/.installed
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

boards: .venv/.installed
	$(BIN)/emobench leaderboard build

.venv/.installed: pyproject.toml $(addsuffix pyproject.toml,$(PLUGINS))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "emobench needs Python 3.11 or newer: make PYTHON=python3.11 ..."; exit 5; }
	@$(PYTHON) -c 'import shutil, sys; sys.exit(shutil.disk_usage(".").free < 10e9)' || \
		{ echo "torch with its CUDA packages needs 10 GB of disk while it is installed (7 GB afterwards); less is free here."; \
		  df -h .; exit 5; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet -e '.[test]' $(addprefix -e ,$(PLUGINS))
	touch $@

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
