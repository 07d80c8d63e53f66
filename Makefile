# One command for each thing a newcomer wants. Everything is set up on the way; nothing is asked.
.DEFAULT_GOAL := help
.PHONY: help setup setup-test run test check bench clean clean-data

BIN := .venv/bin

help:
	@echo "make run    set up what is missing, then run the line with a synthetic caller (Ctrl-C stops it)"
	@echo "make test   set up what is missing, then run every test"
	@echo "make check  lint, format, types, import contracts, pages"
	@echo "make bench  the benchmarks"
	@echo "make clean  remove what set-up made (the .venv, Asterisk); calls and tickets stay"
	@echo "make clean-data  remove var/home: calls, tickets, accounts, recordings, passwords"

setup:
	@sh deploy/setup.sh

setup-test:
	@sh deploy/setup.sh test

run: setup
	@exec $(BIN)/hotline up --demo

test: setup-test
	@$(BIN)/pytest -n 3 --dist loadfile $(PYTEST_ARGS)

check: setup-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if [ -f agent_console/web/package.json ]; then \
	  cd agent_console/web && PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent check && npm run --silent test; fi

bench: setup-test
	@$(BIN)/python -m bench $(BENCH_ARGS)

clean:
	rm -rf .venv build agent_console/web/node_modules agent_console/web/dist
	@[ ! -d var ] || find var -mindepth 1 -maxdepth 1 ! -name home -exec rm -rf {} +

clean-data:
	@if [ -e var/home/up.lock ] && ! flock -n var/home/up.lock true; then \
	  echo "the line of var/home is running; stop it first" >&2; exit 1; fi
	rm -rf var/home
