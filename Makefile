# `make help` lists what there is to make. Stages of the install leave a stamp in .venv named after
# the content they installed, so that an unchanged lock installs nothing and a changed one does.

PYTHON ?= python3.11
TORCH_INDEX ?=
ARGS ?=
WORKERS ?= 2
BENCHES ?= kernel vqc layer training floors shift adjoint qaoa angles qaoa_memory large mitigation ledger search

PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input
checksum = $(firstword $(shell cat $(1) | cksum))

TORCH := .venv/.torch-$(call checksum,locks/torch.txt)
RUN := .venv/.run-$(call checksum,locks/run.txt)
TEST := .venv/.test-$(call checksum,locks/test.txt)
PEERS := .venv-peers/.peers-$(call checksum,locks/peers.txt)
# the folder is part of it: an editable install knows its project by path
PROJECT := .venv/.project-$(firstword $(shell { cat pyproject.toml; pwd; } | cksum))

.DEFAULT_GOAL := help
.PHONY: help demo install test test-slow check format bench bench-peers clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  PYTHON=...       the interpreter .venv is made with (default: python3.11)"
	@echo "  TORCH_INDEX=URL  a further index for torch, for a CPU or CUDA build; at the first install"
	@echo "  WORKERS=2        processes that share the tests of make test"
	@echo "  ARGS=...         more arguments for pytest or the benchmark: make test ARGS=tests/qml_core"

demo: install ## install what is missing, then train on real data and compare with classical models
	@.venv/bin/qml train breast_cancer --params docs/demo.json --local

install: $(RUN) $(PROJECT) ## make .venv and install the locked versions

test: $(TEST) $(PROJECT) ## the test suite, with real services on loopback
	@.ci/chromium
	@$(PY) -m pytest -n $(WORKERS) --dist loadfile --durations=20 $(ARGS)

test-slow: $(TEST) $(PROJECT) ## the long tests only
	@.ci/chromium
	@$(PY) -m pytest --durations=20 -m slow $(ARGS)

check: $(TEST) $(PROJECT) ## ruff, mypy and the consistency of what is installed
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@.ci/pip-check $(PY)

format: $(TEST) ## rewrite the code as `make check` wants it
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

bench: install ## speed against peers, as ratios, with the bar of each
	@for name in $(BENCHES); do $(PY) -m bench.$$name $(ARGS) || exit; done

bench-peers: $(PEERS) ## install the peers that are no dependencies, in .venv-peers

clean: ## remove the environments, caches and logs; artifacts of runs stay
	rm -rf .venv .venv-peers .install build dist ./*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/.made:
	@.ci/python "$(PYTHON)"
	@.ci/stage venv "make .venv" "$(PYTHON)" -m venv .venv
	@touch $@

$(TORCH): | .venv/.made
	@.ci/stage torch "install torch" $(PIP) install -r locks/torch.txt -c locks/run.txt \
		$(if $(TORCH_INDEX),--extra-index-url "$(TORCH_INDEX)")
	@rm -f .venv/.torch-* && touch $@

$(RUN): | $(TORCH)
	@.ci/stage run "install locks/run.txt" $(PIP) install --no-deps -r locks/run.txt
	@rm -f .venv/.run-* && touch $@

$(TEST): | $(RUN)
	@.ci/stage test "install locks/test.txt" $(PIP) install --no-deps -r locks/test.txt
	@rm -f .venv/.test-* && touch $@

$(PROJECT): | $(RUN)
	@.ci/stage project "install qml-flows" \
		$(PIP) install --no-deps --no-build-isolation --editable .
	@rm -f .venv/.project-* && touch $@

.venv-peers/.made:
	@.ci/python "$(PYTHON)"
	@.ci/stage venv-peers "make .venv-peers" "$(PYTHON)" -m venv .venv-peers
	@touch $@

$(PEERS): | .venv-peers/.made
	@.ci/stage peers "install locks/peers.txt" .venv-peers/bin/python -m pip \
		--disable-pip-version-check --no-input install --no-deps -r locks/peers.txt
	@rm -f .venv-peers/.peers-* && touch $@
