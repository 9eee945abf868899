"""Releases: what the data plane reads instead of the tables."""

from registry.releases.findings import Finding, Severity, error, warning
from registry.releases.sections import Document, all_sections, register_section

__all__ = ["Document", "Finding", "Severity", "all_sections", "error", "register_section", "warning"]
