"""Render the default answers and migrate a SQLite database, as a person would type it."""

import os
import shlex
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

TEMPLATE = Path(__file__).resolve().parents[1]


def run(command: str, cwd: Path) -> None:
    """Show the command as typed in `cwd` and run it; end with its exit code if it fails."""
    print(f"\n{cwd.name}$ {command}", flush=True)
    scripts = sysconfig.get_path("scripts")
    environment = {**os.environ, "PATH": scripts + os.pathsep + os.environ["PATH"]}
    for name in ("DATABASE_URL", "MIGRATIONS_DATABASE_URL"):
        environment.pop(name, None)  # the demo must not touch the reader's database
    result = subprocess.run(shlex.split(command), cwd=cwd, env=environment, check=False)
    if result.returncode:
        sys.exit(result.returncode)


def main() -> None:
    """Run the demo in a temporary folder."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        run(f"copier copy --defaults --vcs-ref=HEAD {shlex.quote(str(TEMPLATE))} my-app", folder)
        project = folder / "my-app"
        run('alembic revision --autogenerate -m "create tables"', project)
        run("alembic upgrade head", project)
        run("alembic check", project)
        run("alembic history", project)


if __name__ == "__main__":
    main()
