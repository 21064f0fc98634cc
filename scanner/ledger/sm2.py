"""SM2 signatures with SM3 (GB/T 32918.2, 32905), checked with plain integers: needs no library that knows the curve.

Only verification: integers of Python take a time that depends on their value, so nothing secret may pass through here.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SM3, Hash

from scanner.ledger import der

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7, 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0)
IDENTITY = b"1234567812345678"
"""The signer's identity that the standard names where none is agreed on."""

Point = tuple[int, int]
Projective = tuple[int, int, int]


def sm3(data: bytes) -> bytes:
    """The SM3 digest."""
    total = Hash(SM3())
    total.update(data)
    return total.finalize()


def point(data: bytes) -> Point:
    """An uncompressed point. Raises ValueError when it is none on the curve."""
    if len(data) != 65 or data[0] != 4:
        raise ValueError("not an uncompressed point")
    x, y = int.from_bytes(data[1:33], "big"), int.from_bytes(data[33:], "big")
    if x >= P or y >= P or (y * y - (x * x * x + A * x + B)) % P:
        raise ValueError("not a point of the curve")
    return x, y


def verify(public: Point, message: bytes, signature: bytes) -> bool:
    """Whether a DER signature is the key's over the message, under the default identity."""
    try:
        r, s = (der.number(item) for item in der.fields(der.read(signature), der.INTEGER, der.INTEGER))
    except ValueError:
        return False
    t = (r + s) % N
    if not (0 < r < N and 0 < s < N and t):
        return False
    found = _affine(_add(_times(s, G), _times(t, public)))
    e = int.from_bytes(sm3(_identity_digest(public) + message), "big")
    return found is not None and (e + found[0]) % N == r


def _identity_digest(public: Point) -> bytes:
    numbers = b"".join(value.to_bytes(32, "big") for value in (A, B, *G, *public))
    return sm3((8 * len(IDENTITY)).to_bytes(2, "big") + IDENTITY + numbers)


def _times(factor: int, base: Point) -> Projective:
    total: Projective = (0, 1, 0)
    for bit in bin(factor)[2:]:
        total = _double(total)
        if bit == "1":
            total = _add(total, (*base, 1))
    return total


def _double(one: Projective) -> Projective:
    x, y, z = one
    if not z or not y:
        return (0, 1, 0)
    yy = y * y % P
    s = 4 * x * yy % P
    m = (3 * x * x + A * pow(z, 4, P)) % P
    x3 = (m * m - 2 * s) % P
    return x3, (m * (s - x3) - 8 * yy * yy) % P, 2 * y * z % P


def _add(one: Projective, two: Projective) -> Projective:
    if not one[2]:
        return two
    if not two[2]:
        return one
    z1z1, z2z2 = one[2] * one[2] % P, two[2] * two[2] % P
    u1, u2 = one[0] * z2z2 % P, two[0] * z1z1 % P
    s1, s2 = one[1] * two[2] * z2z2 % P, two[1] * one[2] * z1z1 % P
    if u1 == u2:
        return _double(one) if s1 == s2 else (0, 1, 0)
    h, r = (u2 - u1) % P, (s2 - s1) % P
    hh = h * h % P
    hhh, v = h * hh % P, u1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - s1 * hhh) % P, h * one[2] * two[2] % P


def _affine(one: Projective) -> Point | None:
    if not one[2]:
        return None
    inverse = pow(one[2], -1, P)
    return one[0] * inverse * inverse % P, one[1] * pow(inverse, 3, P) % P
