"""`call-engine`: the commands, their options and exit codes.

0: all done. 1: some calls failed, the rest are done. 2: bad usage or configuration, before any work. 130: interrupted.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.asr.convert import QUANTIZATIONS
from engine.errors import CallEngineError, ConfigurationError, LlmUnavailableError, ModelError
from engine.serve import actions

_EXAMPLES = """examples:
  call-engine process recordings/ --out results
  call-engine process call.wav --out results --language en --anonymize person_name,credit_card_number
  call-engine analyze chat.txt --out results --checklist my-checklist.toml
  call-engine process recordings/ --out results --redact-audio beep
  call-engine redact call.wav --out redacted          a copy with beeps, and its redacted transcript
  call-engine redact chat.txt > chat.redacted.txt
  echo '{"id": 1, "text": "my name is John Smith"}' | call-engine redact --jsonl --explain
  call-engine restore results/call.json --key-file vault.key
  call-engine search "card blocked" --out results
  call-engine list results --tone tense,aggressive --text "refund" --from 2026-11-01
  call-engine report results --kind business --from 2026-11-01 --to 2026-11-30 --format pdf
  call-engine doctor
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO if options.verbose else logging.ERROR, format="%(levelname)s %(name)s: %(message)s"
    )
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except (ConfigurationError, ModelError, LlmUnavailableError) as error:
        return _complain(error, 2)
    except CallEngineError as error:
        return _complain(error, 2 if error.stage is None else 1)
    except KeyboardInterrupt:
        return _complain("interrupted", 130)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has left; Python would complain at exit
        return 0


def _complain(problem: object, code: int) -> int:
    print(f"call-engine: {problem}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="call-engine",
        description="Call recordings and chats into anonymised, structured insight; no byte leaves the machine.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--verbose", action="store_true", help="log ids, counts and timings to stderr (never text)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_process(commands)
    _add_analyze(commands)
    _add_redact(commands)
    _add_restore(commands)
    _add_search(commands)
    _add_list(commands)
    _add_report(commands)
    _add_models(commands)
    _add_voices(commands)
    _add_doctor(commands)
    _add_bench(commands)
    _add_serve(commands)
    _add_serve_llm(commands)
    return parser


_Commands = argparse._SubParsersAction  # argparse has no public name for it


def _add_process(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "process", "recordings (files or directories) to results", actions.run_process)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a recording, or a directory of them")
    _add_run_options(parser)
    _add_audio_options(parser)


def _add_analyze(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "analyze", "chats and finished transcripts to results", actions.run_analyze)
    parser.add_argument("paths", nargs="+", type=Path, metavar="CHAT", help='JSON, "Speaker: text" lines, or .eml')
    _add_run_options(parser)


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where results go; a second run resumes")
    _add_profile_options(parser)
    parser.add_argument("--anonymize", metavar="all|none|a,b,c", help="which of the 36 entities to redact")
    parser.add_argument("--language", metavar="CODE", help='"auto", "per-window" or a code such as "en"')
    parser.add_argument("--checklist", action="append", metavar="FILE", help="a checklist's TOML file or bundled name")
    parser.add_argument(
        "--script", action="append", metavar="FILE", help="a script to align with: TOML, or a step a line"
    )
    parser.add_argument("--formats", metavar="json,txt,srt,vtt,html,docx", help="files to write for every call")
    parser.add_argument("--operator", metavar="ID", help="who answered, for lists and reports: an id, not a name")


def _add_audio_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--redact-audio", choices=("beep", "silence"), help="write <stem>.redacted.flac, with this over every finding"
    )
    parser.add_argument(
        "--audio-format", choices=("flac", "wav", "mp3", "opus"), help="of the redacted recording (default flac)"
    )


def _add_profile_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--profile", default="auto", metavar="NAME", help="auto (default), demo, cpu, gpu, dgx-spark")
    group.add_argument("--config", type=Path, metavar="FILE", help="your own TOML file")


