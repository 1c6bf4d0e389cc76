# `make demo` and `make test` do everything from a fresh Debian 12 on.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BOARD ?= bx-k
RUNS ?= 1000
SEED ?= 1
PACKAGES := $(shell sed 's/\#.*//' assets/install/debian-packages.txt)
TEST_PACKAGES := $(shell sed 's/\#.*//' assets/install/test-packages.txt)
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: demo test lint looks bench campaign campaign-submissions tus-servers setup packages test-packages lock clean

demo: setup
	@$(BIN)/mingtang demo

# Most of a journey is waiting: two at a time. A file's tests share their processes.
test: test-packages lint
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

# Every screen in every size, language and look; `make test` takes two of them.
looks: setup test-packages
	@MINGTANG_LOOKS=all $(BIN)/pytest tests/screens/test_in_window.py

bench: setup
	@$(BIN)/python -m tests.bench $(BENCH)

campaign: setup
	@$(BIN)/python -m tests.simulation.campaign --board $(BOARD) --runs $(RUNS) --seed $(SEED)

# Submissions through lost answers, kills, full disks and cut networks.
campaign-submissions: setup
	@$(BIN)/python -m tests.campaigns.submissions --runs $(RUNS) --seed $(SEED)
	@$(BIN)/python -m tests.campaigns.killed_uploads

# Needs npm. A server of others, for tests/sync/test_upload_interop.py.
tus-servers:
	npm install --silent --prefix build/tus-server @tus/server @tus/file-store

setup: packages $(VENV)/.ready

packages: WANTED = $(PACKAGES)
test-packages: WANTED = $(TEST_PACKAGES)
packages test-packages:
	@missing=$$(for p in $(WANTED); do \
	    dpkg-query -W -f='$${db:Status-Status}' $$p 2>/dev/null | grep -q '^installed$$' || printf '%s ' $$p; done); \
	if [ -n "$$missing" ]; then \
	    echo "Installing system packages: $$missing"; \
	    $(SUDO) apt-get update -qq && \
	    $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi

$(VENV)/.ready: requirements.lock pyproject.toml
	@echo "Creating the environment in $(VENV) (once; about three minutes, in silence)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.11")'
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Needs uv. Writes the lock file anew from pyproject.toml.
lock:
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements.lock

clean:
	rm -rf $(VENV) build
