"""Who is asking: accounts, logins, API tokens, guards and limits."""
