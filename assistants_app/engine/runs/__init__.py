"""A run: from its turn to its recorded end, whatever the graph does and whoever dies."""
