"""Run the server and, beside it, the web app's development server, where changes to web/ show at once."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    """Run both until Ctrl-C; gives the server's status."""
    port = arguments[arguments.index("--port") + 1] if "--port" in arguments else "8008"
    environ = {**os.environ, "TEAHOUSE_URL": f"http://127.0.0.1:{port}"}
    web = [sys.executable, str(ROOT / "scripts" / "web.py"), "--serve"]
    server = [str(Path(sys.executable).with_name("teahouse")), "serve", *arguments]
    with subprocess.Popen(web, env=environ) as pages, subprocess.Popen(server) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            return process.wait()
        finally:
            pages.terminate()


if __name__ == "__main__":
    sys.exit(main([one for one in sys.argv[1:] if one != "--reload"]))
