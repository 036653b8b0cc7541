"""One PostgreSQL and one S3 server for all tests of the lake, and deployments that publish to a lake."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from orchestration.lake.deployment import publish_to_lake
from orchestration.lake_address import Lake
from orchestration.warehouse.database import Warehouse
from tests.conftest import deployment
from tests.support.lake_servers import LakeServers, lake_servers
from tests.support.published_copies import announce_exchange
from tests.support.scripted_deployment import ScriptedDeployment


@dataclass(frozen=True)
class Originals:
    """What each test gets a copy of: a lake, the deployment that published to it, and the same one exchange later."""

    lake: Lake
    published: ScriptedDeployment
    grown: ScriptedDeployment


@pytest.fixture(scope="session")
def servers() -> Iterator[LakeServers]:
    # Not in pytest's folder: another pytest that starts closes that to PostgreSQL's user, and its server ends.
    with (
        tempfile.TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as environment,
        lake_servers(Path(folder) / "pg", environment) as both,
    ):
        yield both


@pytest.fixture(scope="session")
def originals(
    servers: LakeServers, one_exchange: ScriptedDeployment, tmp_path_factory: pytest.TempPathFactory
) -> Originals:
    lake = servers.new_lake("original")
    published = one_exchange.copied(replace(deployment(tmp_path_factory.mktemp("published")), lake=lake))
    publish_to_lake(Warehouse(published.settings))
    grown = published.copied(replace(published.settings, data=tmp_path_factory.mktemp("grown") / "sample"))
    announce_exchange(grown, 1)
    grown.refresh()
    return Originals(lake, published, grown)


@pytest.fixture
def lake(servers: LakeServers, originals: Originals, tmp_path: Path) -> Lake:
    """A lake with one exchange, of 100 people."""
    return servers.copy_of(originals.lake, f"lake_{abs(hash(tmp_path))}")


@pytest.fixture
def published(originals: Originals, lake: Lake, tmp_path: Path) -> ScriptedDeployment:
    """The deployment that published to the lake."""
    return originals.published.copied(replace(deployment(tmp_path / "published"), lake=lake))


@pytest.fixture
def grown(originals: Originals, lake: Lake, tmp_path: Path) -> ScriptedDeployment:
    """The same one exchange later, of 101 people, which the lake lacks."""
    return originals.grown.copied(replace(deployment(tmp_path / "grown"), lake=lake))
