function fin() { if (p != "") printf "\n%s R %s 0\n\n%s E %s\n", T, p, T, p }
BEGIN {
  p = ""
  for (i = 1; i < ARGC; i++) {
    k = substr(ARGV[i], 1, 1); v = substr(ARGV[i], 2)
    if (k == "@") {
      fin(); split(v, a, " "); p = a[1]; left = a[2] + 0
      printf "\n%s B %s\n", T, p
    } else if (k == "F") {
      n = 0
      while ((r = (getline line < v)) > 0) {
        if (n++ == 0) printf "F %s\n", v
        left -= length(line) + 1
        if (left < 0) break
        print "|" line
      }
      if (n == 0) { if (r < 0) printf "D %s\n", v; else printf "F %s\n", v }
      if (left < 0 || (n > 0 && r < 0)) print "C"
      close(v)
    } else printf "%s %s\n", k, v
  }
  fin()
}
