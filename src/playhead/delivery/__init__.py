"""⑤ Out: give one reader the truth, by a stream, by waiting or by polling."""
