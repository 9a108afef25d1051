# `make help` lists the targets. Everything here is plain cargo after `make setup`.

CARGO ?= cargo
PYTHON ?= python3

# Passed on: to the program by `make run`, to cargo by `make test` and `make bench`, to its script by
# `make bench-pytorch`.
ARGS ?=

# CUDA=1 takes the GPU build of libtorch, CUDA=0 the CPU build; without it, an NVIDIA driver decides.
CUDA ?=
export CUDA

# torch-sys compiles C++ with $CXX, else `c++`: name another compiler if that is all there is.
ifeq ($(origin CXX),default)
CXX := $(shell for c in c++ g++ clang++; do command -v $$c >/dev/null 2>&1 && echo $$c && break; done)
ifneq ($(CXX),c++)
ifneq ($(CXX),)
export CXX
endif
endif
endif

# Then there is no libtorch to fetch. torch-sys takes the second as set whatever its value.
BRINGS_LIBTORCH = [ -n "$$LIBTORCH" ] || [ -n "$${LIBTORCH_USE_PYTORCH+x}" ]

.DEFAULT_GOAL := help
.PHONY: help tools tools-rust setup build run test test-long test-small test-pytorch exports-venv pytorch-venv lint fmt docs pictures bench bench-pytorch ci clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | while IFS='	' read -r target text; do \
		printf '  make %-14s %s\n' "$$target" "$$text"; \
	done
	@echo
	@echo '  ARGS="..." goes to the program (run), to cargo (test, bench) or to the script (bench-pytorch).'
	@echo '  CUDA=1 takes the GPU build of libtorch, CUDA=0 the CPU build.'
	@echo '  LIBTORCH=folder or LIBTORCH_USE_PYTORCH=1 in the environment: use that libtorch, fetch none.'

# What a fresh machine needs beside this checkout: the first for every target, the rest for libtorch.
NEED = missing=0; \
	lack() { echo "Missing: $$1" >&2; missing=1; }; \
	need() { command -v "$$1" >/dev/null 2>&1 || lack "$$2"; }

tools-rust:
	@$(NEED); \
	need '$(CARGO)' 'Rust with cargo; see https://rustup.rs'; \
	need cc 'a C compiler, which Rust links with (Debian, Ubuntu: apt install gcc)'; \
	exit $$missing

tools:
	@$(NEED); \
	need '$(CARGO)' 'Rust with cargo; see https://rustup.rs'; \
	need cc 'a C compiler, which Rust links with (Debian, Ubuntu: apt install gcc)'; \
	need '$(or $(firstword $(CXX)),c++)' 'a C++ compiler, g++ or clang++ (Debian, Ubuntu: apt install g++)'; \
	if ! { $(BRINGS_LIBTORCH); }; then \
		need '$(PYTHON)' 'Python 3 (Debian, Ubuntu: apt install python3 python3-pip)'; \
		if command -v '$(PYTHON)' >/dev/null 2>&1; then \
			$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 8))' || lack 'Python 3.8 or later'; \
			$(PYTHON) -m pip --version >/dev/null 2>&1 || \
				lack 'pip of $(PYTHON) (Debian, Ubuntu: apt install python3-pip)'; \
		fi; \
	fi; \
	exit $$missing

setup: tools ## get libtorch into the per-user cache and link it here as .libtorch
	@$(BRINGS_LIBTORCH) || $(PYTHON) scripts/get-libtorch

build: setup ## release build: target/release/isthmus
	$(CARGO) build --release

run: setup ## build and start Isthmus
	$(CARGO) run --release -- $(ARGS)

# What exported models are tried in: ONNX Runtime in every run of the tests, PyTorch where it is asked for.
EXPORTS_VENV = target/exports-venv
PYTORCH_VENV = target/pytorch-venv

NEED_PYTHON = $(NEED); need '$(PYTHON)' 'Python 3 (Debian, Ubuntu: apt install python3 python3-pip python3-venv)'; \
	exit $$missing

exports-venv:
	@$(NEED_PYTHON)
	@[ -x $(EXPORTS_VENV)/bin/pip ] || $(PYTHON) -m venv $(EXPORTS_VENV)
	@$(EXPORTS_VENV)/bin/pip install --quiet --requirement tests/exports/requirements.txt

pytorch-venv:
	@$(NEED_PYTHON)
	@[ -x $(PYTORCH_VENV)/bin/pip ] || $(PYTHON) -m venv $(PYTORCH_VENV)
	$(PYTORCH_VENV)/bin/pip install --quiet --requirement benches/pytorch/requirements.txt

test: setup exports-venv ## all tests with libtorch, documentation tests included
	ISTHMUS_ONNX_PYTHON='$(abspath $(EXPORTS_VENV)/bin/python)' $(CARGO) test $(ARGS)

test-long: setup ## searches that are killed twenty times in a row, with longer searches than in `test`
	ISTHMUS_LONG_TESTS=1 $(CARGO) test --test program resume $(ARGS)

test-small: tools-rust ## the tests of the build without libtorch
	$(CARGO) test --no-default-features $(ARGS)

test-pytorch: setup pytorch-venv ## exported modules and traces in PyTorch, which is fetched for it
	ISTHMUS_TORCH_PYTHON='$(abspath $(PYTORCH_VENV)/bin/python)' \
		$(CARGO) test --test exports -- --ignored

lint: setup ## formatting and clippy, warnings are errors, with and without libtorch
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings
	$(CARGO) clippy --all-targets --no-default-features -- -D warnings

fmt: tools-rust ## format the code
	$(CARGO) fmt

docs: setup ## the documentation, warnings are errors
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps

# The run that the README's pictures show.
PICTURES_RUN = target/pictures-run

pictures: setup ## the README's pictures, drawn from a search of the default preset
	$(CARGO) build --release
	[ -e $(PICTURES_RUN)/results.json ] || target/release/isthmus --headless --seed 1 --run-dir $(PICTURES_RUN)
	mkdir -p assets/screens
	for pane in overview distributions cell; do \
		target/release/isthmus snapshot $(PICTURES_RUN) --pane $$pane --at 2000 --size 120x36 --format svg \
			--out assets/screens/$$pane.svg || exit 1; \
	done

bench: setup ## the benchmarks
	$(CARGO) bench $(ARGS)

bench-pytorch: setup pytorch-venv ## one iteration here and in eager PyTorch, side by side
	CARGO='$(CARGO)' env -u LD_LIBRARY_PATH $(PYTORCH_VENV)/bin/python benches/pytorch/iteration.py $(ARGS)

ci: ## everything that is checked before a merge
	.ci/run

clean: ## remove what cargo built; libtorch stays in its cache
	$(CARGO) clean
