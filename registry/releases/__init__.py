"""Releases: what the data plane reads instead of the tables."""

from registry.releases.findings import Finding, Severity, error, warning
from registry.releases.sections import Document, register_section, sections

__all__ = ["Document", "Finding", "Severity", "error", "register_section", "sections", "warning"]
