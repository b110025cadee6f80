"""Keys and folders that are not as they should be are named in one plain sentence, and never written over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from teahouse.chat.key_file import load_or_create_key
from teahouse.errors import TeahouseError
from teahouse.kernel.durable import make_data_folder
from teahouse.kernel.sealing import load_or_create_sealer
from teahouse.kernel.web_push import load_or_create_server_key

KEYS: dict[str, Callable[[Path], Any]] = {
    "signing": lambda path: load_or_create_key("example.org", path),
    "sealing": load_or_create_sealer,
    "web-push": load_or_create_server_key,
}


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("damage", [b"", b"garbage", b"ed25519:a !!", b"\xff\xfe\x00"])
def test_a_damaged_key_is_named_and_left_as_it_is(tmp_path: Path, name: str, damage: bytes) -> None:
    path = tmp_path / f"{name}.key"
    KEYS[name](path)
    whole = path.read_bytes()
    path.write_bytes(damage)
    with pytest.raises(TeahouseError, match=rf"{name}\.key can't be read .*backup"):
        KEYS[name](path)
    assert path.read_bytes() == damage
    path.write_bytes(whole)
    KEYS[name](path)


def test_a_data_folder_that_can_not_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for wrong in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/teahouse")):
        with pytest.raises(TeahouseError, match=rf"data folder {wrong} \(.*--data"):
            make_data_folder(wrong)
    make_data_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b" / "server.lock").exists()
