"""Repair what the linter can repair, and format everything."""

import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent

if __name__ == "__main__":
    fixed = subprocess.run([BIN / "ruff", "check", "--fix", *sys.argv[1:]], check=False).returncode
    fixed = subprocess.run([BIN / "ruff", "format", *sys.argv[1:]], check=False).returncode or fixed
    sys.exit(subprocess.run([BIN / "python", "scripts/web.py", "--fix"], check=False).returncode or fixed)
