"""The command lines of processes.py for a shell: scripts to be found on PATH, and who runs them."""

from __future__ import annotations

import marshal
import socketserver
import sys
import tempfile
from functools import cache
from pathlib import Path
from threading import Thread

from support import processes

# A Python that starts without what is installed, and with as little as it can: a fortieth of what
# importing Alembic takes.
SCRIPT = """\
#!{python} -IS
import marshal, os, sys
from _socket import AF_UNIX, SHUT_WR, SOCK_STREAM, socket

command = [os.path.basename(sys.argv[0]), *sys.argv[1:]]
connection = socket(AF_UNIX, SOCK_STREAM)
connection.connect({address!r})
given = [command, os.getcwd(), dict(os.environ), os.path.sameopenfile(1, 2)]
connection.sendall(marshal.dumps(given))
connection.shutdown(SHUT_WR)
answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
code, out, error = marshal.loads(answer)
sys.stdout.write(out)
sys.stdout.flush()
sys.stderr.write(error)
sys.exit(code)
"""


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        command, folder, environment, merged = marshal.loads(self.rfile.read())  # noqa: S302 # our own
        result = processes.run(tuple(command), Path(folder), environment, merged=merged)
        self.wfile.write(marshal.dumps([result.returncode, result.stdout, result.stderr]))


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
