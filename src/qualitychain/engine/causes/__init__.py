"""Who made the defects that customers keep, and what removing them would bring."""
