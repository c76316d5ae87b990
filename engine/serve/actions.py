"""What each command does with its options; cli.py is the parser before it.

Commands import what they need when they run, so that `--help` and usage errors are immediate.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from engine.config_types import EngineConfig
from engine.errors import ConfigurationError


def run_process(options: argparse.Namespace) -> int:
    from engine.serve.run import process

    return process(options.paths, options.out, _configuration(options), options.operator)


def run_analyze(options: argparse.Namespace) -> int:
    from engine.serve.run import analyze

    return analyze(options.paths, options.out, _configuration(options), options.operator)


def run_redact(options: argparse.Namespace) -> int:
    from engine.serve.redact import redact_files, redact_lines

    if options.new_key:
        from engine.privacy import new_key

        print(new_key())
        return 0
    if options.jsonl == bool(options.paths):
        raise ConfigurationError("redact", expected="files, or --jsonl", remedy="see `call-engine redact --help`")
    if options.jsonl:
        return redact_lines(sys.stdin, sys.stdout, _text_configuration(options).privacy)
    recordings = any(not _is_text(path) for path in options.paths)
    return redact_files(
        options.paths, options.out, _configuration(options) if recordings else _text_configuration(options)
    )


def run_restore(options: argparse.Namespace) -> int:
    from engine.config_types import VaultConfig
    from engine.serve.restore import restore

    config = VaultConfig(key_file=str(options.key_file)) if options.key_file else VaultConfig()
    return restore(options.result, options.vault, config, options.out)


def run_search(options: argparse.Namespace) -> int:
    from engine.serve.search import search

    return search(options.query, options.out, options.limit)


def run_list(options: argparse.Namespace) -> int:
    from engine.serve.listing import list_calls

    return list_calls(options)


def run_report(options: argparse.Namespace) -> int:
    from engine.serve.reporting import report

    return report(options)


def run_models(options: argparse.Namespace) -> int:
    from engine.serve.model_files import convert_model, list_models, pull_model, verify_models

    if options.action == "list":
        return list_models()
    if options.action == "verify":
        return verify_models(options.name)
    if not options.name:
        action = f"models {options.action}"
        raise ConfigurationError(action, expected="a model's name", remedy="see `call-engine models list`")
    if options.action == "convert":
        return convert_model(options.name, options.out, options.quantization)
    return pull_model(options.name)


def run_voices(options: argparse.Namespace) -> int:
    from engine.serve.voices import voices

    return voices(options.action, options.names, _configuration(options))


def run_doctor(options: argparse.Namespace) -> int:
    from engine.serve.doctor import examine

    return examine(_configuration(options))


def run_bench(options: argparse.Namespace) -> int:
    from engine.serve.bench import bench

    return bench(_configuration(options), options.calls)


def run_serve(options: argparse.Namespace) -> int:
    from engine.serve.grpc_server import serve

    return serve(_configuration(options), options.host, options.port, options.out)


def run_serve_llm(options: argparse.Namespace) -> int:
    from engine.serve.llm_server import serve_llm

    return serve_llm(_configuration(options).analysis.llm, dry_run=options.dry_run)


def _is_text(path: Path) -> bool:
    from engine.serve.documents import is_text

    return path.is_file() and is_text(path)


def _configuration(options: argparse.Namespace) -> EngineConfig:
    from engine.serve.settings import changes, configuration

    return configuration(options.profile, options.config, changes(options))


def _text_configuration(options: argparse.Namespace) -> EngineConfig:
    """For texts, which need neither models nor hardware: the defaults unless a profile or file is named."""
    from engine.config import load_config, load_profile, replace
    from engine.serve.settings import changes

    named = None if options.profile == "auto" else load_profile(options.profile)
    base = load_config(options.config) if options.config else named or EngineConfig()
    return replace(base, changes(options))
