"""The page on which one picks answers shows what Copier renders, in a real browser."""

from __future__ import annotations

import os
import random
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from scripts import picker
from support import browser, processes, template
from support.databases import missing

LIMIT = 2_000_000  # bytes
SAMPLE = 8  # of some thousand combinations, others in each run
ADDRESS = "<address of this repository>"

# The text of each file that is shown after these answers.
SHOWN = """
Object.fromEntries([...files.values()].map((file) =>
  [file.path, file.text.map((line) => RENDERS.lines[line].split("\\t")[0]).join("\\n")]))
"""

# Of a line that is new, of one that is gone, and of a keyword.
COLOURS = """
["ins", "del", ".k, .kn"].map((kind) => getComputedStyle(document.querySelector(
  "#picker-text " + kind))).map((style) => style.backgroundColor + style.color)
"""


def contents(folder: Path) -> dict[str, str]:
    """Return the files of a project, but for Copier's record of the answers."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != picker.RECORD)
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def lines(tab: browser.Page, *kinds: str) -> list[list[str]]:
    """Return the lines of the file that is shown, each after its kind."""
    shown = tab.run(
        "[...document.querySelector('#picker-text').children].map((line) => "
        "[line.tagName, line.textContent])"
    )
    return [line for line in shown if not kinds or line[0] in kinds]


def site(folder: Path) -> Path:
    """Build the site, and return its folder."""
    shutil.copytree(template.ROOT / "docs", folder / "docs")
    shutil.copy(template.ROOT / "zensical.toml", folder)
    zensical = Path(sys.executable).with_name("zensical")
    subprocess.run([zensical, "build", "--strict"], cwd=folder, check=True, capture_output=True)
    built = folder / ".venv" / "site"
    command = ("python", "-m", "scripts.picker", str(built))
    result = processes.run(command, template.ROOT, os.environ)
    assert result.returncode == 0, result.stderr
    return built


def text_of(tab: browser.Page, name: str) -> str:
    return str(tab.run(f"document.getElementById('picker-{name}').textContent"))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[browser.Page, str]]:
    """Yield a browser, and the address of the page."""
    folder = tmp_path_factory.mktemp("picker")
    built = site(folder)
    assert sum((built / file).stat().st_size for file in ("renders.js", "picker.js")) < LIMIT
    with browser.browser(folder) as tab:
        yield tab, (built / "picker" / "index.html").as_uri()


def opened(request: pytest.FixtureRequest) -> tuple[browser.Page, str]:
    """Return the browser and the address of the page, if there is a browser."""
    if not browser.program():
        missing(browser.MISSING)
    found: tuple[browser.Page, str] = request.getfixturevalue("page")
    return found


def test_page_shows_what_copier_renders_and_its_command_gives_it(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    tab, address = opened(request)
    seed = random.randrange(1000)  # noqa: S311 # no secret
    sample = random.Random(seed).sample(list(picker.combinations()), SAMPLE)  # noqa: S311
    for turn, answers in enumerate(sample):
        tab.open("about:blank")
        tab.open(f"{address}#{urlencode(answers)}")
        words = shlex.split(text_of(tab, "command").replace(ADDRESS, "ADDRESS"))
        given = dict(word.split("=") for word in words if "=" in word)
        if answers["project"] == "existing":  # the command asks
            assert "--defaults" not in words
            given |= {"package": "my_app", "metadata": "my_app.models:Base.metadata"}
        project = template.render(tmp_path / str(turn) / words[-1] / "my-app", **given)
        assert tab.run(SHOWN) == contents(project), (seed, answers)


def test_keyboard_picks_an_answer_and_a_file_and_what_differs_is_marked(
    request: pytest.FixtureRequest,
) -> None:
    tab, address = opened(request)
    tab.open("about:blank")
    tab.open(address)
    env = lines(tab)
    tab.run("document.querySelector('#picker-answers select').focus()")
    tab.press("Tab", "ArrowDown")
    assert "--data mode=async" in text_of(tab, "command")
    assert "differ from your last pick" in text_of(tab, "status")
    assert text_of(tab, "path") == "src/my_app/migrations/env.py"
    assert [line for kind, line in lines(tab, "DEL", "SPAN")] == [line for _, line in env]
    assert ["INS", "import asyncio"] in lines(tab)
    colours = tab.run(COLOURS)
    assert len(set(colours)) == len(colours)
    tab.press(*["Tab"] * 9, "ArrowDown")
    assert text_of(tab, "path") == "src/my_app/migrations/heads.py"
