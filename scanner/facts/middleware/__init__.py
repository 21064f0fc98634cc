"""Facts of the family middleware: one subject a file."""

from scanner.facts.middleware.nginx import Nginx, NginxProcess
from scanner.facts.middleware.nginx_parser import Block, Directive
from scanner.facts.middleware.nginx_places import Listen, Place, listens

__all__ = ["Block", "Directive", "Listen", "Nginx", "NginxProcess", "Place", "listens"]
