"""Make .venv hold exactly what uv.lock names, and build the web app; does nothing when both are done.

Runs on a bare python3. TEAHOUSE_SKIP_WEB=1 leaves the web app out.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".cache" / "tools"
STAMP = ROOT / ".venv" / ".synced"


def main() -> int:
    """Set up the Python side, then the web app; the server runs without the latter, and says so."""
    return set_up_python() or set_up_web()


def set_up_web() -> int:
    """Build the web app; only where everything must pass is it an error when that is impossible."""
    if os.environ.get("TEAHOUSE_SKIP_WEB"):
        return 0
    failed = subprocess.run([ROOT / ".venv/bin/python", "scripts/web.py"], cwd=ROOT, check=False).returncode
    if failed:
        print("The web app could not be built (it needs registry.npmjs.org the first time)", file=sys.stderr)
    return failed if os.environ.get("CI", "").lower() in ("true", "1") else 0


def set_up_python() -> int:
    """Install uv beside the project, and let it install the rest."""
    wanted = b"".join((ROOT / name).read_bytes() for name in ("pyproject.toml", "uv.lock"))
    digest = hashlib.sha256(wanted).hexdigest()
    if STAMP.exists() and STAMP.read_text() == digest:
        return 0
    print("Setting up .venv (the first time takes a minute)", file=sys.stderr)
    try:
        if not (TOOLS / "bin" / "uv").exists():
            venv.create(TOOLS, with_pip=True, clear=True)
            pip = [str(TOOLS / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "uv>=0.9"]
            subprocess.run(pip, check=True)
        # The machine's own certificates and Python: both are what a closed network has.
        settings = {"UV_PYTHON_DOWNLOADS": "never", "UV_PYTHON": sys.executable, "UV_SYSTEM_CERTS": "1"}
        environ = {**os.environ, **settings, "UV_PROJECT_ENVIRONMENT": str(ROOT / ".venv")}
        # Compiled ahead, the server starts in half the time, also where Python may not write its caches.
        sync = [str(TOOLS / "bin" / "uv"), "sync", "--locked", "--quiet", "--compile-bytecode"]
        subprocess.run(sync, cwd=ROOT, env=environ, check=True)
        subprocess.run([ROOT / ".venv/bin/python", "-m", "compileall", "-q", "src"], cwd=ROOT, check=True)
    except subprocess.CalledProcessError as failed:
        print(f"Set-up failed at: {' '.join(map(str, failed.cmd))}", file=sys.stderr)
        print("It needs the Internet (pypi.org) and, on Debian, the package python3-venv.", file=sys.stderr)
        return 1
    STAMP.write_text(digest)
    return 0


if __name__ == "__main__":
    sys.exit(main())
