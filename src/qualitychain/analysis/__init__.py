"""Questions asked of a chain, one a file: a public function and its frozen result."""
