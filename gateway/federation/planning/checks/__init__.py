"""A Plan → what is wrong with what is asked, with what is sent, and with what the client gets."""
