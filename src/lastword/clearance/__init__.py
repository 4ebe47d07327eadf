"""What people do with the record: one module for each thing a user does."""
