"""Command-line entrance: click groups behind flask."""
