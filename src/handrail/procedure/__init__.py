"""What is to be done: procedures, catalogues, fields, and their lint."""
