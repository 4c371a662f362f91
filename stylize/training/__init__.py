"""How the lite network is made; nothing here is needed to paint."""
