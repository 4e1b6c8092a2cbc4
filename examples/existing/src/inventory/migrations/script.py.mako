## Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
<%!
import re
from pathlib import Path

from alembic.util import load_python_file


def docstring(text):
    """Write a docstring that says this text, whatever is in it."""
    text = "\n".join(line.rstrip() for line in text.strip().splitlines())
    controls = r"[\0-\x08\x0b-\x1f\x7f\ud800-\udfff]"
    text = re.sub(controls, lambda c: c[0].encode("unicode_escape").decode(), text)
    if '"""' in text:
        prefix, text = "", text.replace("\\", r"\\").replace('"""', r'\"\"\"')
    else:
        prefix = "r" if "\\" in text else ""
    space = " " if text.startswith('"') else ""
    return f'{prefix}"""{space}{text}\n"""'


def quoted(value):
    """Write strings with ruff's quotes."""
    if isinstance(value, (list, tuple)):
        items = ", ".join(map(quoted, value)) + "," * (len(value) == 1)
        return f"({items})"
    text = repr(value)
    return f'"{text[1:-1]}"' if text.startswith("'") and '"' not in text else text
%>\
<%
if context.get("config") and not context.get("replaces"):
    folder = Path(self.template.filename).parent
    heads = load_python_file(folder, "heads.py")
    heads.add(config, up_revision, down_revision)
%>\
<% merge = isinstance(down_revision, tuple) and not upgrades %>\
<%block filter="docstring">${message}

% if not merge:
Upgrade: is it safe while the application runs?
Downgrade: what does it lose?

% endif
Revision ID: ${up_revision}
Revises:${" " if down_revision else ""}${down_revision | comma,n}
Create Date: ${create_date}
</%block>

from collections.abc import Sequence

% if not merge:
import sqlalchemy as sa
from alembic import op
% if imports:
${imports}
% endif

% endif
revision: str = ${quoted(up_revision)}
down_revision: str | Sequence[str] | None = ${quoted(down_revision)}
branch_labels: str | Sequence[str] | None = ${quoted(branch_labels)}
depends_on: str | Sequence[str] | None = ${quoted(depends_on)}
% if context.get("contract"):

% if context.get("expand"):
# The old code can't work with it, nor the new code without it: one has to stop.
contract: bool = True
expand: bool = True
% else:
# Waits until the old code is gone: `alembic -x expand upgrade head` stops before it.
contract: bool = True
% endif
% endif
% if context.get("replaces"):

# An empty database runs this one; others go on by those, which are in replaced/.
replaces: Sequence[str] = ${quoted(context["replaces"])}
% endif
% if "if not safe_because:" in (upgrades or ""):

# Stops all who use a table: why may it? The command ends here while nothing is said.
safe_because: str = ""
% endif
% if context.get("mysql_lock"):

# Statements say LOCK=NONE: they fail rather than stop those who write to a table.
mysql_lock: str = ${quoted(context["mysql_lock"])}
% endif


def upgrade() -> None:
    """Upgrade schema."""
% for note in context.get("notes", ()):
    # ${note}
% endfor
% if upgrades:
    ${upgrades}
% endif


def downgrade() -> None:
    """Downgrade schema."""
% if downgrades:
    ${downgrades}
% endif
