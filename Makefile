# make run     set up what is missing and open the program
# make test    set up what is missing and run every check
# make stress  the long tests, hours of them; some alone: make stress ARGS="-k kills --times 5"
# make setup   what both do first; the second time it does nothing
#
# Another Python: make run PYTHON=python3.12
# Options of the program: make run ARGS="--data-dir ~/data"

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# What the stamp says once all is installed: an environment survives neither being moved nor another version of Python.
WHERE = $(BIN)/python -c 'import os, sys; print(os.getcwd(), *sys.version_info[:2])' 2>/dev/null
PICTURES := tour

# What Qt loads that its Python packages do not bring, as library:package of Debian and Ubuntu.
LIBRARIES := \
	libEGL.so.1:libegl1 \
	libGL.so.1:libgl1 \
	libglib-2.0.so.0:libglib2.0-0 \
	libdbus-1.so.3:libdbus-1-3 \
	libfontconfig.so.1:libfontconfig1 \
	libxkbcommon-x11.so.0:libxkbcommon-x11-0 \
	libxcb-cursor.so.0:libxcb-cursor0 \
	libxcb-icccm.so.4:libxcb-icccm4 \
	libxcb-image.so.0:libxcb-image0 \
	libxcb-keysyms.so.1:libxcb-keysyms1 \
	libxcb-randr.so.0:libxcb-randr0 \
	libxcb-render-util.so.0:libxcb-render-util0 \
	libxcb-shape.so.0:libxcb-shape0 \
	libxcb-xinerama.so.0:libxcb-xinerama0 \
	libwayland-cursor.so.0:libwayland-cursor0 \
	libwayland-egl.so.1:libwayland-egl1

.PHONY: run test stress lint setup python system clean help
.DEFAULT_GOAL := help

help:
	@echo "make run      open the program (options: make run ARGS=\"--data-dir ~/data\")"
	@echo "make test     format, lint, types, import contracts and tests"
	@echo "make stress   kills, clicks, closing, hostile files and an hour's use: the long tests (options: ARGS)"
	@echo "make lint     the same without the tests"
	@echo "make setup    only install what is missing, into $(VENV)"
	@echo "make clean    remove what make has made, $(VENV) included"

# Without a display the same window is driven offscreen, so that there is something to look at all the same.
run: setup
	@if [ "$$(uname -s)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		echo "There is no display: the window is driven offscreen, its pictures go to $(PICTURES)/"; \
		$(BIN)/python -m mnist_viz tour --out $(PICTURES) $(ARGS); \
	else \
		$(BIN)/python -m mnist_viz $(ARGS); \
	fi

test: lint
	$(BIN)/python -m pytest -n auto --maxprocesses=4 --dist worksteal

stress: setup
	$(BIN)/python -m pytest tests/stress -s -o faulthandler_timeout=0 $(ARGS)
	$(if $(ARGS),,$(BIN)/python -m pytest -n auto --maxprocesses=4 -m hypothesis --hypothesis-profile=stress)

lint: setup
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

ifneq ($(shell cat $(STAMP) 2>/dev/null),$(shell $(WHERE)))
.PHONY: $(STAMP)
endif

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt | python system
	@[ ! -e $(STAMP) ] || [ "$$(cat $(STAMP))" = "$$($(WHERE))" ] || rm -rf $(VENV)
	@echo "Installing into $(VENV) (about 1.3 GB, a minute or two) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@$(WHERE) > $(STAMP)
	@echo "Installed."

python:
	@[ -x $(BIN)/python ] || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		found=$$($(PYTHON) --version 2>/dev/null) || found="not found"; \
		echo "mnist-viz needs Python 3.11 or later, and $(PYTHON) is $$found." \
			"Name another: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }

# Asks the linker's cache, which takes milliseconds, so every run may ask. Outside Linux, Qt's packages bring everything.
# Some font must be there for the signs that the program's own fonts lack.
system:
	@PATH="$$PATH:/sbin:/usr/sbin"; need=; \
	[ "$$(uname -s)" = Linux ] && cache=$$(ldconfig -p 2>/dev/null) || exit 0; \
	for pair in $(LIBRARIES); do \
		case "$$cache" in *"$${pair%:*} "*) ;; *) need="$$need $${pair#*:}" ;; esac; \
	done; \
	[ -n "$$(find /usr/share/fonts -name '*.[ot]tf' -print -quit 2>/dev/null)" ] || need="$$need fonts-dejavu-core"; \
	[ -x $(BIN)/python ] || $(PYTHON) -c 'import ensurepip' 2>/dev/null || need="$$need $(notdir $(PYTHON))-venv"; \
	[ -n "$$need" ] || exit 0; \
	if ! command -v apt-get >/dev/null; then \
		echo "Missing on this system; install what its package manager calls these:$$need" >&2; exit 1; \
	elif [ "$$(id -u)" != 0 ]; then \
		echo "Missing on this system; install it with this command, then try again:" >&2; \
		echo "    sudo apt-get install -y$$need" >&2; exit 1; \
	fi; \
	echo "Installing on the system:$$need ..."; \
	export DEBIAN_FRONTEND=noninteractive; \
	said=$$(apt-get update -qq 2>&1 && apt-get install -y -qq --no-install-recommends $$need 2>&1) || { \
		echo "$$said" >&2; echo "The packages could not be installed: the lines above say why." >&2; exit 1; }

# What make has made: the environment, pictures, built packages and the caches of the checks.
clean:
	rm -rf $(VENV) $(PICTURES) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
