# Everything here sets itself up first; it needs git, make and some Python 3.
PORT ?= 8000
DATA ?= .data
PYTHON = .venv/bin/python
LOCAL = $(PYTHON) -m local

.PHONY: help setup up manage test check bench messages

help:
	@echo "make up [PORT=8000]          run everything on this machine until Ctrl-C"
	@echo "make manage ARGS='...'       a management command on what 'make up' runs"
	@echo "make test [ARGS='-k word']   run every test, on servers of its own"
	@echo "make check                   formatter, linters, types, import contract, migrations"
	@echo "make bench [ARGS='...']      print the table of docs/performance.md"
	@echo "make messages                collect and compile the strings to translate"

setup:
	@sh local/setup.sh

# exec, so that Ctrl-C and make's own end reach the supervisor and nothing between.
up: setup
	@exec $(LOCAL) up --port '$(PORT)' --data '$(DATA)' --end-with-parent

manage: setup
	@exec $(LOCAL) manage --data '$(DATA)' -- $(ARGS)

test: setup
	@exec $(PYTHON) -m pytest $(ARGS)

check: setup
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	$(LOCAL) run -- mypy
	.venv/bin/lint-imports
	.venv/bin/djlint --check --lint templates
	$(LOCAL) run -- python manage.py makemigrations --check --dry-run

bench: setup
	@exec $(PYTHON) -m benchmarks $(ARGS)

messages: setup
	$(LOCAL) run -- python manage.py makemessages --all --no-location \
		--ignore=tests --ignore=benchmarks --ignore=local
	$(LOCAL) run -- python manage.py compilemessages
