"""Staff notices: those who work here are told that something waits for them."""
