"""Builds the web app into the wheel, so that whoever installs it needs neither Node nor its registry."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebAppHook(BuildHookInterface[Any]):  # type: ignore[misc]
    """Runs scripts/web.py before files are gathered, unless this is an editable install or there is no source."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, or fail the whole wheel: one without the app would be a surprise later."""
        root = Path(self.root)
        if version == "editable" or os.environ.get("TEAHOUSE_SKIP_WEB") or not (root / "web").exists():
            return
        subprocess.run([sys.executable, str(root / "scripts" / "web.py")], cwd=root, check=True)
