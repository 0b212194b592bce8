"""The course report: its claims and tables, what the tables reveal, and a verdict on each claim."""

from labutils.report.findings import audit, audit_runs
from labutils.report.sentences import Finding
from labutils.report.tables import CLAIMS, load_rows, load_runs, lower

__all__ = ["CLAIMS", "Finding", "audit", "audit_runs"]
__all__ += ["load_rows", "load_runs", "lower"]
