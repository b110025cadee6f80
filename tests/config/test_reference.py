"""The sample file and the list of settings say exactly what the tree holds."""

import dataclasses
import re
from pathlib import Path

from teahouse.config import Config, describe, load, sample_toml
from teahouse.config.reading import setting_types
from teahouse.config.reference import field_docs


def test_the_sample_file_as_it_is_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "sample.toml"
    file.write_text(sample_toml())
    assert load(file) == load()


def test_every_line_of_the_sample_file_can_be_switched_on(tmp_path: Path) -> None:
    file = tmp_path / "sample.toml"
    file.write_text(re.sub(r"^# (\w+ = )", r"\1", sample_toml(), flags=re.MULTILINE))
    config = load(file)
    assert config.server_name == "example.org"
    assert config.rate_limits == load().rate_limits


def test_every_setting_has_a_docstring() -> None:
    sections = [
        Config,
        *(type(value) for value in vars(Config()).values() if dataclasses.is_dataclass(value)),
    ]
    for section in sections:
        docs = field_docs(section)
        for item in dataclasses.fields(section):
            is_section = dataclasses.is_dataclass(item.type) or item.name in {
                s.__name__.lower() for s in sections
            }
            if not is_section and item.name != "rate_limits":
                assert docs.get(item.name), f"{section.__name__}.{item.name} has no docstring"


def test_the_list_of_settings_names_them_all() -> None:
    listed = {setting.path for _, _, settings in describe() for setting in settings}
    for path in setting_types():
        assert path in listed or path.rpartition(".")[0] in listed


def test_every_variable_of_the_list_is_understood() -> None:
    for _, _, settings in describe():
        for setting in settings:
            if setting.kind == "limit":
                continue
            example = setting.example.strip('"')
            for name in setting.env:
                load(environ={name: example})
