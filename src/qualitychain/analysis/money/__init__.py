"""What poor quality costs."""
