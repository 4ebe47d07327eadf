"""A small witness that another organisation runs, and the client by which a log asks one."""
