#!/bin/sh
# backup.sh PROFILE_FOLDER FOLDER: copies a profile's folder (such as /var/lib/obmin/live) to FOLDER while services run.
set -eu
# A lock file created here would belong to root, and the services could not open it.
if [ ! -e "$1/working.lock" ]; then
    echo "backup.sh: $1 holds no working.lock: name the folder that the runs use, such as /var/lib/obmin/live." >&2
    exit 1
fi
mkdir -p "$2"
# Every writer holds this lock; a run that starts meanwhile waits until the copy is complete.
exec flock "$1/working.lock" sh -eu -c '
    cp -auf "$1/working.duckdb" "$1/pages" "$2/"
    # Missing until the first decision or publication, or after an upgrade from an older Obmin.
    for name in reviews.yaml working.kept.jsonl publication.duckdb obmin.duckdb; do
        if [ -e "$1/$name" ]; then cp -auf "$1/$name" "$2/"; fi
    done
' copy "$1" "$2"
