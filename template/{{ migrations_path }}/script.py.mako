## Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
<%!
def quoted(value):
    """Write strings with ruff's quotes."""
    return repr(value).replace("'", '"')
%>\
<% merge = isinstance(down_revision, tuple) and not upgrades %>\
"""${message}

% if not merge:
Upgrade: is it safe while the application runs?
Downgrade: what does it lose?

% endif
Revision ID: ${up_revision}
Revises:${" " if down_revision else ""}${down_revision | comma,n}
Create Date: ${create_date}
"""

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
