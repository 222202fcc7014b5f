"""What a declared purpose opens. Closed by default; a prohibition beats everything."""
