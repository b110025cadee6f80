"""Run the server and, beside it, the web app's development server, where changes to web/ show at once."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TO_STOP_S = 15


def main(arguments: list[str]) -> int:
    """Run both until Ctrl-C or until one of them ends; gives the server's status."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    environ = {**os.environ, "TEAHOUSE_URL": f"http://127.0.0.1:{port_of(arguments)}"}
    web = [sys.executable, str(ROOT / "scripts" / "web.py"), "--serve"]
    server = subprocess.Popen([str(Path(sys.executable).with_name("teahouse")), "serve", *arguments])
    pages = None
    try:
        # Pages that are shown before the server listens would answer everything with an error.
        if answers(server, port_of(arguments)):
            pages = subprocess.Popen(web, env=environ)
            while server.poll() is None and pages.poll() is None:
                time.sleep(0.2)
    except KeyboardInterrupt:
        # The terminal's Ctrl-C has reached the server too; let it end in its own time.
        with suppress(subprocess.TimeoutExpired):
            server.wait(1)
    finally:
        for process in (server, pages):
            if process is not None:
                stop(process)
    return server.returncode


def port_of(arguments: list[str]) -> int:
    """Give the port that the options name."""
    for number, one in enumerate(arguments):
        if one == "--port":
            return int(arguments[number + 1])
        if one.startswith("--port="):
            return int(one.partition("=")[2])
    return 8008


def answers(server: "subprocess.Popen[bytes]", port: int) -> bool:
    """Wait until the server takes connections; False when it ended instead."""
    while server.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        time.sleep(0.1)
    return False


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End a process, by force when it does not listen."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(TO_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main([one for one in sys.argv[1:] if one != "--reload"]))
