# Everything a developer or CI runs. `make ci` is the gate.
GO ?= go
STATICCHECK_VERSION := v0.8.2
STATICCHECK := bin/staticcheck-$(STATICCHECK_VERSION)
DEADCODE_VERSION := v0.30.0
DEADCODE := bin/deadcode-$(DEADCODE_VERSION)
# A count, not a time: a time that runs out while an input is tried fails the target ("context deadline exceeded").
FUZZTIME ?= 20000x
# An input that finds something is made smaller a few times only: by default that takes a minute each, and so nearly all of the time.
FUZZ = -fuzztime $(FUZZTIME) -fuzzminimizetime 10x

.PHONY: build run test race lint fuzz same help bench scenarios rack speed golden captures ci clean

build: ## build the program
	$(GO) build -trimpath -o bin/dsnsim ./cmd/dsnsim

run: build ## the main job: five placements side by side
	bin/dsnsim compare scenarios/quickstart.yaml

test: ## all tests, and which were skipped; then, with the race detector, the short ones of the packages that start goroutines
	$(GO) test -json ./... | $(GO) run ./internal/testsummary
	$(GO) test -race -short ./asic/table ./asic/policy
	$(GO) test -race -short -run 'Interrupt|Suite|Progress|Scripts/(determinism|suite|output)' ./cmd/dsnsim
	$(GO) test -race -short -run 'Identical|StepByStep|Differ|Depend|Cancel|Interrupt' ./scenarios/run ./scenarios/experiments

race: ## all tests with the race detector: up to half an hour on 2 cores
	$(GO) test -race -timeout 60m ./...

lint: $(STATICCHECK) $(DEADCODE) ## formatting, vet, staticcheck, functions that no program reaches
	@test -z "$$(gofmt -l .)" || { echo "gofmt needed:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(STATICCHECK) ./...
	scripts/dead.sh $(DEADCODE)

$(STATICCHECK):
	GOBIN=$(CURDIR)/bin $(GO) install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK_VERSION)
	mv bin/staticcheck $@

$(DEADCODE):
	GOBIN=$(CURDIR)/bin $(GO) install golang.org/x/tools/cmd/deadcode@$(DEADCODE_VERSION)
	mv bin/deadcode $@

fuzz: ## every parser of outside bytes and every model that packets drive, FUZZTIME inputs each
	@targets=$$(grep -ro --include='*_test.go' 'func Fuzz[A-Za-z0-9]*' . | sort); test -n "$$targets" || { echo "no fuzz target found"; exit 1; }; \
	echo "$$targets" | sed 's|/[^/]*:func | |' | while read -r package target; do \
		$(GO) test $$package -run '^$$' -fuzz "^$$target\$$" $(FUZZ) </dev/null || exit 1; done

same: build ## which shipped scenarios give other bytes than REV (make same OLD=REV): for changes that should change no figure
	scripts/same.sh $(OLD)

help: ## what there is to make
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

bench: ## speed, in Go's benchmark format; pkt/cpu-s is simulated packets per CPU second
	$(GO) test ./sim ./scenarios/run -run '^$$' -bench . -benchtime 3s

speed: ## run the benchmarks once and write the README's block of speeds from them
	scripts/speed.sh

scenarios: build ## check and run every shipped scenario
	bin/dsnsim validate scenarios/*.yaml
	bin/dsnsim run --quiet scenarios

rack: build ## the largest rack, through all placements: half a minute on 2 cores, below 1 GB
	bin/dsnsim run scenarios/_large/rack-40.yaml --jobs 2

golden: ## rewrite the golden files; read the diff before you commit it
	$(GO) test ./reports ./scenarios ./scenarios/arithmetic ./scenarios/experiments ./cmd/dsnsim -update

captures: ## rewrite the captures that the project ships
	$(GO) run ./scenarios/captures/gen

ci: lint test fuzz scenarios ## what gates a landing

clean:
	rm -rf bin
