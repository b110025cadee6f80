"""Run every check that looks at the code without running it; all of them, even after a failure."""

import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent
CHECKS = (
    ("ruff", "check", "--output-format", "concise"),
    ("ruff", "format", "--check", "--output-format", "concise"),
    ("mypy",),
    ("lint-imports", "--no-logo"),
    ("python", "scripts/web.py", "--check"),
)


def main() -> int:
    """Give 0 when all checks pass."""
    failed = []
    for check in CHECKS:
        print("+", *check, flush=True)
        if subprocess.run([BIN / check[0], *check[1:]], check=False).returncode:
            failed.append(" ".join(check))
    print(f"Failed: {', '.join(failed)}; ./dev fix repairs some of it" if failed else "All checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
