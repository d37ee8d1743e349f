# What developers run. `make test` is what CI runs.

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOSEC = github.com/securego/gosec/v2/cmd/gosec@v2.30.0
GOVULNCHECK = golang.org/x/vuln/cmd/govulncheck@v1.9.0

# What gosec does not look at, beside _test.go files: packages that only tests
# import. Every other exception stands at its line, as in #nosec G304 -- why.
FOR_TESTS = -exclude-dir=internal/store/storetest -exclude-dir=internal/certified -exclude-dir=internal/freeport -exclude-dir=internal/fulldisk

.PHONY: demo test setup lint unit fuzz fuzz-briefly caddy bench bench-test vuln clean

## demo: the gateway with sample portals, people and mail on this machine
demo:
	go run ./cmd/caddy frontdesk demo

## test: sets up what the tests need and runs all of them
test: setup lint unit fuzz-briefly caddy bench-test

## setup: a browser and node, where they are missing
setup:
	scripts/setup-tests.sh

## lint: formatting, vet, staticcheck, gosec, a tidy go.mod
lint:
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "gofmt would change:"; echo "$$unformatted"; exit 1; }
	go mod tidy -diff
	go vet ./...
	go run $(STATICCHECK) -checks all ./...
	go run $(GOSEC) -quiet $(FOR_TESTS) -exclude-dir=bench ./...
	cd bench && go mod tidy -diff && go vet ./... && go run $(STATICCHECK) -checks all ./... && go run $(GOSEC) -quiet ./...

## unit: all tests, under the race detector
unit:
	go test -race -timeout 40m ./...

## bench: what it costs, by docs/performance.md; PART names a part, OUT the page to
## put the results into
bench:
	cd bench && go run . -part "$(PART)" $(if $(OUT),-out "$(abspath $(OUT))")

## bench-test: that it can be measured, with the Caddy of xcaddy.toml; how long
## anything takes is not looked at
bench-test: caddy
	cd bench && BENCH_CADDY="$(CURDIR)/bin/caddy" go test -timeout 10m ./...

## vuln: known holes in what is built in. It is no part of test, because it
## needs the database at vuln.go.dev
vuln:
	go run $(GOVULNCHECK) ./...

## fuzz: every fuzz target for FUZZTIME, 10s where it says nothing
fuzz:
	scripts/fuzz.sh

## fuzz-briefly: as many inputs each as every change should stand
fuzz-briefly:
	FUZZTIME=2000x scripts/fuzz.sh

## caddy: builds the Caddy of xcaddy.toml, and has it list our modules
caddy:
	go run ./cmd/build-caddy

clean:
	rm -rf bin
