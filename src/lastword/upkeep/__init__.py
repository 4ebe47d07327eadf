"""Keeping packs true: what is wrong or missing in one, what changed between two, what changed in the law."""
