"""Files that describe a realm: YAML or TOML read into plain values, and what stands in place of secrets."""

import re
import tomllib
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml

from scimbridge.config.sources import ConfigError

_TOML = ".toml"


class _Loader(yaml.SafeLoader):
    """YAML 1.2's core schema in place of 1.1's: there `NO` is false and 2026-01-31 no text (yaml.org/spec/1.2.2 10.3).

    A key that stands twice is refused: of two settings one would be lost in silence.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} is no text", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f'key "{key}" stands twice', key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


_NUMBER = "-?(?:0|[1-9][0-9]*)"
_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", "~|null|", "~n"),
    ("bool", "true|false", "tf"),
    ("int", _NUMBER, "-0123456789"),
    ("float", rf"{_NUMBER}\.[0-9]+(?:[eE][-+][0-9]+)?", "-0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), [*_first, ""])


class _Dumper(yaml.SafeDumper):
    """Writes characters that nobody sees with escapes: unquoted, YAML folds some of them into a space."""


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, None if text.isprintable() else '"')


_Dumper.add_representer(str, _represent_text)


def read_declared(path: Path) -> Mapping[str, Any]:
    """The document of a file: TOML by its suffix, else YAML (of which JSON is a part). Raises ConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text) if path.suffix == _TOML else yaml.load(text, _Loader)  # noqa: S506 (a SafeLoader)
    except OSError as error:
        raise ConfigError([f"{path} cannot be read: {error.strerror}."]) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{path} cannot be read: it is not UTF-8."]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path} is not TOML: {error}."]) from None
    except yaml.MarkedYAMLError as error:
        raise ConfigError([f"{path}{_place(error)}: {error.problem}."]) from None
    except yaml.YAMLError as error:
        raise ConfigError([f"{path} is not YAML: {error}."]) from None
    if not isinstance(document, dict):
        raise ConfigError(
            [f"{path} describes no realm: it must hold keys and values, the first of them `realm: NAME`."]
        )
    return document


def write_declared(document: Mapping[str, Any]) -> str:
    """As YAML, in the order that the document has; what holds nothing but plain values is on one line."""
    text: str = yaml.dump(
        dict(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None
    )
    return text


def reference_reader(path: Path, environment: Mapping[str, str]) -> Callable[[Mapping[str, str]], str | None]:
    """Reads what `{env: NAME}` and `{file: PATH}` stand for, a relative path as seen from the file at `path`.

    None: there is no such variable or file. The line break that an editor leaves at the end is no part of a secret.
    """

    def read(reference: Mapping[str, str]) -> str | None:
        if "env" in reference:
            return environment.get(reference["env"]) or None
        try:
            return (path.parent / reference["file"]).expanduser().read_text(encoding="utf-8").rstrip("\r\n") or None
        except (OSError, UnicodeDecodeError):
            return None

    return read


def _place(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark
    return f", line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
