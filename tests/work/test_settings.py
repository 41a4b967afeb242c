"""The environment decides the settings; a bad value is named together with its valid form."""

import os
import stat
import threading
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from callcenter import clock, resources
from callcenter.config import LONGEST_SOCKET_PATH, Settings, SettingsError, redis_socket


def test_without_any_variable_everything_lives_in_one_folder_and_listens_to_this_machine_only(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_environment({})
    assert settings.data_dir == tmp_path / "var"
    assert settings.database_url == f"sqlite:///{tmp_path}/var/callcenter.sqlite3"
    assert settings.redis_url == f"unix://{redis_socket(tmp_path / 'var')}"
    assert (settings.embedded_database, settings.embedded_redis) == (True, True)
    assert settings.bind == "127.0.0.1:8000"
    assert settings.demo is False
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("given", ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"])
def test_every_way_to_write_a_postgres_address_means_psycopg(given):
    settings = Settings.from_environment({"DATABASE_URL": given})
    assert settings.database_url == "postgresql+psycopg://u:p@h/d"
    assert settings.embedded_database is False


@pytest.mark.parametrize(
    ("given", "listens_at"),
    [
        ({"PORT": "9000"}, "127.0.0.1:9000"),
        ({"BIND": "0.0.0.0", "PORT": "9000"}, "0.0.0.0:9000"),
        ({"BIND": "0.0.0.0:8080", "PORT": "9000"}, "0.0.0.0:8080"),
        ({"BIND": "[::1]"}, "[::1]:8000"),
        ({"BIND": "[::1]:81"}, "[::1]:81"),
        ({"BIND": "localhost:81"}, "localhost:81"),
    ],
)
def test_bind_names_host_and_port_and_port_fills_in_for_it(given, listens_at):
    assert Settings.from_environment(given).bind == listens_at


def test_several_tokens_are_accepted_while_one_is_being_changed():
    given = {"TWILIO_AUTH_TOKEN": "new, old,", "PUBLIC_BASE_URL": "https://hotline.example.com/"}
    settings = Settings.from_environment(given)
    assert settings.twilio_auth_tokens == ("new", "old")
    assert settings.public_base_url == "https://hotline.example.com"


@pytest.mark.parametrize(
    ("variable", "held"),
    [
        ("DATABASE_URL", "mysql://root:secret@h/d"),
        ("DATABASE_URL", "hotline.db"),
        ("REDIS_URL", "http://:secret@h"),
        ("SECRET_KEY", "short"),
        ("PORT", "80a"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("BIND", "127.0.0.1:"),
        ("BIND", "127.0.0.1:99999"),
        ("BIND", "a host"),
        ("BIND", "::1"),
        ("PUBLIC_BASE_URL", "hotline.example.com"),
        ("PUBLIC_BASE_URL", "ftp://hotline.example.com"),
        ("PUBLIC_BASE_URL", "https://hotline.example.com?x=1"),
        ("TWILIO_ACCOUNT_SID", "AC123"),
        ("TWILIO_NUMBER", "021-6000"),
        ("CALLCENTER_WORKFLOWS", "/nowhere/at/all"),
        ("CALLCENTER_DEMO", "perhaps"),
        ("CALLCENTER_WEB_THREADS", "7"),
    ],
)
def test_a_bad_value_is_refused_in_one_line_that_names_the_variable_and_hides_passwords(variable, held):
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environment({variable: held})
    assert variable in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_secrets_do_not_show_when_settings_are_printed():
    given = {
        "SECRET_KEY": "open sesame open sesame",
        "TWILIO_AUTH_TOKEN": "sesame-token",
        "DATABASE_URL": "postgresql://u:sesame@h/d",
        "REDIS_URL": "redis://:sesame@h",
    }
    assert "sesame" not in repr(Settings.from_environment(given))


def test_the_secret_key_is_made_once_and_only_we_can_read_it(tmp_path):
    given = {"CALLCENTER_DATA": str(tmp_path / "data")}
    assert Settings.from_environment({**given, "SECRET_KEY": "k" * 16}).secret_key == "k" * 16
    first = Settings.from_environment(given).secret_key
    assert len(first) == 64
    assert Settings.from_environment(given).secret_key == first
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret_key"]
    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600


def test_processes_that_start_together_agree_on_one_secret_key(tmp_path):
    keys: set[str] = set()
    together = threading.Barrier(8)

    def read():
        settings = Settings.from_environment({"CALLCENTER_DATA": str(tmp_path)})
        together.wait()
        keys.add(settings.secret_key)

    readers = [threading.Thread(target=read) for _ in range(8)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert len(keys) == 1


def test_a_folder_too_deep_for_a_socket_gets_a_short_one_of_its_own():
    deep, other = Path("/" + "deep/" * 30), Path("/" + "deep/" * 31)
    assert len(os.fsencode(redis_socket(deep))) <= LONGEST_SOCKET_PATH
    assert redis_socket(deep) == redis_socket(deep)
    assert redis_socket(deep) != redis_socket(other)


def test_the_clock_gives_aware_utc_in_whole_milliseconds():
    first, second = clock.now(), clock.now()
    assert first.tzinfo is UTC
    assert first.microsecond % 1000 == 0
    assert timedelta(0) <= second - first


@pytest.mark.parametrize("name", ["workflows", "templates"])
def test_the_folders_of_a_checkout_are_found(name):
    assert resources.folder(name).name == name


def test_a_missing_folder_names_both_places():
    with pytest.raises(FileNotFoundError, match="nowhere"):
        resources.folder("nowhere")
