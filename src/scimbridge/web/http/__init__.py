"""HTTP/1.1 as this server speaks it, over httptools' parser: no framework and no ASGI on the path of a SCIM request."""
