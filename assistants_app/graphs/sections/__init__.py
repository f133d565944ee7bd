"""The parts of a langgraph.json beyond its graphs, one file each: a model of what it may say, for `read_section`."""
