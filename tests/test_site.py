"""The site has every page, and no link that leads nowhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from support import template

ZENSICAL = Path(sys.executable).with_name("zensical")


def test_site_has_every_page_and_every_link_leads_somewhere(tmp_path: Path) -> None:
    shutil.copytree(template.ROOT / "docs", tmp_path / "docs")
    shutil.copy(template.ROOT / "zensical.toml", tmp_path)
    command = [str(ZENSICAL), "build", "--strict"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    site = tmp_path / ".venv" / "site"
    pages = {page.stem for page in (tmp_path / "docs").glob("*.md")}
    assert {page.parent.name for page in site.glob("*/index.html")} == pages - {"README"}
    assert (site / "llms.txt").exists()


def test_navigation_has_every_page_once() -> None:
    named = re.findall(r'"([\w-]+\.md)"', (template.ROOT / "zensical.toml").read_text())
    assert sorted(named) == sorted(page.name for page in (template.ROOT / "docs").glob("*.md"))
