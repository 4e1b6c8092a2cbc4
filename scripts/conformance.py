"""Run Alembic's own tests through the rendered env.py and through Alembic's: they must agree.

Those tests start with `alembic init`, which copies a folder of the package. They run here in the
source distribution, on the package in it, with our files in that folder. Arguments are pytest's.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from importlib.metadata import version
from pathlib import Path

from support import template

CACHE = template.ROOT / ".venv" / "conformance"

# As Alembic's env.py has it: no models, and no URL but that of the Config.
HOOKS = """
target_metadata = None
models = []
default_url = None
options = {}
"""
MODES = {"sync": "sqlite+pysqlite", "async": "sqlite+aiosqlite"}
Results = dict[str, tuple[str, str]]  # the outcome of each test, and why


def pip(*arguments: str) -> None:
    """Run pip for the Python that runs this."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True)


def source() -> Path:
    """Return the source distribution of the Alembic that is installed: it has the tests."""
    requirement = f"alembic=={version('alembic')}"
    folder = CACHE / requirement
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=CACHE) as new:
            pip("download", "--quiet", "--no-deps", "--no-binary=alembic", "-d", new, requirement)
            Path(new).rename(folder)
    (archive,) = folder.glob("*.tar.gz")
    return archive


def black() -> Path:
    """Return a folder with black, which a few of the tests call, apart from our own tools."""
    folder = CACHE / "black"
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=CACHE) as new:
            pip("install", "--quiet", "--target", new, "black")
            Path(new).rename(folder)
    return folder


def unpack(folder: Path) -> Path:
    """Unpack Alembic into the folder and return where its tests run."""
    folder.mkdir(parents=True)
    # Python 3.11.2 can't be told to filter, which newer ones warn of.
    subprocess.run(["tar", "-xf", source(), "-C", folder], check=True)
    (alembic,) = folder.iterdir()
    return alembic


def replace_env(alembic: Path, mode: str, project: Path) -> None:
    """Put the rendered files in the place of those that `alembic init` copies."""
    answers = {"mode": mode, "driver": MODES[mode], "placement": "root", "package": "my_app"}
    migrations = template.render(project, **answers) / "migrations"
    generic = alembic / "alembic" / "templates" / "generic"
    for file in migrations.glob("*.py"):
        shutil.copy(file, generic)
    # `alembic init` copies no folders.
    door, here = generic / "autogenerate.py", "Path(__file__).resolve().parent"
    head, tail = door.read_text().split(here)
    door.write_text(f"{head}Path({str(migrations)!r}){tail}")
    (generic / "hooks.py").write_text(HOOKS)


def run_tests(alembic: Path, arguments: list[str]) -> Results:
    """Run the tests of this Alembic, on itself."""
    ours = ("DATABASE_URL", "MIGRATIONS_DATABASE_URL", "PYTEST_ADDOPTS")
    environment = {name: value for name, value in os.environ.items() if name not in ours} | {
        "PYTHONPATH": os.pathsep.join([str(alembic), str(black())]),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    report = alembic / "report.xml"
    pytest = [sys.executable, "-m", "pytest", "-p", "xdist", "-p", "no:cacheprovider"]
    options = ["--db=sqlite", "--numprocesses=auto", "--maxfail=0", f"--junitxml={report}"]
    result = subprocess.run(
        [*pytest, *options, *arguments],
        cwd=alembic,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode not in (0, 1):  # 1: tests have failed
        sys.exit(result.stdout)
    return read(report)


def read(report: Path) -> Results:
    """Return what a JUnit file says of each test."""
    results = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 # written by pytest just now
        found = {child.tag: child for child in case}
        outcome = next((tag for tag in ("error", "failure", "skipped") if tag in found), "passed")
        reason = found[outcome].get("message", "") if outcome in found else ""
        first_line = reason.partition("\n")[0][:400]
        results[f"{case.get('classname')}::{case.get('name')}"] = (outcome, first_line)
    return results


def differences(stock: Results, ours: Results) -> list[str]:
    """Return a paragraph for each test that has another outcome with ours."""
    nothing = ("not run", "")
    found = []
    for test in sorted(stock.keys() | ours.keys()):
        (expected, _), (outcome, reason) = stock.get(test, nothing), ours.get(test, nothing)
        if outcome != expected:
            found.append(f"{test}: {outcome}, with Alembic's {expected}\n    {reason}")
    return found


def main() -> None:
    """Print how many tests pass with each env.py; exit with 1 if that is not the same."""
    CACHE.mkdir(parents=True, exist_ok=True)
    print(f"Alembic {version('alembic')}, its own tests on SQLite with the env.py of\n")
    print(f"{'':32}{'passed':>8}{'skipped':>8}{'failed':>8}")
    every: dict[str, Results] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for mode in ("stock", *MODES):
            folder = Path(temporary, mode)
            alembic = unpack(folder / "source")
            if mode in MODES:
                replace_env(alembic, mode, folder / "project")
            every[mode] = run_tests(alembic, sys.argv[1:])
            counts = Counter(outcome for outcome, _ in every[mode].values())
            failed = counts["failure"] + counts["error"]
            title = f"{mode}, {MODES[mode]}" if mode in MODES else "alembic init"
            print(f"{title:32}{counts['passed']:8}{counts['skipped']:8}{failed:8}", flush=True)
            if mode == "stock" and (failed or not counts["passed"]):
                sys.exit("\nWith Alembic's own env.py they must pass: there is nothing to compare")
    stock = every.pop("stock")
    found = {mode: differences(stock, results) for mode, results in every.items()}
    for mode, paragraphs in found.items():
        for paragraph in paragraphs:
            print(f"\n{mode}: {paragraph}")
    if any(found.values()):
        sys.exit("\nThe rendered env.py does not do what Alembic's does")


if __name__ == "__main__":
    main()
