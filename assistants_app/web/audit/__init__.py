"""The audit log as pages show it: what is asked for, a page of it, how an entry reads, and the export."""
