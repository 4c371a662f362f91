"""The paintings and uploads of each visit."""
