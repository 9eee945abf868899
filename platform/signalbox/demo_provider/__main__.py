"""`python -m signalbox.demo_provider --port 8900`."""

import argparse

import uvicorn

from signalbox.demo_provider.app import DemoProvider


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="signalbox.demo_provider", description="A provider that speaks OpenAI's format with no model."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8900)
    parser.add_argument("--api-key", default="", help="answer only requests that carry it")
    options = parser.parse_args()
    uvicorn.run(
        DemoProvider(options.api_key),
        host=options.host,
        port=options.port,
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        server_header=False,
        log_level="critical",  # a connection that is cut on purpose is no news
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
