"""What a visitor may ask of the server."""
