"""What people see: the console's HTTP interface, its websocket and its pages."""
