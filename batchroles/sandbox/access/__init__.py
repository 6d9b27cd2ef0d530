"""Who may call, what they may do where, and what they are shown of others."""
