# What developers run. `make test` is what CI runs.

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: demo test setup lint unit caddy clean

## demo: the gateway with sample portals, people and mail on this machine
demo:
	go run ./cmd/caddy frontdesk demo

## test: sets up what the tests need and runs all of them
test: setup lint unit caddy

## setup: a browser and node, where they are missing
setup:
	scripts/setup-tests.sh

## lint: formatting, vet, staticcheck, a tidy go.mod
lint:
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "gofmt would change:"; echo "$$unformatted"; exit 1; }
	go mod tidy -diff
	go vet ./...
	go run $(STATICCHECK) ./...

## unit: all tests, under the race detector
unit:
	go test -race ./...

## caddy: builds the Caddy of xcaddy.toml, and has it list our modules
caddy:
	go run ./cmd/build-caddy

clean:
	rm -rf bin
