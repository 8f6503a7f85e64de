# `make` lists the targets. What is missing on the machine is installed and said.

CARGO_COMPONENT_VERSION := 0.21.1
CARGO_FUZZ_VERSION := 0.13.2
MDBOOK_VERSION := 0.4.52
TOOLS := $(CURDIR)/target/tools
# All actors and monitors of the example apps, as folders of example-actors: a package is called as its folder.
EXAMPLES := $(patsubst example-actors/%/Cargo.toml,%,$(filter-out %/messages/Cargo.toml,$(wildcard example-actors/*/*/Cargo.toml)))
PACKAGES := $(foreach example,$(EXAMPLES),-p $(subst /,-,$(example)))
export PATH := $(TOOLS)/bin:$(PATH)

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-12s %s\n", $$1, $$2 }'

.PHONY: run
run: build ## Build everything that is needed, and run hello-world
	target/release/coyote-host run example-actors/hello-world/app.toml --until-quiescent

.PHONY: build
build: examples ## Build the command and the example actors
	@echo '# building the command: about 10 minutes the first time (wasmtime), on 2 cores'
	cargo build --locked --release -p coyote-host

.PHONY: targets
targets:
	@for target in wasm32-unknown-unknown wasm32-wasip1 wasm32-wasip2; do \
		rustup target list --installed | grep -qx $$target \
			|| { echo "# installing the Rust target $$target: seconds"; rustup target add $$target; } \
	done

.PHONY: examples
examples: targets ## Build the example actors with plain cargo
	cd example-actors && cargo build --locked --release --target wasm32-unknown-unknown $(PACKAGES)

.PHONY: guests
guests: targets
	cd example-actors && cargo build --locked --release --target wasm32-unknown-unknown -p hostile -p machine -p operator -p scripted -p tasks -p waiter -p watcher
	cd example-actors && cargo build --locked --release --target wasm32-unknown-unknown -p conformance --examples
	cd example-actors && cargo build --locked --release --target wasm32-wasip2 -p hostile -p machine -p scripted -p waiter

$(TOOLS)/bin/cargo-component:
	@echo '# installing cargo-component $(CARGO_COMPONENT_VERSION) under target/tools: about 4 minutes'
	CARGO_PROFILE_RELEASE_OPT_LEVEL=0 cargo install --locked --root $(TOOLS) \
		cargo-component@$(CARGO_COMPONENT_VERSION)

.PHONY: components
components: targets $(TOOLS)/bin/cargo-component ## Build the example actors with cargo-component
	@for example in $(EXAMPLES); do \
		(cd example-actors/$$example && cargo component build --release) || exit 1; \
	done

.PHONY: actors
actors: components guests

.PHONY: test
test: actors ## Run all tests, on components built by cargo-component and on core modules
	@echo '# running all tests: about 10 minutes the first time (wasmtime), on 2 cores'
	cargo test --locked --workspace --exclude coyote-benches --exclude coyote-peers --doc
	cargo test --locked --workspace --exclude coyote-benches --exclude coyote-peers --exclude coyote-kernel --lib --bins --tests
	cargo test --locked -p coyote-kernel --lib --tests

$(TOOLS)/bin/cargo-fuzz:
	@echo '# installing cargo-fuzz $(CARGO_FUZZ_VERSION) under target/tools: about 2 minutes'
	cargo install --locked --root $(TOOLS) cargo-fuzz@$(CARGO_FUZZ_VERSION)

FUZZ_SECONDS := 60

.PHONY: fuzz
fuzz: $(TOOLS)/bin/cargo-fuzz ## Feed garbage to the readers of traces, snapshots and manifests, a minute each
	@rustup toolchain list | grep -q ^nightly \
		|| { echo '# installing a nightly compiler: a minute'; rustup toolchain install nightly --profile minimal; }
	@for target in trace token snapshot manifest; do \
		mkdir -p fuzz/corpus/$$target fuzz/seeds/$$target; \
		cargo +nightly fuzz run $$target fuzz/corpus/$$target fuzz/seeds/$$target -- \
			-max_total_time=$(FUZZ_SECONDS) -timeout=10 || exit 1; \
	done

.PHONY: bench
bench: build ## Compare with other actor systems, in one run
	cd example-actors && cargo build --locked --release --target wasm32-unknown-unknown -p callers -p crowd -p register -p resumptions -p ring-states \
		-p transaction
	cargo build --locked --release -p coyote-peers
	cargo run --locked --release -p coyote-benches

$(TOOLS)/bin/mdbook:
	@echo '# installing mdbook $(MDBOOK_VERSION) under target/tools: about 3 minutes'
	CARGO_PROFILE_RELEASE_OPT_LEVEL=0 cargo install --locked --root $(TOOLS) --no-default-features --features search \
		mdbook@$(MDBOOK_VERSION)

.PHONY: book
book: $(TOOLS)/bin/mdbook ## Make the book of docs/book, in target/book
	mdbook build docs/book

.PHONY: bugs
bugs: build ## Explore each example with each strategy and 20 seeds, for docs/bug-finding.md: an hour
	cargo run --locked --release -p coyote-bugs -- bugs

.PHONY: oopsla
oopsla: build ## Explore the programs of a published comparison 100 times each, for docs/bug-finding.md: minutes
	cargo run --locked --release -p coyote-bugs -- oopsla

.PHONY: survive
survive: build ## Explore the examples without their bugs 100,000 times each, for docs/bug-finding.md: half an hour
	cargo run --locked --release -p coyote-bugs -- survive

.PHONY: verify
verify: build ## Go through the states of the examples without their bugs, for docs/proofs.md: half an hour
	cargo run --locked --release -p coyote-bugs -- verify

.PHONY: lint
lint: targets ## Check format, lints, documentation, and that the kernel is pure
	cargo fmt --all --check
	cargo clippy --locked --workspace --exclude coyote-benches --exclude coyote-peers --all-targets -- -D warnings
	cargo build --locked -p coyote-kernel --target wasm32-unknown-unknown
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --document-private-items \
		-p coyote-kernel -p coyote-host -p coyote-guest -p coyote-guest-test

.PHONY: bindings
bindings: ## Generate the SDK's bindings from wit/ anew
	UPDATE_EXPECT=1 cargo test --locked -p coyote-guest --test it bindings

.PHONY: ci
ci: ## All that CI runs
	$(MAKE) lint
	$(MAKE) test

.PHONY: same
same: build ## Explore an example with the debug and the release host, 1 and 2 workers: the traces are equal to the byte
	cargo build --locked -p coyote-host
	@rm -rf target/same
	@for host in debug release; do for workers in 1 2; do \
		target/$$host/coyote-host explore example-actors/two-phase-commit --seed 7 --workers $$workers \
			--minimise-time 100s --traces target/same/$$host-$$workers >/dev/null; [ $$? = 2 ] || exit 1; \
	done; done
	@for other in debug-2 release-1 release-2; do diff -r target/same/debug-1 target/same/$$other || exit 1; done
	@echo '# four times the same bytes'
