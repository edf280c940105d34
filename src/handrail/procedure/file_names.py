"""The files a walk goes by, in a product's folder; a run keeps a copy of each under the same name."""

PROCEDURE_FILE = "procedure.toml"
"""The procedure in a run; in the product's folder it is named after itself."""
CATALOGUE_FILE = "messages.toml"
FIELDS_FILE = "fields.toml"
APPROVAL_FILE = "procedure.approval"
"""The signature of whoever approved the procedure, over the procedure's copy in the run."""
