package passage

// Fold maps a header's name to the form in which portals' languages confuse
// it with others: CGI and its heirs (RFC 3875, 4.1.18) know upper case and
// underscores only, PHP turns dots and spaces into underscores, too, and
// Apache's CGI every character that is neither a letter nor a digit.
func Fold(name string) string {
	folded, _ := fold(nil, name)
	return string(folded)
}

// fold appends the folded name to to. plain reports whether the name has
// letters, digits and hyphens only, and so is no alias of another one; case is
// nothing to go by, since net/http has already made that one.
func fold(to []byte, name string) (folded []byte, plain bool) {
	plain = true
	for _, c := range []byte(name) {
		switch {
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-':
		default:
			c, plain = '-', false
		}
		to = append(to, c)
	}
	return to, plain
}
