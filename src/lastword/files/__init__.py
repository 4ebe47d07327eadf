"""Edges that read and write files: YAML, CSV, XLSX, CycloneDX."""
