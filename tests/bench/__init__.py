"""Measurements of time, memory and quality; not tests: python -m tests.bench.benchmark."""
