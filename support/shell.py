"""The command lines of processes.py for a shell: scripts to be found on PATH, and who runs them."""

from __future__ import annotations

import json
import socketserver
import sys
import tempfile
from functools import cache
from pathlib import Path
from threading import Thread

from support import processes

# A Python that starts without what is installed: a tenth of what importing Alembic takes.
SCRIPT = """\
#!{python} -IS
import json, os, socket, sys

command = [os.path.basename(sys.argv[0]), *sys.argv[1:]]
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect({address!r})
    given = [command, os.getcwd(), dict(os.environ), os.path.sameopenfile(1, 2)]
    connection.sendall(json.dumps(given).encode() + b"\\n")
    code, out, error = json.loads(connection.makefile().read())
sys.stdout.write(out)
sys.stdout.flush()
sys.stderr.write(error)
sys.exit(code)
"""


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        command, folder, environment, merged = json.loads(self.rfile.readline())
        result = processes.run(tuple(command), Path(folder), environment, merged=merged)
        self.wfile.write(json.dumps([result.returncode, result.stdout, result.stderr]).encode())


@cache
def scripts(names: tuple[str, ...] = ("alembic", "copier", "pytest", "python")) -> str:
    """Return a folder for PATH with these of what processes.py runs, as long as this one does."""
    folder = Path(tempfile.mkdtemp(prefix="copier-alembic-"))
    server = socketserver.ThreadingUnixStreamServer(str(folder / "address"), _Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    for name in names:
        script = folder / name
        script.write_text(SCRIPT.format(python=sys.executable, address=server.server_address))
        script.chmod(0o755)
    return str(folder)
