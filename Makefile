# One command for each thing a newcomer wants. Everything is set up on the way; nothing is asked.
.DEFAULT_GOAL := help
.PHONY: help setup setup-test run test check bench clean

BIN := .venv/bin

help:
	@echo "make run    set up what is missing, then run the line with a synthetic caller (Ctrl-C stops it)"
	@echo "make test   set up what is missing, then run every test"
	@echo "make check  lint, format, types, import contracts, pages"
	@echo "make bench  the benchmarks"
	@echo "make clean  remove what set-up made (the .venv, Asterisk, the demo data)"

setup:
	@sh deploy/setup.sh

setup-test:
	@sh deploy/setup.sh test

run: setup
	@exec $(BIN)/hotline up --demo

test: setup-test
	@$(BIN)/pytest $(PYTEST_ARGS)

check: setup-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if [ -f agent_console/web/package.json ]; then \
	  cd agent_console/web && PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent check; fi

bench: setup-test
	@$(BIN)/python -m bench $(BENCH_ARGS)

clean:
	rm -rf var .venv build agent_console/web/node_modules agent_console/web/dist
