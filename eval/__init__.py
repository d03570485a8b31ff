"""Evaluation: data sets, measures, verdicts, the gate, the report."""
