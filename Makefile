# What a person types, and what CI runs. Every verb does the set-up that it needs.
.PHONY: demo test lint synth lock clean
.DEFAULT_GOAL := help

export PATH := $(CURDIR)/.venv/bin:$(PATH):/usr/sbin:/sbin
PYTHON := .venv/bin/python

help:
	@echo "make demo    watch an edit in Route 53 become a DNS answer, all on this machine"
	@echo "make test    lint, types and every test"
	@echo "make lint    ruff and mypy"
	@echo "make synth   the CloudFormation template into cdk.out/, and the Lambda asset checked"
	@echo "make lock    compile the dependency ranges into requirements/ and package-lock.json"
	@echo "make clean   delete what was built (not .venv and node_modules)"

demo:
	@scripts/setup
	@$(PYTHON) -m local demo

test:
	@scripts/setup test
	@$(MAKE) --no-print-directory lint
	@scripts/test

lint:
	@scripts/setup
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

synth:
	@scripts/setup
	scripts/cdk synth --quiet
	$(PYTHON) -m stacks.asset_check

lock:
	@scripts/setup
	scripts/lock

clean:
	rm -rf build cdk.out .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -not -path './node_modules/*' -prune -exec rm -rf {} +
