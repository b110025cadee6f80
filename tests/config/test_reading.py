"""The rules by which settings are read: precedence, safe defaults, every mistake at once, no secret shown."""

from pathlib import Path

import pytest

from teahouse.config import Config, ConfigError, load

Settings = dict[str, str]
PUBLIC = {"listen.host": "0.0.0.0", "server_name": "example.org"}  # noqa: S104 (nothing listens)


def mistakes_of(
    text: str,
    tmp_path: Path,
    environ: dict[str, str] | None = None,
    overrides: dict[str, object] | None = None,
) -> list[str]:
    """Load what must not load and give the complaints."""
    file = tmp_path / "teahouse.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(file, environ, overrides)
    return caught.value.mistakes


def test_without_any_setting_the_server_is_for_this_machine_only() -> None:
    config = load()
    assert config.listen.is_loopback
    assert config.server_name == "localhost"
    assert config.registration.mode == "open"
    assert config.public_url == "http://127.0.0.1:8008"
    assert config.database == f"sqlite://{Path.cwd()}/teahouse-data/teahouse.db"
    assert config.rate_limits.enabled


def test_flags_win_over_environment_over_file(tmp_path: Path) -> None:
    file = tmp_path / "teahouse.toml"
    file.write_text('server_name = "file.org"\n[listen]\nport = 1\nhost = "127.0.0.3"\n')
    config = load(
        file, {"TEAHOUSE_PORT": "2", "TEAHOUSE_SERVER_NAME": "env.org"}, {"listen.port": 3, "data": None}
    )
    assert (config.listen.host, config.server_name, config.listen.port) == ("127.0.0.3", "env.org", 3)


def test_a_short_variable_wins_over_its_long_spelling() -> None:
    assert load(environ={"TEAHOUSE_PORT": "1", "TEAHOUSE_LISTEN_PORT": "2"}).listen.port == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_registration_is_open_on_loopback(host: str) -> None:
    assert load(overrides={"listen.host": host}).registration.mode == "open"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org"])  # noqa: S104
def test_registration_needs_a_token_where_others_can_reach_the_server(host: str) -> None:
    config = load(overrides={**PUBLIC, "listen.host": host})
    assert config.registration.mode == "token"
    assert config.public_url == "https://example.org"


def test_open_registration_in_public_must_be_asked_for() -> None:
    assert load(overrides={**PUBLIC, "registration.mode": "open"}).registration.mode == "open"


def test_a_public_address_needs_a_server_name() -> None:
    with pytest.raises(ConfigError, match=r"--server-name example\.org"):
        load(overrides={"listen.host": "0.0.0.0"})  # noqa: S104


def test_every_mistake_of_every_source_is_told_at_once(tmp_path: Path) -> None:
    text = "[listen]\nport = 70000\n[log]\nlevel = 'loud'\n[presence]\nenabled = 'maybe'\n"
    environ = {"TEAHOUSE_PROT": "1", "TEAHOUSE_PUSH_TIMEOUT_S": "soon"}
    told = mistakes_of(text, tmp_path, environ, {"database": "mysql://me:hush@host/db"})
    assert len(told) == 6
    everything = "\n".join(told)
    assert "write a whole number from 0 to 65535" in everything
    assert "write one of debug, info, warning, error" in everything
    assert "write true or false" in everything
    assert "did you mean TEAHOUSE_PORT?" in everything
    assert "TEAHOUSE_PUSH_TIMEOUT_S: 'soon' is not a number" in everything
    assert "write sqlite:///absolute/path.db or postgresql://" in everything


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[listen]\nprot = 1", "did you mean listen.port?"),
        ("listen = 3", "write [listen]"),
        ("nonsense = 1", "teahouse config sample"),
        ("[listen]\nport = true", "not a whole number"),
        ("[listen]\nport = 8008.5", "not a whole number"),
        ("[push]\ntimeout_s = nan", "is not a number"),
        ("[rooms]\ndefault_version = '9'", "write one of 10, 11, 12"),
        ("[rooms]\ndefault_version = [12]", "write one of 10, 11, 12"),
        ("data = ''", "a text that is not empty"),
        ("data = 3", "a text in quotation marks"),
        ("server_name = 'https://example.org'", "without https://"),
        ("server_name = 'Example.org'", "lower case"),
        ("public_url = 'example.org'", "write one like https://example.org"),
        ("database = 'postgres://u@h/d'", "write sqlite:///"),
        ("[rate_limits]\nlogin = { per_second = 0, burst = 5 }", "out of range"),
        ("this is not toml", "not valid TOML"),
    ],
)
def test_a_mistake_says_what_to_write_instead(text: str, complaint: str, tmp_path: Path) -> None:
    told = mistakes_of(text, tmp_path)
    assert len(told) == 1
    assert complaint in told[0]


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="config sample"):
        load(tmp_path / "absent.toml")


@pytest.mark.parametrize("name", ["localhost", "example.org", "a.b.example.org:8448", "[::1]:8008"])
def test_server_names_of_the_grammar_are_taken(name: str) -> None:
    assert load(overrides={"server_name": name}).server_name == name


@pytest.mark.parametrize("name", ["", "a b", "-a.org", "a..org", "a/", "a.org:port", "x" * 64, "@a:b"])
def test_other_server_names_are_refused(name: str) -> None:
    with pytest.raises(ConfigError):
        load(environ={"TEAHOUSE_SERVER_NAME": name})


def test_no_secret_shows_in_what_is_logged_or_complained_about(tmp_path: Path) -> None:
    secrets = {
        "registration.shared_secret": "hush-hush",
        "database": "postgresql://tea:hush@db.example.org/tea?password=hush2",
    }
    config = load(overrides=secrets)
    assert config.registration.shared_secret == "hush-hush"
    assert "hush" not in repr(config)
    assert "hush" not in config.database.shown
    told = mistakes_of("[registration]\nshared_secret = 12345678", tmp_path)
    assert "12345678" not in told[0]


def test_one_half_of_a_limit_may_be_given(tmp_path: Path) -> None:
    file = tmp_path / "teahouse.toml"
    file.write_text("[rate_limits]\nlogin = { burst = 3 }\n")
    limits = load(file).rate_limits
    assert (limits.login.burst, limits.login.per_second) == (3, Config().rate_limits.login.per_second)


def test_variables_of_our_own_tools_are_no_settings() -> None:
    assert load(environ={"TEAHOUSE_CONFIG": "x", "TEAHOUSE_TEST_DATABASE_URL": "y"}) == load()


def test_the_file_of_an_sqlite_address_is_always_absolute() -> None:
    for url in ("sqlite:///var/tea.db", "sqlite:////var/tea.db"):
        assert load(overrides={"database": url}).database.sqlite_path == Path("/var/tea.db")
    assert load(overrides={"database": "postgresql://u@h/d"}).database.sqlite_path is None
