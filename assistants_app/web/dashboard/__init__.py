"""The operators' dashboard: numbers over time, and what stands behind them."""
