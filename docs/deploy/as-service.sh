#!/bin/sh
# as-service.sh COMMAND...: one obmin command as the services run theirs: as their user, with obmin.env as systemd reads
# it, on the live data. Run it by root, who alone may read obmin.env. On a terminal, Ctrl-C reaches the command.
set -eu
exec systemd-run --quiet --collect --wait --pty --pipe --uid=obmin --working-directory=/opt/obmin \
    --property=EnvironmentFile=/etc/obmin/obmin.env /opt/obmin/.venv/bin/obmin --profile live "$@"
