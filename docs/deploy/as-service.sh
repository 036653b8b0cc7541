#!/bin/sh
# as-service.sh COMMAND...: runs an obmin command like the services: as their user, with obmin.env as systemd parses it,
# on the live data. Run it as root, because only root may read obmin.env. On a terminal, Ctrl-C reaches the command.
set -eu
exec systemd-run --quiet --collect --wait --pty --pipe --uid=obmin --working-directory=/opt/obmin \
    --property=EnvironmentFile=/etc/obmin/obmin.env /opt/obmin/.venv/bin/obmin --profile live "$@"
