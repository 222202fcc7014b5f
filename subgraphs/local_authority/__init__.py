"""What one local authority knows about its children: social care, early years, special educational needs."""
