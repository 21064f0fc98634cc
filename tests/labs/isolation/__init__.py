"""Isolation on real kernels: topologies of namespaces with real daemons, judged only through the command line."""
