"""Train the lite network; nothing here is needed to paint."""
