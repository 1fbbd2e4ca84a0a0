# The two commands: `make demo` runs everything on this machine, `make test` proves it.
# Settings: WORKERS=3 PORT=8000 HOST=127.0.0.1 DATA_DIR=var VENV=.venv PYTHON=python3.12 CLOCK=2026-03-09T15:30+08:00

SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV ?= .venv
DATA_DIR ?= var
HOST ?= 127.0.0.1
PORT ?= 8000
ARGS ?=
BIN := $(VENV)/bin
export DATA_DIR VENV WORKERS
unexport PYTHONDONTWRITEBYTECODE # every process would compile every module anew, and the tests start hundreds

.PHONY: help setup demo test check resilience verify bench lock contract screenshots
help: ## show what there is
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: ## prepare the virtual environment, nothing else
	@bash .ci/setup

demo: export LOCK := requirements.lock
demo: setup ## run the service on SQLite with the real content
	@exec $(BIN)/asi demo --host $(HOST) --port $(PORT) --data-dir $(DATA_DIR) $(if $(CLOCK),--clock $(CLOCK)) $(ARGS)

test: setup ## run the tests
	@bash .ci/browser
	@bash .ci/deployment
	@bash .ci/node
	@exec .ci/test $(ARGS)

check: setup ## format, lint, types, import contracts, tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@COVERAGE=95 $(MAKE) --no-print-directory test

resilience: setup ## prove the promises by themselves, each with its figure; the tests do it too
	@exec .ci/resilience short $(ARGS)

verify: setup ## prove everything in full (an hour and more), write docs/notes/promises.md; SOAK_MINUTES=10
	@bash .ci/browser
	@bash .ci/deployment
	@bash .ci/node
	@RECORD=1 exec .ci/resilience long $(ARGS)

bench: setup ## measure side by side with others, write bench/RESULTS.md
	@exec $(BIN)/python -m bench $(ARGS)

contract: setup ## regenerate openapi.json, errors.md, the examples and the TypeScript client
	@bash .ci/node required
	@$(BIN)/asi contract write
	@exec npm --prefix miniprogram_contract run -s generate

screenshots: setup ## take the pictures the READMEs show
	@bash .ci/browser
	@exec $(BIN)/python -m tests.browser.screenshots

lock: setup ## resolve the hashed locks again; ARGS=--upgrade takes newer versions
	@bash .ci/lock $(ARGS)
