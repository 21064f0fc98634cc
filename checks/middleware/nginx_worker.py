"""The processes that face the network are not root's / nginx 工作进程不得以 root 运行."""

from scanner.api import Verdict, awaits_person, check, met, middleware, unmet


@check("nginx.worker-user")
def worker_user(nginx: middleware.Nginx) -> Verdict:
    users = [next((item.args[0] for item in main.of("user") if item.args), nginx.compiled.get("user", "nobody")) for main in nginx.mains]
    running = sorted({process.uid for process in nginx.processes if process.worker and process.uid is not None})
    observed = {"user": sorted(set(users)), "running as": running[:20]}
    if "root" in users or 0 in running:
        return unmet(observed, wanted="an account of its own")
    return awaits_person(observed, detail=nginx.doubt) if nginx.doubt else met(observed)
