"""Agreement and certificate documents; no rules."""
