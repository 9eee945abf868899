"""What is wrong with a text, and where."""


class NotationProblem(ValueError):
    """`line` counts from 1; the message is a sentence for whoever wrote the text."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"Line {line}: {message}")
        self.line = line
