# edl: the commands of the house. `make run` starts a demonstration, `make test`
# runs every test, `make check` what needs no running program.

GO      ?= go
# one way of compiling for the program, its tests and the checks: each is compiled once
export GOFLAGS := $(shell $(GO) env GOFLAGS) -trimpath
# what the race detector does not watch: docs/decisions/0014
CODECS  := modernc.org/sqlite/lib modernc.org/libc image/... compress/...
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
WEB     := web/node_modules/.package-lock.json
PAGES   := web/dist/.built
MODELS  := internal/photo/weights/files/.got
FACES   := internal/photo/pictures/files/.got
RACE    := -race $(foreach p,$(CODECS),'-gcflags=$(p)=-race=false')
SOURCES := $(shell find cmd internal livecode mdoc sdjwt statuslist gm -name '*.go' 2>/dev/null) $(wildcard web/*.go) go.mod go.sum

.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

# --- building

$(WEB): web/package.json web/package-lock.json $(wildcard web/*/package.json)
	cd web && npm ci --no-audit --no-fund
	@touch $@

$(PAGES): $(WEB) $(shell find web/kit web/h5 web/show web/verify web/staff web/demo -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
	cd web && npm run build
	@touch $@

$(MODELS): internal/photo/models.go
	$(GO) generate ./internal/photo/weights
	@touch $@

$(FACES): internal/photo/pictures/list.go
	$(GO) run ./internal/photo/fetch pictures
	@touch $@

bin/edl: $(PAGES) $(MODELS) $(SOURCES)
	$(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o $@ ./cmd/edl

build: bin/edl ## the program, with its pages, as bin/edl

run: bin/edl ## a demonstration: an invented authority on the embedded database
	bin/edl serve --demo --demo-weeks 4 --data data/demo

run-phone: bin/edl ## the demonstration over HTTPS for a phone on the same network
	bin/edl phone --data data/phone

# --- testing

test: tools bin/edl $(FACES) ## every test: Go on both databases, web, browser
	scripts/with-postgres $(GO) test $(RACE) -timeout 20m $$($(GO) list ./... | grep -vE '/internal/photo(/heic)?$$')
	$(GO) test -timeout 20m ./internal/photo ./internal/photo/heic # arithmetic, and a child under a memory limit that the race detector breaks
	$(GO) test -race -timeout 20m -run 'Queue|Models|Decoder|Budget' ./internal/photo
	$(GO) test -tags noasm ./internal/photo/tflite # as on a processor without AVX
	cd web && npm run types && npm test
	cd web && npm run e2e -w e2e

tools: ## what the tests need of the machine (installed on Debian as root)
	scripts/test-tools

check: $(WEB) ## format, vet, staticcheck, architecture, generated files
	@test -z "$$(gofmt -l cmd internal livecode mdoc sdjwt statuslist gm web *.go 2>/dev/null)" || { gofmt -l cmd internal livecode mdoc sdjwt statuslist gm web *.go; echo "gofmt: format these files"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) test -count=1 -run 'TestArchitecture' .
	scripts/generated --check

generate: $(WEB) ## docs/openapi.json, the pages' API types, the table of permissions
	scripts/generated

screenshots: bin/edl ## the main pages and states, into docs/screenshots
	cd web && npm run screenshots -w e2e

photo-report: $(MODELS) $(FACES) ## what the photo checks find, miss and cost, into docs/photo.md
	EDL_PHOTO_REPORT=$(CURDIR)/docs/photo.md $(GO) test -count=1 -timeout 30m -run TestPhotoReport ./internal/photo

fuzz: ## every fuzz target for 30 seconds
	scripts/fuzz 30s

fuzz-short: ## every fuzz target for 5 seconds, two at a time, as CI does
	scripts/fuzz 5s 2

hsm: ## the keys in a PKCS#11 token, tried with SoftHSM (installed on Debian as root)
	@command -v softhsm2-util >/dev/null || { apt-get update -q && apt-get install -y -q softhsm2; } || echo "SoftHSM is not there: the tests skip"
	$(GO) vet -tags pkcs11 ./internal/keys/... ./internal/mobile ./cmd/edl
	$(GO) test -count=1 -tags pkcs11 -v -run 'Token' ./internal/keys ./internal/mobile

breaks: $(MODELS) $(FACES) ## one line broken per requirement, to see its test fail, into docs/breaks.md
	$(GO) run ./scripts/breaks

bench: bin/edl ## what the platform does a second, beside floors
	bin/edl bench

interop: ## independent implementations check ours and we check theirs, into docs/interop.md
	interop/run

bench-peers: ## ours, the npm peers and a floor in one run, into docs/benchmarks.md
	interop/bench

clean: ## what was built
	rm -rf bin web/dist/* web/node_modules
	git checkout -q -- web/dist/.keep

.PHONY: help build run run-phone test tools check generate screenshots photo-report fuzz fuzz-short hsm breaks bench interop bench-peers clean
