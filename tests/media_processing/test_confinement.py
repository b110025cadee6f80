"""What a worker may no longer do, tried in a process that is confined in the same way."""

import subprocess
import sys

import pytest

TRIES = {
    "reading a file": "open('/etc/passwd')",
    "writing a file": "open('/tmp/written', 'w')",
    "listing a folder": "os.listdir('/')",
    "a connection": "socket.socket().connect(('127.0.0.1', 9))",
    "a connection where there was a number left": "admit_file(True); socket.socket().connect(('127.0.0.1', 9))",
    "a datagram": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
    "a pipe": "os.pipe()",
    "another process": "os.fork()",
    "another program": "os.execv('/bin/true', ['true'])",
    "more memory": "bytearray(600 * 1024 * 1024)",
    "becoming root": "os.setuid(0) if os.getuid() else open('/etc/passwd')",
    "another process's life": "os.kill(os.getppid(), 9)",
    "higher limits": "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))",
}
SCRIPT = """
import os, resource, socket, sys
from teahouse.decoding.confine import admit_file, confine
confine("picture")
try:
    {attempt}
except (OSError, MemoryError, ValueError) as error:
    print("refused", flush=True)
else:
    print("done", flush=True)
os._exit(0)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's measures are Linux's")
@pytest.mark.parametrize("name", TRIES)
def test_a_worker_is_refused(name: str) -> None:
    shown = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(attempt=TRIES[name])],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (shown.stdout.strip(), shown.returncode) == ("refused", 0), shown.stderr


def test_processor_time_ends_with_the_process() -> None:
    script = """
import resource
from teahouse.decoding import confine
confine.CPU_S["picture"] = 1
confine.confine("picture")
confine.allow_time("picture")
while True: pass
"""
    ended = subprocess.run([sys.executable, "-c", script], check=False, timeout=100)
    assert ended.returncode < 0
