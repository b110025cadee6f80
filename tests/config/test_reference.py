"""The sample file and the list of settings say exactly what the tree holds."""

import re
from pathlib import Path

from teahouse.config import describe, load, sample_toml
from teahouse.config.reading import setting_types


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
    for _, doc, settings in describe():
        assert doc
        for setting in settings:
            assert len(setting.doc) > 20, f"{setting.path} needs a docstring that says what it does"


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
