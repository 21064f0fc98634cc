"""nginx's configuration language: what is written is what is read, and nothing makes the parser fall over."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.facts.fact import Unreadable
from scanner.facts.middleware.nginx_parser import Directive, Tree, make_block, parse
from scanner.facts.middleware.nginx_places import http_places, listens

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1, max_size=12)
NAMES = st.from_regex(r"[a-z][a-z_]{0,10}", fullmatch=True).filter(lambda name: not name.endswith("_by_lua_block"))
TREES = st.recursive(
    st.tuples(NAMES, st.lists(WORDS, max_size=3)),
    lambda inner: st.tuples(NAMES, st.lists(WORDS, max_size=2), st.lists(inner, max_size=4)),
    max_leaves=12,
)
SPACE = st.sampled_from([" ", "\t", "\n", "\r\n", "  # } ; { \" '\n"])


def quoted(word: str, sign: str) -> str:
    body = "".join(f"\\{char}" if char in f"{sign}\\" else char for char in word)
    return f"{sign}{body}{sign}"


def written(tree: tuple, sign: str, gap: str) -> str:
    words = gap.join([tree[0], *(quoted(word, sign) for word in tree[1])])
    if len(tree) == 2:
        return f"{words}{gap};"
    return f"{words}{gap}{{{gap}{''.join(written(part, sign, gap) for part in tree[2])}{gap}}}"


def read_back(item: Directive) -> tuple:
    if item.block is None:
        return (item.name, list(item.args))
    return (item.name, list(item.args), [read_back(part) for part in item.block.items])


@given(st.lists(TREES, max_size=5), st.sampled_from("\"'"), SPACE)
@settings(max_examples=200, deadline=None)
def test_what_is_written_is_read_back(trees: list[tuple], sign: str, gap: str) -> None:
    text = gap.join(written(tree, sign, gap) for tree in trees)
    assert [read_back(item) for item in parse(text, "f")] == trees


@given(st.text(st.sampled_from("ab {};\"'\\$#\n\t(_[]=~")))
@settings(max_examples=400, deadline=None)
def test_anything_is_read_or_refused(text: str) -> None:
    try:
        found = parse(text, "f")
    except Unreadable:
        return
    assert all(isinstance(item, Directive) for item in found)


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(Unreadable):
        parse(data.decode("utf-8", "backslashreplace"), "f")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a b#c;", ["b#c"]),
        ("a ${b}c;", ["${b}c"]),
        ('a "x y" z;', ["x y", "z"]),
        ("a 'it\\'s' \"\";", ["it's", ""]),
        ("a \\d+\\.x$ x\\ty;", ["\\d+\\.x$", "x\ty"]),
        ("a b\u3000c;", ["b\u3000c"]),
        ("a b\u2028c;", ["b\u2028c"]),
        ("a x}y;", ["x}y"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert list(parse(text, "f")[0].args) == words


@pytest.mark.parametrize("text", ["a", "a {", "}", "a };", ";", '"a"b;', 'a "b', "{}", "a {} }", "a b"])
def test_what_nginx_refuses_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        parse(text, "f")


def test_lua_is_one_word() -> None:
    text = 'content_by_lua_block { local a = "}" -- }\n --[[ } ]] b = [[ } ]] if x then t = {1} end }\nnext on;'
    assert [item.name for item in parse(text, "f")] == ["content_by_lua_block", "next"]


def test_deep_nesting_is_refused_not_crashed() -> None:
    with pytest.raises(Unreadable):
        parse("a { " * 5000 + "}" * 5000, "f")


def test_includes_follow_shell_patterns() -> None:
    files = {
        "/n/n.conf": "include c/*.conf; x {include c/b.conf;}",
        "/n/c/b.conf": "b;",
        "/n/c/a.conf": "a;",
        "/n/c/.h.conf": "h;",
        "/n/c/d/e.conf": "e;",
    }
    found = Tree(files, frozenset(), "/n").whole("/n/n.conf")
    assert [item.name for item in found] == ["a", "b", "x"]
    assert found[2].block is not None and found[2].block.items[0].where == "/n/c/b.conf:1"


@pytest.mark.parametrize("files", [{"/n": "include /n;"}, {"/n": "include /gone;"}, {"/n": "include /gone/*.conf;"}])
def test_includes_that_cannot_be_followed(files: dict[str, str]) -> None:
    with pytest.raises(Unreadable):
        Tree(files, frozenset(), "/").whole("/n")


def test_a_pattern_that_matched_nothing_is_fine() -> None:
    assert Tree({"/n": "include /e/*.conf; a;"}, frozenset({"/e/*.conf"}), "/").whole("/n")[0].name == "a"


def test_inner_directives_replace_outer_ones() -> None:
    main = make_block(parse("http { add_header A 1; add_header B 2; server { location / { add_header C 3; } location /x { } } }", "f"))
    held = {place.label: [item.args[0] for item in place.effective("add_header")] for place in http_places(main)}
    assert held == {"http": ["A", "B"], "server _": ["A", "B"], "server _ > location /": ["C"], "server _ > location /x": ["A", "B"]}


@pytest.mark.parametrize(
    ("listen", "near"),
    [
        ("127.0.0.1:80", True),
        ("[::1]:80", True),
        ("unix:/x", True),
        ("localhost:8080", True),
        ("80", False),
        ("*:80", False),
        ("[::]:80", False),
        ("192.0.2.1", False),
        ("127.0.0.1", True),
        ("a.example:80", False),
    ],
)
def test_near(listen: str, near: bool) -> None:
    main = make_block(parse(f"http {{ server {{ listen {listen}; }} }}", "f"))
    server = next(place for place in http_places(main) if place.kind == "server")
    assert listens(server)[0].near is near
