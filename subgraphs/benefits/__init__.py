"""What DWP and HMRC answer about a family: outcomes, never amounts."""
