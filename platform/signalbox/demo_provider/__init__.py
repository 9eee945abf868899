"""A provider with no model behind it: a real HTTP server that speaks OpenAI's wire format.

It answers a request by saying it back, streams, calls tools, fills JSON schemas and counts tokens (four bytes
to one), so that everything around a model can be tried with no key and no cost. It is slow or fails as it is
told: see `faults`. Start it with `python -m signalbox.demo_provider --port 8900`.
"""
