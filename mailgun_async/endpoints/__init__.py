"""Typed endpoint groups, one file a group."""
