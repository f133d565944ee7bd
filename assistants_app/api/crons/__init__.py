"""Crons: runs that begin by the clock."""
