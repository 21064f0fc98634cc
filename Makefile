# shiqu / 石渠. Two commands: `make scan`, `make test`.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
WHEELHOUSE ?= wheelhouse
# Tests start the program hundreds of times: compiled once, not each time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: scan setup setup-test lint ready test check endurance wheelhouse lock clean

scan: setup
	@$(BIN)/python -m tests.holdings.catalogues examples/archive/catalogues 20261125
	@set +e; live=; \
	if [ $$(id -u) = 0 ] && command -v ip >/dev/null 2>&1 && ip netns add sqprobe 2>/dev/null; then \
	  ip netns del sqprobe; rm -rf shiqu-out/isolation-live; mkdir -p shiqu-out; \
	  examples/isolation/live.sh $(BIN)/shiqu shiqu-out/isolation-live >shiqu-out/isolation-live.log 2>&1 & live=$$!; \
	fi; \
	SHIQU_HOME=shiqu-out/example-home $(BIN)/shiqu scan -i examples/archive/inventory.yaml --format html,json,docx,pdf; code=$$?; \
	if [ -n "$$live" ]; then \
	  echo "隔离实测（两个网络命名空间，约 40 秒）… / live isolation test (two network namespaces, about 40 s) …"; \
	  wait $$live; tail -n 2 shiqu-out/isolation-live.log; \
	  echo "隔离实测报告 / live isolation report: $$(pwd)/shiqu-out/isolation-live/report.html"; \
	fi; \
	case $$code in 0|1|4) echo "报告 / report: $$(pwd)/shiqu-out/latest/report.html"; exit 0;; *) exit $$code;; esac

setup: $(VENV)/.base

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null 2>&1 || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3.11 python3.11-venv; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3.11-venv && rm -rf $(VENV) && $(PYTHON) -m venv $(VENV); }

$(VENV)/.base: $(VENV)/bin/python requirements/base.txt setup.cfg pyproject.toml
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/base.txt 2>&1 | grep -v 'is ignored: it is neither' || true
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . 2>&1 | grep -v 'is ignored: it is neither' || true
	@$(BIN)/shiqu --version >/dev/null
	@touch $@

setup-test: $(VENV)/.test $(VENV)/.apt

$(VENV)/.test: requirements/test.txt | $(VENV)/.base
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/test.txt 2>&1 | grep -v 'is ignored: it is neither' || true
	@touch $@

$(VENV)/.apt: tests/apt-packages.txt | $(VENV)/bin/python
	@missing=$$(for p in $$(cat tests/apt-packages.txt); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	if [ -n "$$missing" ]; then SUDO=$$([ $$(id -u) = 0 ] || echo sudo); \
	  guard=/usr/sbin/policy-rc.d; [ -e $$guard ] && guard= || { printf '#!/bin/sh\nexit 101\n' | $$SUDO tee $$guard >/dev/null; $$SUDO chmod 755 $$guard; }; \
	  $$SUDO apt-get update -qq && $$SUDO env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; code=$$?; \
	  [ -z "$$guard" ] || $$SUDO rm -f $$guard; [ $$code = 0 ] || exit $$code; fi
	@touch $@

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check -q .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The Debian packages come while the sources are looked at.
ready:
	@$(MAKE) --no-print-directory -j2 -O lint $(VENV)/.apt

# Several workers: tests/spread.py says who runs what.
check: ready
	$(BIN)/pytest -n 3 --dist loadfile -m "not lab and not slow"

# One run of all, so that its last line speaks of all: the files, then the isolation lab, five topologies at a time.
test: ready
	$(BIN)/pytest -n 5 --dist loadfile -m "not slow" tests tests/labs/isolation

endurance: setup-test
	$(BIN)/pytest -m "slow and not isolation"
	@# Goes on where it was broken off: what passed with these very sources stands in the file.
	$(BIN)/pytest -n 4 -m isolation --tries 1 --rounds .pytest_cache/isolation-rounds.jsonl tests/labs/isolation; lab=$$?; \
	  $(BIN)/python -m tests.labs.isolation.rounds .pytest_cache/isolation-rounds.jsonl docs/figures.md; exit $$lab

# What the hub needs lies in it as well; install.sh takes it with --hub.
wheelhouse: setup
	rm -rf $(WHEELHOUSE) && mkdir -p $(WHEELHOUSE)/x86_64 $(WHEELHOUSE)/aarch64
	$(BIN)/pip wheel -q --require-hashes --no-deps -r requirements/hub.txt -w $(WHEELHOUSE)/x86_64
	@# python-nmap is published as source only: its wheel, built above, is pure Python and serves both machines.
	awk '/^[a-z]/ {keep = $$0 !~ /^python-nmap/} keep' requirements/hub.txt > $(WHEELHOUSE)/aarch64.txt
	$(BIN)/pip download -q --require-hashes --no-deps --only-binary=:all: --platform manylinux_2_28_aarch64 --platform manylinux2014_aarch64 --platform manylinux_2_17_aarch64 --python-version 3.11 --implementation cp --abi cp311 --abi abi3 --abi none -r $(WHEELHOUSE)/aarch64.txt -d $(WHEELHOUSE)/aarch64
	cp $(WHEELHOUSE)/x86_64/python_nmap-*.whl $(WHEELHOUSE)/aarch64/ && rm $(WHEELHOUSE)/aarch64.txt
	$(BIN)/pip wheel -q --no-deps --no-build-isolation -w $(WHEELHOUSE) .
	cp packaging/install.sh $(WHEELHOUSE)/
	cd $(WHEELHOUSE) && sha256sum *.whl */*.whl > SHA256SUMS
	@du -sh $(WHEELHOUSE)

# Pins what is there and adds what is new; needs uv (pip install uv). `make lock UPGRADE=--upgrade` moves every pin.
lock:
	for name in base hub test; do \
	  uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header $(UPGRADE) requirements/$$name.in -o requirements/$$name.txt || exit 1; done

clean:
	rm -rf build *.egg-info shiqu-out
