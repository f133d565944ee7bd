"""What threads hold, at any place in them: read, changed, copied, thinned out, kept in checkpoints."""
