# Sourced by the scripts here: where things are. Nothing is printed, nothing is installed.
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=${CARGO_TARGET_DIR:-$repo/target}
tools=$target/tools
export UNDERSTUDY_REFERENCE_SERVERS=${UNDERSTUDY_REFERENCE_SERVERS:-$repo/target/reference-servers}
say() { printf '\n==> %s\n' "$*"; }
