"""TLS as the URL asks for it, by the names that servers and providers use (promise 1)."""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import importlib
import ipaddress
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from alembic.util import CommandError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import URL, make_url

from support import servers, template
from support.databases import missing, missing_driver, server_url
from support.migrations import Project, new_project

DRIVERS = [
    pair
    for pair in template.MODES_AND_DRIVERS
    if pair[1].split("+")[0] in ("postgresql", "mysql", "mariadb")
]

# Parameters, and whether they connect to a server with TLS alone, to the same by a name that is
# not in its certificate, and to one without TLS.
POSTGRESQL = {
    "": (True, True, True),
    "sslmode=disable": (False, False, True),
    "sslmode=prefer": (True, True, True),
    "sslmode=require": (True, True, False),
    "sslmode=require&sslrootcert={other}": (False, False, False),
    "sslmode=verify-ca&sslrootcert={ca}": (True, True, False),
    "sslmode=verify-ca&sslrootcert={other}": (False, False, False),
    "sslmode=verify-full&sslrootcert={ca}": (True, False, False),
    "sslmode=verify-full&sslrootcert={other}": (False, False, False),
    "sslmode=verify-full": (False, False, False),
    "sslrootcert=system": (False, False, False),
}
MYSQL = {
    "ssl-mode=DISABLED": (False, False, True),
    "ssl-mode=REQUIRED": (True, True, False),
    "ssl_mode=required": (True, True, False),
    "ssl=true": (True, True, False),
    "ssl-mode=REQUIRED&ssl-ca={other}": (False, False, False),
    "ssl-mode=VERIFY_IDENTITY&ssl-ca={ca}": (True, False, False),
    "ssl-mode=VERIFY_IDENTITY&ssl-ca={other}": (False, False, False),
    "ssl-mode=VERIFY_IDENTITY": (False, False, False),
    "ssl_ca={ca}&ssl_verify_cert=true&ssl_verify_identity=true": (True, False, False),
    "ssl_ca={other}&ssl_verify_cert=true": (False, False, False),
    "ssl_ca={other}": (False, False, False),
    "ssl-mode=VERIFY_IDENTITY&ssl=true&ssl-ca={ca}": (True, False, False),
}
# These take "localhost" for a socket's file, and MariaDB's library never verifies less than all.
OF_MARIADB_S_LIBRARY = ("mysqldb", "mariadbconnector")
ANOTHER_NAME = {"ssl-mode=VERIFY_CA&ssl-ca={ca}": (True, True, False)}


@dataclass
class Endpoints:
    """A server that insists on TLS, one without, and what certifies the first."""

    tls: URL
    plain: URL
    files: dict[str, Path]


def certificates(folder: Path) -> dict[str, Path]:
    """Write a certificate for 127.0.0.1 with its key and its authority, and another authority."""

    def certify(
        name: str, issuer: tuple[x509.Name, ec.EllipticCurvePrivateKey] | None = None
    ) -> tuple[x509.Name, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        issuer_name, issuer_key = issuer or (subject, key)
        now = dt.datetime.now(dt.UTC)
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer_name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=not issuer, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        )
        certificate = builder.sign(issuer_key, hashes.SHA256())
        encoding = serialization.Encoding.PEM
        (folder / f"{name}.crt").write_bytes(certificate.public_bytes(encoding))
        private = key.private_bytes(
            encoding,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        (folder / f"{name}.key").write_bytes(private)
        return subject, key

    authority = certify("ca")
    certify("other")
    certify("127.0.0.1", authority)
    return {
        "ca": folder / "ca.crt",
        "other": folder / "other.crt",
        "certificate": folder / "127.0.0.1.crt",
        "key": folder / "127.0.0.1.key",
    }


@pytest.fixture(scope="module")
def files() -> Iterator[dict[str, Path]]:
    """Yield certificates in a folder that any account reaches."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield certificates(folder)


@pytest.fixture(scope="module")
def postgresql(files: dict[str, Path]) -> Iterator[Endpoints]:
    """Start a PgBouncer that insists on TLS: PostgreSQL's wheel is built without."""
    plain = server_url("postgresql")
    server_url("pgbouncer")
    settings = {
        "client_tls_sslmode": "require",
        "client_tls_cert_file": files["certificate"],
        "client_tls_key_file": files["key"],
    }
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as environment:
        environment.delenv("PGBOUNCER_SERVER_URL")
        behind = plain.render_as_string(hide_password=False)
        server = servers.start_pgbouncer(Path(folder), behind, settings=settings)
        yield Endpoints(make_url(server.url), plain, files)
        server.stop()


@pytest.fixture(scope="module")
def mariadb(files: dict[str, Path]) -> Iterator[Endpoints]:
    """Start a MariaDB that insists on TLS."""
    plain = server_url("mariadb")
    options = [f"--ssl-cert={files['certificate']}", f"--ssl-key={files['key']}"]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as environment:
        environment.delenv("MARIADB_SERVER_URL")
        options.append("--require-secure-transport=on")
        server = servers.start_mariadb(Path(folder), options)
        yield Endpoints(make_url(server.url), plain, files)
        server.stop()


def application_connects(project: Project) -> bool:
    """Tell whether the application's own engine, that of db.py, connects."""
    with project.imported():
        sys.path.insert(0, str(project.models.parents[1]))
        engine: Any = importlib.import_module("my_app.db").engine()

        async def connect() -> None:
            async with engine.connect():
                pass
            await engine.dispose()

        try:
            if project.answers["mode"] == "async":
                asyncio.run(connect())
            else:
                engine.connect().close()
                engine.dispose()
        except Exception:  # noqa: BLE001 # each driver has its own
            return False
    return True


def migrations_connect(project: Project) -> bool:
    """Tell whether a command connects."""
    try:
        project.run("current")
    except CommandError:
        return False
    return True


# Drivers leave the socket of a failed handshake to the garbage collection.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("mode", "driver"), DRIVERS, ids=str)
def test_url_decides_on_tls_for_the_migrations_and_the_application(
    mode: str, driver: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if reason := missing_driver(driver):
        missing(reason)
    dialect, module = driver.split("+")
    endpoints = request.getfixturevalue("postgresql" if dialect == "postgresql" else "mariadb")
    cases = POSTGRESQL if dialect == "postgresql" else MYSQL
    if dialect != "postgresql" and module not in OF_MARIADB_S_LIBRARY:
        cases = cases | ANOTHER_NAME
    placement = template.choices("placement")[DRIVERS.index((mode, driver)) % 2]
    gc.collect()
    gc.freeze()  # to search what is left of it takes half a second, each time
    project = new_project(tmp_path, mode=mode, driver=driver, placement=placement)
    places = [endpoints.tls, endpoints.tls.set(host="localhost"), endpoints.plain]
    if module in OF_MARIADB_S_LIBRARY:
        places[1:2] = []
    for parameters, ends in cases.items():
        expected = [ends[0], ends[2]] if module in OF_MARIADB_S_LIBRARY else [*ends]
        query = parameters.format(**endpoints.files)
        migrations, application = [], []
        for place in places:
            project.url = make_url(f"{place.render_as_string(hide_password=False)}?{query}")
            migrations.append(migrations_connect(project))
            application.append(application_connects(project))
        assert (parameters, migrations) == (parameters, expected)
        assert (parameters, application) == (parameters, expected)
    gc.collect()
