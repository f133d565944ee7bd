"""What a run tells: from what LangGraph streams to what each listener gets, in order and once."""
