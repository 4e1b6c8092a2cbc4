"""A rendered pyproject.toml installs all that the project needs, in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.environments import share_code
from support.databases import database
from support.migrations import new_project


@pytest.mark.parametrize(
    ("mode", "driver", "layout", "groups"),
    [
        ("sync", "sqlite+pysqlite", "src", ["--group", "dev"]),
        ("sync", "postgresql+psycopg", "flat", []),
        ("async", "sqlite+aiosqlite", "flat", []),
        ("async", "postgresql+asyncpg", "src", ["--group", "dev"]),
        ("async", "mysql+asyncmy", "src", []),
    ],
)
def test_project_runs_in_an_environment_made_from_its_pyproject(
    mode: str, driver: str, layout: str, groups: list[str], tmp_path: Path
) -> None:
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, mode=mode, driver=driver, layout=layout)
        environment = project.environment()
        environment["PATH"] = f"{project.path / '.venv' / 'bin'}{os.pathsep}{environment['PATH']}"
        environment.pop("PYTHONPATH", None)
        environment.pop("PYTHONDONTWRITEBYTECODE")

        def run(*command: str) -> str:
            result = subprocess.run(
                command,
                cwd=project.path,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert result.returncode == 0, result.stdout + result.stderr
            return result.stdout

        run(sys.executable, "-m", "venv", "--without-pip", ".venv")
        pip = (sys.executable, "-m", "pip", "--python", ".venv", "--disable-pip-version-check")
        run(*pip, "install", "--quiet", "--no-compile", "--editable", ".", *groups)
        share_code(project.path / ".venv")
        run("alembic", "revision", "--autogenerate", "-m", "create tables")
        run("alembic", "upgrade", "head")
        run("alembic", "check")
        if groups:
            run("ruff", "format", "--check")
        loop = "asyncio.run(main())" if mode == "async" else "main()"
        (tmp_path / "use.py").write_text(USE[mode] + loop)
        assert run("python", str(tmp_path / "use.py")) == "1 a@example.com\n"


MODELS = """
from sqlalchemy import select
from my_app.db import session
from my_app.models.customer import Customer
"""
USE = {
    "sync": MODELS
    + """
def main():
    with session() as current:
        current.add(Customer(email="a@example.com"))
        current.commit()
        for customer in current.scalars(select(Customer)):
            print(customer.id, customer.email)
""",
    "async": "import asyncio"
    + MODELS
    + """
async def main():
    async with session() as current:
        current.add(Customer(email="a@example.com"))
        await current.commit()
        for customer in await current.scalars(select(Customer)):
            print(customer.id, customer.email)
""",
}
