"""The site has every page, and no link that leads nowhere."""

from __future__ import annotations

import json
import os
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


def test_each_release_has_a_folder_and_the_first_page_leads_to_the_newest(tmp_path: Path) -> None:
    remote, site = tmp_path / "owner" / "repository", tmp_path / ".venv" / "site"
    subprocess.run(["git", "init", "--quiet", "--bare", remote], check=True)
    site.mkdir(parents=True)
    variables = {"GITHUB_SERVER_URL": f"{tmp_path}", "GITHUB_REPOSITORY": "owner/repository"}
    for name in ("main", "1.9.0", "1.10.0", "main", "main"):
        (site / "index.html").write_text(f"the site of {name}")
        subprocess.run(
            [template.ROOT / "scripts" / "publish-site"],
            cwd=tmp_path,
            env=os.environ | variables | {"GITHUB_REF_NAME": name, "GH_TOKEN": "token"},
            check=True,
        )
    subprocess.run(
        ["git", "clone", "--quiet", "-b", "gh-pages", remote, "pages"], cwd=tmp_path, check=True
    )
    pages = tmp_path / "pages"
    for name in ("main", "1.9.0", "1.10.0"):
        assert (pages / name / "index.html").read_text() == f"the site of {name}"
    assert "url=1.10.0/" in (pages / "index.html").read_text()
    versions = json.loads((pages / "versions.json").read_text())
    assert [each["version"] for each in versions] == ["1.10.0", "1.9.0", "main"]


def test_navigation_has_every_page_once() -> None:
    named = re.findall(r'"([\w-]+\.md)"', (template.ROOT / "zensical.toml").read_text())
    assert sorted(named) == sorted(page.name for page in (template.ROOT / "docs").glob("*.md"))
