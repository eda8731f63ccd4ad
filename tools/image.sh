#!/usr/bin/env bash
# Build the container image, and try it.
#
#   tools/image.sh build      # docker, podman or buildah, whichever works here
#   tools/image.sh check      # start what was built, and tell its story to it
#
# IMAGE        its name; `cameo` by default
# IMAGE_FLAGS  more flags for the engine's build: --build-arg MODELS=open, --volume …
# IMAGE_MOUNTS what `check` shows the image beside, as HERE:THERE: certificates of a proxy, say
# IMAGE_ENGINE docker, podman or buildah, where the choice is not to be made here
# DEBIAN       a Debian mirror, where debootstrap's own is not the one to take
#
# buildah needs no service, and with chroot isolation no container runtime either. Where it can pull
# no base image, it gets one that debootstrap makes: Debian 12, which has Python 3.11.
set -euo pipefail
cd "$(dirname "$0")/.."
IMAGE=${IMAGE:-cameo}
BASE=python:3.11-slim
LOCAL_BASE=localhost/cameo-base
read -ra FLAGS <<<"${IMAGE_FLAGS:-}"

engine() {
  if [[ -n ${IMAGE_ENGINE:-} ]]; then echo "$IMAGE_ENGINE"
  elif docker info >/dev/null 2>&1; then echo docker
  elif podman info >/dev/null 2>&1; then echo podman
  elif command -v buildah >/dev/null; then echo buildah
  else
    echo "no engine works here: start docker or podman, or install buildah (and debootstrap)" >&2
    return 1
  fi
}

build() {
  local with base
  with=$(engine)
  echo "building \`$IMAGE\` with $with"
  case $with in
    docker | podman) "$with" build "${FLAGS[@]}" -t "$IMAGE" . ;;
    buildah)
      base=$(base_of_buildah)
      # shellcheck disable=SC2086 (two words, or none)
      buildah bud --isolation chroot --format docker $base "${FLAGS[@]}" -t "$IMAGE" .
      ;;
    *) echo "\`$with\` is not an engine that this knows" >&2; return 2 ;;
  esac
}

# The flag that names the base, where the Dockerfile's own cannot be pulled.
base_of_buildah() {
  [[ " ${FLAGS[*]} " == *" BASE="* ]] && return
  if ! buildah inspect --type image "$LOCAL_BASE" >/dev/null 2>&1; then
    buildah pull --quiet "$BASE" >&2 && return
    debian_base >&2
  fi
  echo "--build-arg BASE=$LOCAL_BASE"
}

debian_base() {
  local container root
  command -v debootstrap >/dev/null || {
    echo "no base image can be pulled, and debootstrap is not installed to make one" >&2
    return 1
  }
  echo "no base image can be pulled: debootstrap makes one"
  container=$(buildah from scratch)
  root=$(buildah mount "$container")
  debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates \
    bookworm "$root" ${DEBIAN:+"$DEBIAN"}
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
  buildah unmount "$container" >/dev/null
  buildah commit --quiet --rm "$container" "$LOCAL_BASE"
}

check() {
  local mount mounts=()
  for mount in ${IMAGE_MOUNTS:-}; do mounts+=(--mount "$mount"); done
  exec python3 tools/image_check.py --engine "$(engine)" --image "$IMAGE" "${mounts[@]}"
}

case ${1:-} in
  build | check) "$1" ;;
  *) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit 2 ;;
esac
