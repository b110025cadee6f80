"""Synapse as the measure: installed from PyPI outside the checkout, set up on SQLite without rate limits.

Owns the cache folder and the configuration. Refuses to make Synapse look bad: presence is
off, logs are quiet and passwords are cheap to hash.
"""

import subprocess
import sys
from pathlib import Path

from bench.wire import Address

CACHE = Path.home() / ".cache" / "teahouse-bench" / "synapse"
_RATES: dict[str, list[str]] = {
    "rc_message": [],
    "rc_registration": [],
    "rc_admin_redaction": [],
    "rc_invites": ["per_room", "per_user", "per_issuer"],
    "rc_joins": ["local", "remote"],
    "rc_joins_per_room": [],
    "rc_login": ["address", "account", "failed_attempts"],
    "rc_presence": ["per_user"],
    "rc_room_creation": [],
}
_LOGGING = """version: 1
handlers:
  console: {class: logging.StreamHandler}
root: {level: WARNING, handlers: [console]}
"""


def install() -> str:
    """Install Synapse when it is missing, and return its version."""
    python = CACHE / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(CACHE)], check=True)
    if not (CACHE / "bin" / "synapse_homeserver").exists():
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "matrix-synapse"], check=True)
    shown = subprocess.run(
        [str(python), "-c", "import importlib.metadata as m; print(m.version('matrix-synapse'))"],
        check=True,
        capture_output=True,
        text=True,
    )
    return shown.stdout.strip()


def command(folder: Path, address: Address, secret: str) -> list[str]:
    """Return the command that starts Synapse on `folder`, after writing its configuration there."""
    config = folder / "homeserver.yaml"
    start = [str(CACHE / "bin" / "python"), "-m", "synapse.app.homeserver", "--config-path", str(config)]
    if not config.exists():
        config.write_text(_configuration(folder, address, secret))
        (folder / "log.yaml").write_text(_LOGGING)
        subprocess.run([*start, "--generate-keys"], check=True, capture_output=True, cwd=folder)
    return start


def _configuration(folder: Path, address: Address, secret: str) -> str:
    return "\n".join(
        [
            "server_name: bench.localhost",
            "report_stats: false",
            f"pid_file: {folder}/synapse.pid",
            "listeners:",
            f"  - {{port: {address.port}, type: http, bind_addresses: ['{address.host}'],",
            "     resources: [{names: [client], compress: false}]}",
            f"database: {{name: sqlite3, args: {{database: {folder}/homeserver.db}}}}",
            f"log_config: {folder}/log.yaml",
            f"media_store_path: {folder}/media",
            f"signing_key_path: {folder}/signing.key",
            f"registration_shared_secret: {secret}",
            "macaroon_secret_key: bench",
            "form_secret: bench",
            "trusted_key_servers: []",
            "enable_registration: false",
            "presence: {enabled: false}",
            "bcrypt_rounds: 4",
            *_rate_lines(),
            "",
        ]
    )


def _rate_lines() -> list[str]:
    """Return every rate limit set so high that it never answers."""
    limit = "{per_second: 1000000, burst_count: 1000000}"
    lines = []
    for name, parts in _RATES.items():
        inner = ", ".join(f"{part}: {limit}" for part in parts)
        lines.append(f"{name}: {{{inner}}}" if parts else f"{name}: {limit}")
    return lines
