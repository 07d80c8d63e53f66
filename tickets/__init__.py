"""What must be done: the ticket (工单) that a call leaves behind."""
