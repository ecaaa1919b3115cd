# Leeway. `make help` lists the targets; `make check` is what CI runs.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

# Set in some environments; without .pyc files every start compiles boto3 and moto again (10 s instead of 2).
unexport PYTHONDONTWRITEBYTECODE
# An activated environment must not catch what belongs into the project's own.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME
export SAM_CLI_TELEMETRY := 0

PYTHON_VERSION := $(shell cat .python-version)
IMAGE_PYTHON := 3.10
UV := .tools/bin/uv
INSTALL = $(UV) pip install --quiet --require-hashes --compile-bytecode
LOCKS := uv run dev sdk sam pandas image wheels layer duckdb node scan monitors
ARGS ?=
# The training image: its environment, and what it lacks.
IMAGE := .venv-image/.ready .wheels/.ready
# How long a part of `make prove` took, by the clock and by the processor.
TIMED := TIMEFORMAT='  %lR; processor: %lU and %lS for the system'; time

.PHONY: help setup demo test contract stories permissions scan check short long lint types format lock build validate skeletons skeletons-check test-built test-sam coverage-doc verify-aws bench prove nightly clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

demo: .venv/.run $(IMAGE) ## the whole loop on this machine: drop, train, approve, serve (ARGS="--json FILE")
	@.venv/bin/leeway demo $(ARGS)

test: .venv/.dev $(IMAGE) ## the tests of Leeway, but the long stories (ARGS="-k name")
	@.venv/bin/pytest -n 2 --dist loadfile -m "not e2e and not sam and not built and not permissions and not scan and not contract and not story and not proof" $(ARGS)

contract: .venv/.dev $(IMAGE) ## the tests of the embedded AWS, but its long stories (ARGS="-k name")
	@.venv/bin/pytest -n 2 --dist loadfile -m "contract and not story" localaws/tests $(ARGS)

# Three at a time, since each waits for a good part of its time; worksteal, since it leaves tests of one module together,
# which may share a dear fixture.
stories: .venv/.dev $(IMAGE) .venv-sdk/.ready .venv-pandas/.ready ## the long stories: trainings, and programs as users run them (ARGS="-k name")
	@.venv/bin/pytest -n 3 --dist worksteal -m "story and not proof" $(ARGS)

check: short test contract long scan ## what CI runs, word for word

# Side by side, since each keeps one core busy.
short: .venv/.dev .venv-sdk/.ready .venv-sam/.ready .venv-node/.ready
	@$(MAKE) --no-print-directory -j 2 --output-sync=target lint types permissions skeletons-check validate

# Side by side, since each waits a good part of its time: for processes of its own, or for containers.
long: .venv/.dev $(IMAGE) .venv-sdk/.ready .venv-pandas/.ready .venv-sam/.ready
	@$(MAKE) --no-print-directory -j 2 --output-sync=target stories test-sam

permissions: .venv/.dev .venv-node/.ready ## what each role asks for and may do, by two evaluators, into build/permissions.{json,md}
	@.venv/bin/pytest -q -m permissions tests/permissions $(ARGS)

scan: .venv/.dev .venv-scan/.ready .venv-node/.ready ## checkov, cfn-lint, cfn-guard, parliament, bandit, licences, packing
	@.venv/bin/pytest -q -n 2 -m scan tests/scan $(ARGS)

lint: .venv/.dev ## ruff: rules and format
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .

types: .venv/.dev ## mypy, strict
	@.venv/bin/mypy

format: .venv/.dev ## let ruff put the code in order
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

skeletons: .venv-sdk/.ready ## compile the pipeline skeletons with the SageMaker SDK
	@PYTHONPATH=training .venv-sdk/bin/python -m pipeline.skeletons

skeletons-check: .venv-sdk/.ready ## the skeletons in the repository are what the SDK compiles
	@PYTHONPATH=training .venv-sdk/bin/python -m pipeline.skeletons --check

validate: .venv-sam/.ready ## sam validate --lint
	@.venv-sam/bin/sam validate --lint

build: .venv-sam/.ready ## sam build, into .aws-sam/
	@PATH="$(CURDIR)/.venv/bin:$(CURDIR)/.tools/bin:$$PATH" .venv-sam/bin/sam build --cached

