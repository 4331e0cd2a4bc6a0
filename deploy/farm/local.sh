#!/bin/bash
# Renders a job list on this machine, share by share. Written by 'sizzle farm submit --engine local'.
set -euo pipefail
command=(
    sizzle render --jobs /data/jobs.ndjson --output-dir /data/reels --library /data/library --resume --keep-going --jobs-parallel 1
)
# xargs ends with 123 when a share failed; the merge says which reels are missing.
seq 0 7 | xargs -P 1 -I '{}' "${command[@]}" --shard '{}/8' || true
exec sizzle farm merge --jobs /data/jobs.ndjson --output-dir /data/reels --library /data/library
