"""User-space stand-ins for what this kernel cannot do (VLAN-aware bridges, GRE, IPIP) and for appliances that no package offers."""
