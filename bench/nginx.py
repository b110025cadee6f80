"""nginx, serving one folder on loopback: what a file server can do on this machine, in the same run."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.wire import Address

PROGRAM = shutil.which("nginx") or "/usr/sbin/nginx"
_CONFIG = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {root};
    }}
}}
"""


def is_installed() -> bool:
    """Say whether Debian's nginx is there (apt-get install nginx-light)."""
    return Path(PROGRAM).exists()


@contextmanager
def serving(root: Path, folder: Path) -> Iterator[Address]:
    """Serve the files of `root` for as long as the block lasts; nginx keeps its own in `folder`."""
    folder.mkdir(parents=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    user = "user root;" if os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(_CONFIG.format(user=user, folder=folder, port=port, root=root))
    process = subprocess.Popen([PROGRAM, "-c", str(config), "-p", str(folder)], stderr=subprocess.DEVNULL)
    try:
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.01)
        yield Address("127.0.0.1", port)
    finally:
        process.terminate()
        process.wait()
