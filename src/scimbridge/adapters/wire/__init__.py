"""A lean HTTP/1.1 client: what is sent to other servers, thousands of times a second on one core."""
