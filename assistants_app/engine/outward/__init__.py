"""What people and programs elsewhere are told."""
