"""Training of routers. The only package that needs numpy, which the extra [train] brings."""