test-built: .venv/.dev $(IMAGE) build ## each file in events/ by the built functions in a bare Python, without Docker
	@.venv/bin/pytest -m built tests/sam

test-sam: .venv/.dev $(IMAGE) build ## what test-built does and, where Docker is there, sam local invoke and start-lambda
	@tools/test-sam

coverage-doc: .venv/.dev ## write the table of operations in localaws/COVERAGE.md from the contract's rules
	@.venv/bin/python localaws/tools/coverage_doc.py $(ARGS)

verify-aws: .venv/.dev ## run the contract tests that can in the AWS account of this shell (ARGS=--yes)
	@.venv/bin/python localaws/tools/verify_on_aws.py $(ARGS)

bench: .venv/.dev $(IMAGE) ## measure against the bars, into build/bench.json (ARGS=monitor)
	@.venv/bin/python -m bench $(ARGS)

prove: .venv/.dev $(IMAGE) ## what the statistics promise, simulated at length (build/simulations.json), thirty rollouts, every fault, and every mutant
	@$(TIMED) env PYTHONPATH=layers/core .venv/bin/python -m simulations $(ARGS)
	@$(TIMED) .venv/bin/pytest -n 2 --dist worksteal -m "proof and not sam"
	@$(TIMED) env PYTHONPATH=layers/core:functions .venv/bin/python -m tests.contests
	@$(TIMED) env PYTHONPATH=layers/core:functions .venv/bin/python -m tests.campaign
	@$(TIMED) env PYTHONPATH=layers/core:functions .venv/bin/python -m tests.campaign --goal R2 --sample 10
	@$(TIMED) .venv/bin/python -m tests.mutants

nightly: .venv/.dev $(IMAGE) ## all pairs of faults (half an hour; ARGS="--sample 20" for some of them)
	@PYTHONPATH=layers/core:functions .venv/bin/python -m tests.campaign --goal R2 $(ARGS)

lock: $(UV) ## solve requirements/*.in again (ARGS=--upgrade for newer versions)
	@for name in $(LOCKS); do tools/lock $$name $(ARGS); done

setup: .venv/.dev $(IMAGE) ## the environments for `make test`, without running it

clean: ## everything that was made here but the environments
	rm -rf build .aws-sam .leeway .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv*' -not -path './.tools/*' -not -path './.wheels/*' -prune -exec rm -rf {} +

# Environments: each has a stamp that is older than its lock when it is out of date.
$(UV): requirements/uv.txt
	@tools/get-uv

.venv/.run: requirements/run.txt pyproject.toml $(UV) tools/make-venv
	@echo "setting up .venv from $<" >&2
	@tools/make-venv .venv $(PYTHON_VERSION)
	@$(INSTALL) --python .venv/bin/python -r $<
	@$(UV) pip install --quiet --no-deps --no-build-isolation --no-index --python .venv/bin/python -e .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.run
	@echo "setting up .venv from $<" >&2
	@$(INSTALL) --python .venv/bin/python -r $<
	@touch $@

.venv-image/.ready: requirements/image.txt $(UV) tools/make-image-venv
	@echo "setting up .venv-image from $<" >&2
	@tools/make-image-venv .venv-image $(IMAGE_PYTHON) $(PYTHON_VERSION)
	@$(INSTALL) --python .venv-image/bin/python -r $<
	@touch $@

.wheels/.ready: requirements/wheels.txt .venv-image/.ready tools/get-wheels
	@echo "fetching what the training image lacks from $<" >&2
	@tools/get-wheels .wheels .venv-image
	@touch $@

.venv-node/.ready: requirements/node.txt tools/node/package-lock.json $(UV) tools/make-venv tools/get-node-packages
	@echo "setting up .venv-node from $< and tools/node" >&2
	@tools/make-venv .venv-node $(PYTHON_VERSION)
	@$(INSTALL) --python .venv-node/bin/python -r $<
	@tools/get-node-packages .venv-node
	@touch $@

.venv-%/.ready: requirements/%.txt $(UV) tools/make-venv
	@echo "setting up .venv-$* from $<" >&2
	@tools/make-venv .venv-$* $(PYTHON_VERSION)
	@$(INSTALL) --python .venv-$*/bin/python -r $<
	@touch $@
