# The front door. Each target first does what it needs; Meson and Ninja do the work.
#
#     make            what is missing from Debian, then an optimised program: build/tapline
#     make run        the collector, for your own name server
#     make demo       a real BIND, captured before your eyes
#     make test       all tests          (SUITE="unit check": only these; CC, BUILD, MESON: see below)
#     make bench      beside the tools people use now
#     make fuzz       every fuzz target  (FUZZ_SECONDS each, FUZZ_JOBS at once)
#     make soak       the torture tests, for long (SOAK=kill=1000: only this one, so many times)
#     make install    to PREFIX, under DESTDIR
#     make deps, make format, make clean
#
# Another build beside the first, with its compiler and Meson's options:
#     make test BUILD=build-asan CC=clang MESON="-Db_sanitize=address,undefined -Db_lundef=false"

BUILD = build
MESON =
SUITE =
PREFIX = /usr/local
DESTDIR =
FUZZ_SECONDS = 60
FUZZ_JOBS = 2
SOAK = kill=200 term=50 hostile=20 many=4300 disk=20 slow=200 rotate=5 replay=20 follow=200 archive_kill=200 archive=400 \
    archive_disk=20 archive_damage=20 repack_kill=1000 verify_beside=100 send=100 acknowledge=100

# make's own default is cc; here it is gcc, unless CC is given.
ifeq ($(origin CC),default)
CC = gcc
endif

FUZZ_BUILD = build-fuzz
FUZZ_MESON = -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false -Dbuildtype=debugoptimized

.PHONY: all build all-built deps run demo test bench fuzz soak format install clean

all: build

deps:
	@tools/deps.sh all

# The program alone: a machine with a name server of its own gets no others for it. Meson remembers its options, so they are
# given only when the folder is new or there are some.
build:
	@tools/deps.sh build
	@test -e $(BUILD)/build.ninja || CC=$(CC) meson setup $(BUILD) -Dtests=false $(MESON)
	@test -z "$(MESON)" || meson configure $(BUILD) $(MESON)
	@ninja -C $(BUILD)

# The program and its tests.
all-built: deps
	@test -e $(BUILD)/build.ninja || CC=$(CC) meson setup $(BUILD) $(MESON)
	@test -d $(BUILD)/tests || meson configure $(BUILD) -Dtests=true
	@test -z "$(MESON)" || meson configure $(BUILD) $(MESON)
	@ninja -C $(BUILD)

run: build
	@tools/run.sh

demo: build
	@tools/deps.sh demo
	@tools/demo.sh $(BUILD)/tapline

# The last line sums up, and decides: a test that failed is told there again.
test: all-built
	@rm -f $(BUILD)/meson-logs/testlog.json
	@meson test -C $(BUILD) --no-rebuild --print-errorlogs -t 3 $(foreach suite,$(SUITE),--suite $(suite)) </dev/null || true
	@tests/results.py $(BUILD)

bench: all-built
	@bench/run --build $(BUILD)

fuzz: deps
	@test -e $(FUZZ_BUILD)/build.ninja || CC=clang meson setup $(FUZZ_BUILD) $(FUZZ_MESON)
	@ninja -C $(FUZZ_BUILD) fuzzers
	@tests/fuzz/run.sh $(FUZZ_BUILD) $(FUZZ_SECONDS) $(FUZZ_JOBS)

soak: all-built
	@set -e; for work in $(SOAK); do \
	    echo "$$work"; python3 tests/torture/$${work%=*}.py $(BUILD)/tapline $${work#*=}; \
	done

format: deps
	@find app bench compat examples include lib tests -name '*.[ch]' | xargs clang-format -i

install: build
	@meson configure $(BUILD) -Dprefix=$(PREFIX)
	@DESTDIR=$(DESTDIR) meson install -C $(BUILD) --quiet

clean:
	@rm -rf build build-*
