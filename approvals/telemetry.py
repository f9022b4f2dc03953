"""What Prometheus is told of the gates: answers to pipelines and to deployments, not those that pages show."""

from prometheus_client import Counter

from approvals.gates import Answer

GATE_ANSWERS = Counter("gatehouse_gate_answers", "Answers of the gates", ["environment", "verdict"])


def count_gate_answer(answer: Answer) -> None:
    GATE_ANSWERS.labels(answer.environment, "allowed" if answer.allowed else "refused").inc()
