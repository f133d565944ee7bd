"""What graphs remember across threads, in LangGraph's own stores."""
