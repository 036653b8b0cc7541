#!/bin/sh
# backup.sh HOUSE FOLDER: a whole copy of a house (/var/lib/obmin/live, say) in FOLDER, while the house works.
set -eu
mkdir -p "$2"
# Who writes holds this lock; a run that comes meanwhile waits until the copy is made.
flock "$1/working.lock" cp -auf "$1/working.duckdb" "$1/obmin.duckdb" "$1/pages" "$2/"
