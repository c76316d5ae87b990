"""Local engine: call recordings and chats into anonymised, structured insight, without a byte leaving the machine.

from engine import Engine, load_profile

with Engine(load_profile("demo"), out="results") as engine:
    result = engine.process("call.wav")
    print(result.analysis.summary)
"""

from engine.call import Hints
from engine.chat import ChatTurn
from engine.config import from_mapping, load_config, load_profile
from engine.config_types import EngineConfig
from engine.engine import Engine, Progress
from engine.errors import (
    CallEngineError,
    ConfigurationError,
    InputError,
    ModelError,
    StageError,
    StorageError,
)
from engine.periods import period_report
from engine.result_json import from_json, to_dict, to_json
from engine.result_types import CallResult
from engine.results import open_store
from engine.store import Filter, Store

__all__ = [
    "CallEngineError",
    "CallResult",
    "ChatTurn",
    "ConfigurationError",
    "Engine",
    "EngineConfig",
    "Filter",
    "Hints",
    "InputError",
    "ModelError",
    "Progress",
    "StageError",
    "StorageError",
    "Store",
    "from_json",
    "from_mapping",
    "load_config",
    "load_profile",
    "open_store",
    "period_report",
    "to_dict",
    "to_json",
]
