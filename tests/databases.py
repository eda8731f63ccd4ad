"""Which database the suites run on, and the one place that makes databases for tests.

    pytest --database sqlite        (or CAMEO_TEST_DATABASE=sqlite; the default)
    pytest --database postgresql
    pytest --database both          every test twice: [sqlite] and [postgresql]

`CAMEO_TEST_POSTGRESQL` may name a server to use, by the URL of a superuser's database; otherwise
each process of the tests starts one of its own, and stops it.

Whatever is a service, a command or a page under test takes its settings from `databases`. Every
test has a database of its own there, a copy of one whose schema is at head, or of a deployment
whose keys are made. Tests marked `both_databases` run on both when only SQLite is asked for; those
marked `sqlite_only` say why. The suite of `storage/` runs each contract on both in any case.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cameo_service.settings import Settings
from cameo_service.wiring import build
from storage.store import migrate
from tests.kinds import Kind, Postgres, Sqlite, file_of
from tests.storage.databases import name_of, postgres_database, postgres_server

KINDS = ("sqlite", "postgresql")
VARIABLE = "CAMEO_TEST_DATABASE"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=(*KINDS, "both"),
        default=os.environ.get(VARIABLE, "sqlite"),
        help="the database under the service in tests",
    )


def pytest_configure(config: pytest.Config) -> None:
    # whatever a developer's shell names is not for tests
    os.environ.pop("CAMEO_DATABASE_URL", None)
    if config.getoption("--database") not in {*KINDS, "both"}:
        raise pytest.UsageError(f"{VARIABLE} is none of {', '.join((*KINDS, 'both'))}")


def kinds_for(definition: pytest.Item, asked: str) -> tuple[str, ...]:
    """The databases that a test runs on."""
    if definition.get_closest_marker("sqlite_only") is not None:
        return ("sqlite",)
    if asked == "both":
        return KINDS
    if asked == "sqlite" and definition.get_closest_marker("both_databases") is not None:
        return KINDS
    return (asked,)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "databases" in metafunc.fixturenames:
        kinds = kinds_for(metafunc.definition, metafunc.config.getoption("--database"))
        if len(kinds) > 1:
            metafunc.parametrize("databases", kinds, indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--database") != "postgresql":
        return
    for item in items:
        marker = item.get_closest_marker("sqlite_only")
        if marker is not None:
            item.add_marker(pytest.mark.skip(reason=f"about SQLite alone: {marker.args[0]}"))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database whose schema is at head, made once: tests begin with a copy of it."""
    path = tmp_path_factory.mktemp("migrated") / "cameo.sqlite"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of this process, which ends with it."""
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_template(postgres: str) -> Iterator[str]:
    """The name of a PostgreSQL database whose schema is at head: tests begin with a copy of it."""
    with postgres_database(postgres) as url:
        migrate(url)
        yield name_of(url)


@pytest.fixture(scope="session")
def begun_folder(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a deployment whose keys are made, with its database."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("begun"))
    shutil.copy2(migrated_file, file_of(settings))
    with build(settings):
        return settings.data_dir


@pytest.fixture(scope="session")
def begun_on_postgres(
    postgres: str, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """A deployment whose keys are made, and to which nobody is connected."""
    with postgres_database(postgres, template=migrated_template) as url:
        settings = Settings(data_dir=tmp_path_factory.mktemp("begun"), database_url=url)
        with build(settings):
            pass
        yield settings


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Kind:
    """Makes databases of the kind that this run asks for."""
    asked = request.config.getoption("--database")
    made = request.getfixturevalue
    if getattr(request, "param", "sqlite" if asked == "both" else asked) == "sqlite":
        return Sqlite(made("migrated_file"), made("begun_folder"))
    return Postgres(made("postgres"), made("migrated_template"), made("begun_on_postgres"))
