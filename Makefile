# make repro | test | soak | lint | ui | profile NAME=hour        (each makes .venv first if it is missing)
PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
export PATH := $(BIN):$(PATH)

.PHONY: repro test soak lint ui profile clean-env

repro: $(VENV)/.complete
	python -m pipelines.mend
	dvc repro

# A process a core, each of one thread; a file's tests stay together, as they share fixtures.
test: $(VENV)/.complete
	OMP_NUM_THREADS=1 pytest --numprocesses logical --maxprocesses 8 --dist loadfile

# As much as fits: make soak MINUTES=3
MINUTES ?= 28
soak: $(VENV)/.complete
	pytest tests/soak -m soak --minutes $(MINUTES)

lint: $(VENV)/.complete
	ruff check .
	ruff format --check .
	mypy

# The address is explicit: plain `mlflow ui` reads the same database unless an old ./mlruns is there.
ui: $(VENV)/.complete
	mlflow ui --backend-store-uri sqlite:///mlflow.db --host 127.0.0.1

profile: $(VENV)/.complete
	python -m pipelines.profile $(NAME)

# The mark comes last, so that an install that was interrupted starts over.
$(VENV)/.complete: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v <= (3, 13) \
	  else f"Python must be 3.11 to 3.13, got {v[0]}.{v[1]}: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

clean-env:
	rm -rf $(VENV)
