"""Fused operations of the speech path, each beside its plain torch reference. Imports torch and Triton only."""
