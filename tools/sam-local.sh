#!/usr/bin/env bash
# Makes `sam local invoke` possible here: a Docker engine that answers, and Lambda's image for Python.
# Root on Debian gets docker.io; the image is built without a registry where the tool for that is beside the project, else pulled.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(cat .python-version)
image=public.ecr.aws/lambda/python:$version-x86_64
builder=../shared/tools/build-lambda-image.sh

answers() { docker info >/dev/null 2>&1; }

install_engine() {
    if command -v dockerd >/dev/null 2>&1 || [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null 2>&1; then return; fi
    echo "sam-local: installing docker.io"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker.io iptables </dev/null >/dev/null
}

start_engine() {
    if [[ $(id -u) != 0 ]] || ! command -v dockerd >/dev/null 2>&1; then return; fi
    echo "sam-local: starting dockerd, log in build/dockerd.log"
    mkdir -p build
    setsid dockerd >build/dockerd.log 2>&1 </dev/null &
    for _ in $(seq 30); do
        if answers; then return; fi
        sleep 1
    done
}

build_image() {
    local python
    python=$(tools/find-python "$version")
    # The SDK of the managed runtime, at the version that the tests run on.
    PY=$(dirname "$(dirname "$(realpath "$python")")") TAG=$image \
        BOTO=$(sed -n 's/^\(boto3==[^ ]*\).*/\1/p' requirements/run.txt) bash "$builder"
}

if ! answers; then
    install_engine
    start_engine
fi
if ! answers; then
    echo "sam-local: no Docker engine answers; install and start one: https://docs.docker.com/engine/install" >&2
    exit 1
fi
if ! docker image inspect "$image" >/dev/null 2>&1; then
    echo "sam-local: getting $image"
    if [[ -f $builder ]]; then build_image; else docker pull --quiet "$image"; fi
fi
echo "sam-local: ready"
