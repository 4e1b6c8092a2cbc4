"""Record a session on the terminal as docs/demo.svg: real commands, and what they print.

Only the pace is not real: each line stays long enough to be read. The temporary folder is shown
as the home directory.
"""

import os
import subprocess
import sys
import sysconfig
import tempfile
from io import StringIO
from itertools import accumulate
from pathlib import Path

from rich.console import Console
from rich.text import Text

from support import repositories
from support.template import ROOT

COMMANDS = [
    ("~", "copier copy --defaults copier-alembic my-app"),
    ("~", "cd my-app"),
    ("~/my-app", 'alembic revision --autogenerate -m "create tables"'),
    ("~/my-app", "alembic upgrade head"),
    ("~/my-app", "alembic check"),
]
COLUMNS, ROWS = 100, 26
ROW = 24.4  # pixels, of rich
TYPING, PRINTING, READING, END = 0.7, 0.06, 1.3, 4.0  # seconds

SVG = """\
<svg viewBox="0 0 {width} HEIGHT" xmlns="http://www.w3.org/2000/svg">
<title>copier copy, alembic revision, upgrade and check</title>
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px;
}}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: arial, sans-serif; }}
{styles}
ANIMATION
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="SCREEN" />
</clipPath>
{lines}
</defs>
<svg width="{width}" height="HEIGHT">{chrome}</svg>
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def run(command: str, folder: Path) -> str:
    """Run a command where `~` is `folder` and return what it prints."""
    environment = {**os.environ, "HOME": str(folder), "COLUMNS": str(COLUMNS)}
    environment["PATH"] = f"{sysconfig.get_path('scripts')}{os.pathsep}{environment['PATH']}"
    for name in ("DATABASE_URL", "MIGRATIONS_DATABASE_URL"):
        environment.pop(name, None)
    result = subprocess.run(
        ["bash", "-c", command],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    return result.stdout.replace(str(folder), "~").strip("\n")


def session() -> list[tuple[Text, float]]:
    """Return the lines of the session, each with the seconds before the next."""
    lines = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        (folder / "copier-alembic").mkdir()
        repositories.release(folder / "copier-alembic", "0.1.0")
        for place, command in COMMANDS:
            prompt = Text.assemble((place, "bold blue"), "$ ", (command, "bold"))
            lines.append((prompt, TYPING))
            printed = run(f"cd {place} && {command}", folder).splitlines()
            lines += [(Text.from_ansi(line), PRINTING) for line in printed]
            if printed:
                lines.append((Text(), READING))
    return lines


def animation(lines: list[tuple[Text, float]]) -> str:
    """Return CSS that shows the rows one after the other, and scrolls."""
    console = Console(width=COLUMNS)
    pauses = [
        pause / len(rows)
        for line, pause in lines
        for rows in [line.wrap(console, COLUMNS) or [line]]
        for _ in rows
    ]
    starts = list(accumulate(pauses, initial=0.0))
    total = starts.pop() + END
    percents = [f"{100 * start / total:.2f}%" for start in starts]
    css = [
        f'[clip-path$="-line-{row})"] {{ animation: row{row} {total:.1f}s step-end infinite }}'
        f"@keyframes row{row} {{ 0% {{ visibility: hidden }} {at} {{ visibility: visible }} }}"
        for row, at in enumerate(percents)
    ]
    hidden = len(starts) - ROWS
    shifts = [f"translateY({-ROW * row:.1f}px)" for row in range(hidden + 1)]
    scroll = " ".join(
        f"{at} {{ transform: {shift} }}"
        for at, shift in zip(percents[ROWS:], shifts[1:], strict=True)
    )
    css += [
        f"g[class$=-matrix] {{ transform: {shifts[-1]} }}",
        f"g[class$=-matrix] {{ animation: scroll {total:.1f}s step-end infinite }}",
        f"@keyframes scroll {{ 0% {{ transform: {shifts[0]} }} {scroll} }}",
        "@media (prefers-reduced-motion) { [clip-path], g { animation: none !important } }",
    ]
    return "\n".join(css)


def main() -> None:
    """Write docs/demo.svg, or the file that is named."""
    lines = session()
    console = Console(width=COLUMNS, record=True, file=StringIO())
    for line, _ in lines:
        console.print(line)
    screen = ROWS * ROW
    svg = console.export_svg(title="copier-alembic", code_format=SVG, unique_id="demo")
    svg = svg.replace("ANIMATION", animation(lines)).replace("SCREEN", f"{screen:.1f}")
    svg = svg.replace("HEIGHT", f"{screen + 52:.1f}")
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "demo.svg"
    file.write_text(svg)


if __name__ == "__main__":
    main()
