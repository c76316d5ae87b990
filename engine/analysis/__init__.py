"""Hop 7: what a redacted call says, by a language model or by extraction, and its conversation metrics."""

from engine.analysis.analyzer import Analyzer, fault_of, load_analyzer
from engine.analysis.checklists import load_checklist
from engine.analysis.metrics import measure
from engine.analysis.scripts import load_script

__all__ = ["Analyzer", "fault_of", "load_analyzer", "load_checklist", "load_script", "measure"]
