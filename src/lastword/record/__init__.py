"""The record: an append-only log whose entries anybody can check, and nobody can read without leave.

Pure: times, salts and stored bytes are passed in (design, section 7).
"""
