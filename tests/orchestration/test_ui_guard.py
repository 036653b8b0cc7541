"""The guard of Dagster's pages answers only its own pages and programs: tested alone, then on a real webserver."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import requests
from starlette.responses import PlainTextResponse
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from orchestration.defs.ui_guard import guarded, hosts_of_operator
from orchestration.settings import WrongSetting
from tests.support.running_deployment import CHANNEL, REFRESH, running_deployment, until

JSON = {"content-type": "application/json"}
OWN = {"host": "127.0.0.1:3000"}
FOREIGN_PAGE = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
A_LINK = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


def status_of(
    method: str, path: str, headers: dict[str, str], kind: str = "http", served_on: str = "127.0.0.1"
) -> int:
    """The status of a request: 200 is the app's response; the operator's hosts are obmin.example and
    *.newsroom.example.
    """
    sentence: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse("the app")({**scope, "type": "http"}, receive, send)

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sentence.append(message)

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "method": method, "path": path, "headers": raw, "query_string": b""}
    asyncio.run(guarded(app, served_on, ("obmin.example", "*.newsroom.example"))(scope, receive, send))
    status: int = sentence[0]["status"]
    return status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:3000", 200), ("localhost:8000", 200), ("[::1]:3000", 200), ("LOCALHOST", 200),
        ("obmin.example", 200), ("desk.newsroom.example", 200),
        ("evil.example", 400), ("evil.example:3000", 400), ("127.0.0.1.evil.example", 400), ("newsroom.example", 400),
        ("localhost.", 400), ("2130706433", 400), ("0.0.0.0:3000", 400), ("", 400), ("127.0.0.1:3000@evil.example", 400),
    ],
)  # fmt: skip
def test_only_known_hosts_are_answered(host: str, status: int) -> None:
    assert status_of("GET", "/runs", {"host": host}) == status
    assert status_of("GET", "/graphql", {"host": host}, "websocket") == status
    assert status_of("GET", "/runs", {}) == 400


def test_the_address_that_is_served_on_is_known_but_no_wildcard_is() -> None:
    for served_on, host, status in (
        ("192.168.1.5", "192.168.1.5:3000", 200), ("fd00::5", "[fd00::5]:3000", 200), ("0.0.0.0", "192.168.1.5", 400),
    ):  # fmt: skip
        assert status_of("GET", "/runs", {"host": host}, served_on=served_on) == status


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        # A program, and Dagster's own pages.
        ("POST", "/graphql", JSON, 200),
        ("POST", "/graphql", JSON | {"origin": "http://127.0.0.1:3000", "sec-fetch-site": "same-origin"}, 200),
        ("GET", "/graphql", {"accept": "text/html,*/*", "sec-fetch-site": "none"}, 200),
        ("GET", "/runs/1", A_LINK, 200),
        # A proxy that uses another host name than the browser.
        ("POST", "/graphql", JSON | {"origin": "https://obmin.example", "sec-fetch-site": "same-origin"}, 200),
        ("POST", "/graphql", JSON | {"origin": "https://desk.newsroom.example:8443"}, 200),
        # Another site, a sandboxed frame, another port of this machine, a browser without Fetch Metadata.
        ("POST", "/graphql", JSON | FOREIGN_PAGE, 403),
        ("POST", "/graphql", JSON | {"origin": "null"}, 403),
        ("POST", "/graphql", JSON | {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-site"}, 403),
        ("POST", "/graphql", JSON | {"origin": "https://evil.example"}, 403),
        ("POST", "/graphql", JSON | {"origin": "https://evilobmin.example"}, 403),
        ("POST", "/graphql", JSON | {"origin": "http://[bad"}, 403),
        ("POST", "/report_asset_materialization/a", FOREIGN_PAGE, 403),
        # A form that posts to GraphQL with the query in its URL, or is followed as a link.
        ("POST", "/graphql", {"content-type": "text/plain"}, 415),
        ("POST", "/graphql", {"content-type": "text/plain; application/json"}, 415),
        ("POST", "/graphql/", {"content-type": "application/x-www-form-urlencoded"}, 415),
        ("POST", "/graphql", {}, 415),
        ("POST", "/graphql", JSON | A_LINK, 403),
        # An image, a script, a frame; and a GET of GraphQL by any client.
        ("GET", "/graphql", {"accept": "image/webp,*/*"}, 405),
        ("HEAD", "/graphql", {}, 405),
        ("GET", "/logs/1", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}, 403),
        ("GET", "/runs", A_LINK | {"sec-fetch-dest": "iframe"}, 403),
    ],
)  # fmt: skip
def test_only_its_own_pages_and_programs_are_obeyed(
    method: str, path: str, headers: dict[str, str], status: int
) -> None:
    assert status_of(method, path, {**OWN, **headers}) == status


def test_the_operators_names_are_read_strictly() -> None:
    written = "obmin.newsroom.example, *.desk.example [fd00::5]"
    assert hosts_of_operator({"OBMIN_UI_HOSTS": written}) == (
        "obmin.newsroom.example", "*.desk.example", "[fd00::5]",
    )  # fmt: skip
    assert hosts_of_operator({}) == ()
    for wrong in ("*", "https://obmin.example", "obmin.example:3000", "obmin.example/x", "a*.example"):
        with pytest.raises(WrongSetting, match="OBMIN_UI_HOSTS holds"):
            hosts_of_operator({"OBMIN_UI_HOSTS": wrong})


def test_a_real_webserver_is_guarded_and_works(tmp_path: Path) -> None:
    """As `obmin ui` starts it; `obmin webserver` is in end_to_end/test_turns.py."""
    with running_deployment(
        tmp_path, lambda deployment: deployment.show(CHANNEL, {}), OBMIN_WATCH_SECONDS="3600"
    ) as deployment:
        until(deployment.answers)
        place = deployment.address.removeprefix("http://")
        launch = json.dumps({"query": REFRESH})

        def posted(**headers: str) -> int:
            sent = {"Content-Type": "application/json", **{name.replace("_", "-"): headers[name] for name in headers}}
            return requests.post(f"{deployment.address}/graphql", launch, headers=sent, timeout=60).status_code

        assert posted(Host="evil.example") == 400
        assert posted(Origin="https://evil.example") == 403
        assert posted(Origin="null") == 403
        assert posted(Content_Type="text/plain") == 415
        asked = requests.get(f"{deployment.address}/graphql", params={"query": REFRESH}, timeout=60)
        assert asked.status_code == 405
        for host, origin in (("evil.example", "http://evil.example"), (place, "https://evil.example")):
            with pytest.raises(InvalidStatus) as refused:
                connect(
                    f"ws://{place}/graphql",
                    additional_headers={"Host": host},
                    origin=origin,
                    subprotocols=["graphql-ws"],
                )  # type: ignore[arg-type,list-item]
            assert refused.value.response.status_code in (400, 403)
        # All runs so far were started by the deployment's own schedule or sensor.
        for run in deployment.ask("{ runsOrError { ... on Runs { results { tags { key } } } } }")["runsOrError"][
            "results"
        ]:
            assert {tag["key"] for tag in run["tags"]} & {"dagster/schedule_name", "dagster/sensor_name"}, run
        # Its own pages work: the page, and the subscriptions that keep it up to date.
        assert requests.get(f"{deployment.address}/runs", headers=A_LINK, timeout=60).status_code == 200
        with connect(f"ws://{place}/graphql", origin=deployment.address, subprotocols=["graphql-ws"]) as socket:  # type: ignore[arg-type,list-item]
            socket.send(json.dumps({"type": "connection_init"}))
            assert json.loads(socket.recv(timeout=60)) == {"type": "connection_ack"}
