s/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*/[masked]/
s/\$(1|2[abxy]?|5|6|7|y|gy|sm3)\$[^[:space:]:'"]{8,}/[masked]/g
s/SCRAM-SHA-256\$[^[:space:]'"]+/[masked]/g
s|(://[^/[:space:]:@]+:)[^/[:space:]@]+@|\1[masked]@|g
s/((password|passwd|passphrase|secret|api_?key|auth_?token|community|wpa_psk)['"]?[[:space:]]*=[[:space:]]*['"]?)[^[:space:]'";,]{6,}/\1[masked]/g
