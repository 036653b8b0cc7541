"""One PostgreSQL and one S3 server for all tests of the lake, and a deployment that has published to a lake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.lake.deployment import publish_to_lake
from orchestration.warehouse.database import Warehouse
from tests.conftest import deployment
from tests.support.lake_servers import LakeServers, lake_servers
from tests.support.scripted_deployment import ScriptedDeployment

NewDeployment = Callable[[], ScriptedDeployment]


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LakeServers]:
    with (
        pytest.MonkeyPatch.context() as environment,
        lake_servers(tmp_path_factory.mktemp("pg"), environment) as both,
    ):
        yield both


@pytest.fixture
def in_lake(
    servers: LakeServers, one_exchange: ScriptedDeployment, tmp_path: Path, request: pytest.FixtureRequest
) -> ScriptedDeployment:
    """A deployment with one published exchange, of 100 people, and a lake of its own that has it."""
    lake = servers.new_lake(f"lake_{abs(hash(request.node.nodeid))}")
    scripted = one_exchange.copied(replace(deployment(tmp_path), lake=lake))
    publish_to_lake(Warehouse(scripted.settings))
    return scripted
