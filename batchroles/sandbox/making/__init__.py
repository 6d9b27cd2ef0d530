"""Site files: made by rule or from a roster, changed into named states, and checked."""
