"""No weak cipher suite is accepted / 不接受弱密码套件."""

from scanner.api import Verdict, Why, check, met, unknown, unmet, web


@check("web.tls-weak-suites")
def tls_weak_suites(weak: web.WeakSuites) -> Verdict:
    observed = {"taken": [f"{name} ({reason})" for name, reason in weak.taken[:20]], "count": len(weak.taken)}
    if weak.taken:
        return unmet(observed, wanted={"count": 0})
    if not weak.whole:
        return unknown(Why.COMMAND_FAILED, "the server's refusal is not clear", observed)
    return met(observed)
