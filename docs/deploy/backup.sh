#!/bin/sh
# backup.sh HOUSE FOLDER: a whole copy of a house (/var/lib/obmin/live, say) in FOLDER, while the house works.
set -eu
# A lock that root made here would keep the services from their own file.
if [ ! -e "$1/working.lock" ]; then
    echo "backup.sh: $1 holds no working.lock: name the folder that the runs use, such as /var/lib/obmin/live." >&2
    exit 1
fi
mkdir -p "$2"
# Who writes holds this lock; a run that comes meanwhile waits until the copy is made.
exec flock "$1/working.lock" sh -eu -c '
    cp -auf "$1/working.duckdb" "$1/pages" "$2/"
    # What a house that has published nothing, or was begun by an older Obmin, has not yet.
    for name in working.kept.jsonl publication.duckdb obmin.duckdb; do
        if [ -e "$1/$name" ]; then cp -auf "$1/$name" "$2/"; fi
    done
' copy "$1" "$2"
