"""Take the schemas of public packages through the circle, with the stock env.py and with ours.

With ours also from an older form of the models to the real one, with rows, and back.

Each package of packages.toml has an environment in .venv/corpus, which is kept; what a run did
stands below it in `work`. All the results are in .venv/corpus/results.json; a run of the whole
corpus writes docs/corpus.md.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

from scripts.corpus.packages import DRIVERS, LIST, TITLES, Package, packages
from scripts.corpus.page import PAGE, page
from scripts.corpus.runs import KINDS, Result, run_package
from scripts.running_servers import running_servers, runs
from scripts.worker import last_error
from support.databases import missing_driver

RESULTS = Package.home / "results.json"


def show(result: Result) -> None:
    """Print a result in a line."""
    outcome = f"{result.step}: {result.reason}" if result.step else "closes"
    where = f"{result.package} {TITLES[result.database]} {result.kind}"
    print(f"{where}: {outcome} ({result.tables} tables, {result.seconds} s)"[:300], flush=True)
    if result.unlike_create_all:
        print(f"  unlike create_all: {result.unlike_create_all[:280]}", flush=True)


def run(chosen: list[Package], names: list[str], kinds: list[str], jobs: int) -> list[Result]:
    """Install the packages, run all the circles in parallel and return the results."""
    for name in names:
        missing_driver(DRIVERS[name])  # imports it, which threads may not do at once
    with ThreadPoolExecutor(jobs) as executor:
        reasons = executor.map(Package.install, chosen)
        broken = {each.name: reason for each, reason in zip(chosen, reasons, strict=True) if reason}
        for name, reason in broken.items():
            print(f"{name} can't be installed: {reason}")
        installed = [package for package in chosen if package.name not in broken]
        units = [(each, name) for each in installed for name in names if name in each.databases]

        def run_and_show(unit: tuple[Package, str]) -> list[Result]:
            package, name = unit
            try:
                results = run_package(package, name, kinds, package.folder / "work")
            except Exception as error:  # noqa: BLE001 # one package must not end the run
                reason = last_error(f"{type(error).__name__}: {error}")
                results = [Result(package.name, name, kind, 0, "script", reason) for kind in kinds]
            for result in results:
                show(result)
            return results

        return [result for results in executor.map(run_and_show, units) for result in results]


def kept(results: list[Result], known: dict[str, Package]) -> list[Result]:
    """Put the results beside those of other runs, and return all that are still of the corpus."""
    stored = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    merged = {
        (each["package"], each["database"], each["kind"]): each
        for each in [*stored, *map(asdict, results)]
        if each["package"] in known and each["database"] in known[each["package"]].databases
    }
    RESULTS.write_text(json.dumps(list(merged.values()), indent=1))
    return [Result(**each) for each in merged.values()]


def main() -> None:
    """Run the corpus, or what the arguments choose of it."""
    known = packages()
    parser = argparse.ArgumentParser(prog="python -m scripts.corpus", description=__doc__)
    parser.add_argument("packages", nargs="*", metavar="package", help="default: all")
    parser.add_argument("--database", action="append", choices=list(DRIVERS))
    parser.add_argument("--only", choices=list(KINDS), help="default: all three")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument(
        "--write", action="store_true", help="write docs/corpus.md from what is known"
    )
    arguments = parser.parse_args()
    if unknown := set(arguments.packages) - known.keys():
        parser.error(f"not in {LIST.name}: {', '.join(sorted(unknown))}")
    chosen = [known[name] for name in arguments.packages or known]
    with running_servers():
        names = [name for name in arguments.database or DRIVERS if runs(DRIVERS[name])]
        kinds = [arguments.only] if arguments.only else list(KINDS)
        results = run(chosen, names, kinds, arguments.jobs)
        everything = kept(results, known)
        for kind in kinds:
            outcomes = Counter(result.step or "closes" for result in results if result.kind == kind)
            print(f"{kind}: {dict(outcomes.most_common())}")
        chosen_some = arguments.packages or arguments.database or arguments.only
        if arguments.write or not chosen_some:
            versions = {name: each.versions for name, each in known.items() if each.python.exists()}
            PAGE.write_text(page(everything, versions))


if __name__ == "__main__":
    main()
