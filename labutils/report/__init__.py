"""The course report: its claims and tables, what the tables reveal, and a verdict on each claim."""

from labutils.report.claims import CLAIMS
from labutils.report.findings import Finding, audit, audit_runs
from labutils.report.tables import distances, load_rows, load_runs, lower

__all__ = ["CLAIMS", "Finding", "audit", "audit_runs"]
__all__ += ["distances", "load_rows", "load_runs", "lower"]
