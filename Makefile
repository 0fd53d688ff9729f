# Everything a developer or CI runs. `make ci` is the gate.
GO ?= go
STATICCHECK_VERSION := v0.8.2
STATICCHECK := bin/staticcheck-$(STATICCHECK_VERSION)
FUZZTIME ?= 5s

.PHONY: build run test race lint fuzz bench scenarios rack golden captures ci clean

build: ## build the program
	$(GO) build -trimpath -o bin/dsnsim ./cmd/dsnsim

run: build ## the main job: five placements side by side
	bin/dsnsim compare scenarios/quickstart.yaml

test: ## all tests; then, with the race detector, the short ones of the packages that start goroutines
	$(GO) test ./...
	$(GO) test -race -short ./asic/table ./asic/policy
	$(GO) test -race -short -run 'Interrupt|Suite|Progress|Scripts/(determinism|suite|output)' ./cmd/dsnsim
	$(GO) test -race -short -run 'Identical|StepByStep|Differ|Depend|Cancel|Interrupt' ./scenarios/run

race: ## all tests with the race detector: up to half an hour on 2 cores
	$(GO) test -race -timeout 60m ./...

lint: $(STATICCHECK) ## formatting, vet, staticcheck
	@test -z "$$(gofmt -l .)" || { echo "gofmt needed:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(STATICCHECK) ./...

$(STATICCHECK):
	GOBIN=$(CURDIR)/bin $(GO) install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK_VERSION)
	mv bin/staticcheck $@

fuzz: ## every parser of outside bytes, a few seconds each
	$(GO) test ./sim/capture -run '^$$' -fuzz FuzzRead -fuzztime $(FUZZTIME)
	$(GO) test ./sim/capture -run '^$$' -fuzz FuzzLinkLayers -fuzztime $(FUZZTIME)
	$(GO) test ./sim/offload -run '^$$' -fuzz FuzzSplit -fuzzminimizetime 10x -fuzztime $(FUZZTIME)
	$(GO) test ./sim/unpack -run '^$$' -fuzz FuzzUnpack -fuzztime $(FUZZTIME)
	$(GO) test ./sim/header -run '^$$' -fuzz FuzzParse -fuzztime $(FUZZTIME)
	$(GO) test ./sim/strict -run '^$$' -fuzz FuzzDecode -fuzztime $(FUZZTIME)
	$(GO) test ./asic/parse -run '^$$' -fuzz FuzzShapeOf -fuzztime $(FUZZTIME)
	$(GO) test ./scenarios -run '^$$' -fuzz 'FuzzLoad$$' -fuzztime $(FUZZTIME)
	$(GO) test ./scenarios -run '^$$' -fuzz FuzzLoadAll -fuzztime $(FUZZTIME)
	$(GO) test ./scenarios -run '^$$' -fuzz FuzzExpectation -fuzztime $(FUZZTIME)
	$(GO) test ./reports/diff -run '^$$' -fuzz FuzzRead -fuzztime $(FUZZTIME)
	$(GO) test ./sim/traffic -run '^$$' -fuzz FuzzReadFlowSizes -fuzztime $(FUZZTIME)
	$(GO) test ./asic/table/ruleset -run '^$$' -fuzz FuzzReadRules -fuzztime $(FUZZTIME)
	$(GO) test ./asic/table/ruleset -run '^$$' -fuzz FuzzReadPrefixes -fuzztime $(FUZZTIME)
	$(GO) test ./sim/units -run '^$$' -fuzz FuzzParse -fuzztime $(FUZZTIME)
	$(GO) test ./asic/tunnel -run '^$$' -fuzz FuzzOpen -fuzztime $(FUZZTIME)
	$(GO) test ./asic/tunnel -run '^$$' -fuzz FuzzDecapsulate -fuzztime $(FUZZTIME)
	$(GO) test ./asic/tunnel -run '^$$' -fuzz FuzzReadKeys -fuzztime $(FUZZTIME)
	$(GO) test ./asic/tunnel -run '^$$' -fuzz FuzzReceiver -fuzztime $(FUZZTIME)

bench: ## speed, in Go's benchmark format; pkt/cpu-s is simulated packets per CPU second
	$(GO) test ./sim ./scenarios/run -run '^$$' -bench . -benchtime 3s

scenarios: build ## check and run every shipped scenario
	bin/dsnsim validate scenarios/*.yaml
	bin/dsnsim run --quiet scenarios

rack: build ## the largest rack, through all placements: half a minute on 2 cores, below 1 GB
	bin/dsnsim run scenarios/_large/rack-40.yaml --jobs 2

golden: ## rewrite the golden files; read the diff before you commit it
	$(GO) test ./reports ./scenarios ./cmd/dsnsim -update

captures: ## rewrite the captures that the project ships
	$(GO) run ./scenarios/captures/gen

ci: lint test fuzz scenarios ## what gates a landing

clean:
	rm -rf bin
