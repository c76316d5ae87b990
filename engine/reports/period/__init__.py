"""Reports over a period: operator quality and business, as a page or PDF, in 17 languages."""

from engine.reports.period.figures import Figures, gather
from engine.reports.period.page import KINDS, Kind, Report, render_report, to_pdf
from engine.reports.period.words import LANGUAGES

__all__ = ["KINDS", "LANGUAGES", "Figures", "Kind", "Report", "gather", "render_report", "to_pdf"]
