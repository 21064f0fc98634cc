"""Access lists that exist are in force, and those in force exist / 访问控制列表定义且已应用."""

from scanner.api import Verdict, Why, check, met, netdev, not_applicable, unknown, unmet


@check("netdev.acl-bound")
def acl_bound(device: netdev.Zones) -> Verdict:
    box = device.box
    lists = {acl.said: acl for acl in box.lists.values() if not acl.name.startswith("policy:")}
    names: dict[netdev.Said, list[str]] = {}
    for name, acl in box.lists.items():
        names.setdefault(acl.said, []).append(name.removeprefix("6:"))
    idle = sorted(min(names[said]) for said in lists if not box.list_users & set(names[said]))
    bound = [binding for item in box.interfaces if not item.shut for binding in item.filters] + [binding for _, binding in box.vlan_filters]
    missing = sorted(
        {
            b.acl.removeprefix("6:")
            for b in bound
            if not b.acl.startswith("policy:") and (b.acl not in box.lists or not box.lists[b.acl].rules)
        }
    )
    observed = {"lists": len(lists), "bound": len(bound), "idle": idle[:20], "missing": missing[:20]}
    if box.odd_count:
        return unknown(Why.GARBLED, f"{box.odd_count} lines not understood", observed)
    if idle or missing:
        return unmet(observed, wanted={"idle": [], "missing": []}, scope=device.coverage)
    return met(observed, scope=device.coverage) if lists else not_applicable("no access list is defined", observed)
