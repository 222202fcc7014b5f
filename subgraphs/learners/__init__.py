"""What providers of 14 to 19 education know about their learners."""
