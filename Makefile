# make repro | test | soak | speed | lint | site | ui PORT=5001 | profile NAME=hour  (each makes .venv first)
PYTHON ?= python3
PORT ?= 5000
# Recipes call .venv by a relative path, because the project's own path may hold spaces or brackets.
MARK := .venv/.complete
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: repro test soak speed lint site ui profile env install clean-env

repro: env
	memnet mend
	@cache="$$(dvc cache dir)"; \
	if test -d "$$cache" -a ! -w "$$cache"; then \
	  echo "$$cache cannot be written, so that results are not kept in it"; dvc repro --no-commit; \
	else dvc repro; fi
	@memnet changes

# One process per core, one thread each; the tests of a file stay together because they share fixtures.
test: env
	OMP_NUM_THREADS=1 pytest --numprocesses logical --maxprocesses 8 --dist loadfile

# As much as fits: make soak MINUTES=3
MINUTES ?= 28
soak: env
	pytest tests/soak -m soak --minutes $(MINUTES)

# Ratios of speed and growth of memory, measured now; leave the machine alone meanwhile.
speed: env
	pytest tests/bench -m slow -s

lint: env
	ruff check .
	ruff format --check .
	mypy

# The address is explicit: plain `mlflow ui` reads the same database unless an old ./mlruns is there.
ui: env
	mlflow ui --backend-store-uri sqlite:///mlflow.db --host 127.0.0.1 --port $(PORT)

# The report of profile benchmark and the pages of the API as a folder for GitHub Pages (.github/workflows/pages.yml).
site: env
	@grep -qx 'profile: benchmark' params.yaml || { \
	  echo "params.yaml holds another profile: make profile NAME=benchmark, then make site"; exit 1; }
	$(MAKE) --no-print-directory repro
	rm -rf site
	cp -R reports/html site
	pdoc --docformat numpy --output-directory site/api memnet.api
	touch site/.nojekyll  # or GitHub Pages would leave out what begins with an underscore

profile: env
	memnet profile $(NAME)

# The scripts in .venv hold its absolute path, which the mark names: one that was moved is made anew.
env:
	@test "$$(cat $(MARK) 2>/dev/null)" = "$$(pwd -P)" -a ! requirements.lock -nt $(MARK) \
	  -a ! pyproject.toml -nt $(MARK) || $(MAKE) --no-print-directory install

# The mark comes last, so that an install that was interrupted starts over.
install:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v <= (3, 13) \
	  else f"Python must be 3.11 to 3.13, got {v[0]}.{v[1]}: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $$(test ! -s $(MARK) || test "$$(cat $(MARK))" = "$$(pwd -P)" || echo --clear) .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@echo "$$(pwd -P)" > $(MARK)

clean-env:
	rm -rf .venv