def _add_redact(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _command(
        commands, "redact", "redact recordings, texts and chats, or text lines from stdin", actions.run_redact
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="AUDIO|TEXT", help="recordings, texts, chats, JSON")
    parser.add_argument("--jsonl", action="store_true", help='stdin: lines {"id", "text", "language"}; to stdout')
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: texts to stdout, recordings to redacted/")
    parser.add_argument("--anonymize", metavar="all|none|a,b,c", help="which of the 36 entities to redact")
    parser.add_argument("--language", metavar="CODE", help='"auto" or a code such as "en"')
    parser.add_argument("--explain", action="store_true", help="which recognizer found each, and why; counts to stderr")
    parser.add_argument("--new-key", action="store_true", help="print a fresh key, for a vault or a site, and stop")
    _add_audio_options(parser)
    _add_profile_options(parser)


def _add_restore(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _command(
        commands, "restore", "a redacted result or text and its vault to the original", actions.run_restore
    )
    parser.add_argument("result", type=Path, metavar="RESULT.json|TEXT", help="as process or redact wrote it")
    parser.add_argument("--vault", type=Path, metavar="FILE", help="default: the one beside it")
    parser.add_argument("--key-file", type=Path, metavar="FILE", help="default: $CALL_ENGINE_VAULT_KEY")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: stdout")


def _add_search(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "search", "full-text search over redacted transcripts", actions.run_search)
    parser.add_argument("query", help='words, "a phrase" or a prefix*')
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the directory of an earlier run")
    parser.add_argument("--limit", type=int, default=20, metavar="N")


def _add_list(commands: _Commands[argparse.ArgumentParser]) -> None:
    from engine.serve.filters import add_list_options

    add_list_options(
        _command(commands, "list", "calls of earlier runs, by any of some thirty criteria", actions.run_list)
    )


def _add_report(commands: _Commands[argparse.ArgumentParser]) -> None:
    from engine.serve.filters import add_report_options

    add_report_options(_command(commands, "report", "a period's calls on a page, for managers", actions.run_report))


def _add_models(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "models", "list, pull, verify or convert model files", actions.run_models)
    parser.add_argument("action", choices=("list", "pull", "verify", "convert"))
    parser.add_argument("name", nargs="?", help="a model's name, OWNER/NAME[@REVISION] to pull, or a path")
    parser.add_argument("--out", type=Path, metavar="DIR", help="convert: where to (default: the model directory)")
    parser.add_argument("--quantization", choices=QUANTIZATIONS, default="int8", help="convert: default int8")


def _add_voices(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _command(
        commands, "voices", "enrol, list or forget operators who are named by their voice", actions.run_voices
    )
    parser.add_argument("action", choices=("enrol", "list", "forget"))
    parser.add_argument("names", nargs="*", help="enrol: directories with a recording for each name; forget: names")
    _add_profile_options(parser)


def _add_doctor(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _command(
        commands, "doctor", "hardware, versions, profile, and a transcription of a known clip", actions.run_doctor
    )
    _add_profile_options(parser)


def _add_bench(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "bench", "speed on the bundled demo calls", actions.run_bench)
    _add_profile_options(parser)
    parser.add_argument("--calls", type=int, default=20, metavar="N", help="how many calls to run (default 20)")


def _add_serve(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "serve", "gRPC server on this machine", actions.run_serve)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=50051)
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep results here; none: only answer")
    _add_profile_options(parser)


def _add_serve_llm(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "serve-llm", "vLLM for the analysis, in its own environment", actions.run_serve_llm)
    parser.add_argument("--weights", metavar="DIR", help="the model; default: weights in [analysis.llm.server]")
    parser.add_argument("--dry-run", action="store_true", help="print the command and stop")
    _add_profile_options(parser)


def _command(
    commands: _Commands[argparse.ArgumentParser], name: str, summary: str, run: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=summary, description=summary.capitalize() + ".")
    parser.set_defaults(command=run)
    return parser
