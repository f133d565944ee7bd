"""Assistants, their versions, and the graphs behind them."""
