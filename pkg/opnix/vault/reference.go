package vault

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Reference names one value in a password manager:
// op://VAULT/ITEM/[SECTION/]FIELD with optional ?attribute= or ?ssh-format=.
// Names and IDs are both accepted. A slash, a question mark, a hash or a
// percent sign inside a name is percent-encoded.
type Reference struct {
	Vault, Item, Section, Field string // decoded; Section may be ""
	Attribute                   string // "" or "otp", "totp", "type", …
	SSHFormat                   string // "" or "openssh"
	text                        string
}

// String returns the reference as it was written.
func (r Reference) String() string { return r.text }

const scheme = "op://"

// ParseReference reads a reference. Its errors name the part that is wrong.
func ParseReference(s string) (Reference, error) {
	r := Reference{text: s}
	rest, ok := strings.CutPrefix(s, scheme)
	if !ok {
		return r, errors.New("does not begin with op://")
	}
	if len(s) > 1024 {
		return r, errors.New("is longer than 1024 bytes")
	}
	rest, query, hasQuery := strings.Cut(rest, "?")
	if hasQuery {
		if err := r.parseQuery(query); err != nil {
			return r, err
		}
	}
	parts := strings.Split(rest, "/")
	if len(parts) < 3 || len(parts) > 4 {
		return r, fmt.Errorf("has %d parts, want vault/item/field or vault/item/section/field", len(parts))
	}
	names := []string{"vault", "item", "section", "field"}
	if len(parts) == 3 {
		names = []string{"vault", "item", "field"}
	}
	for i, p := range parts {
		d, err := decodePart(p)
		if err != nil {
			return r, fmt.Errorf("%s %w", names[i], err)
		}
		parts[i] = d
	}
	r.Vault, r.Item, r.Field = parts[0], parts[1], parts[len(parts)-1]
	if len(parts) == 4 {
		r.Section = parts[2]
	}
	return r, nil
}

func (r *Reference) parseQuery(query string) error {
	q, err := url.ParseQuery(query)
	if err != nil {
		return errors.New("has a query that cannot be read")
	}
	for k, v := range q {
		switch {
		case (k == "attribute" || k == "attr") && len(v) == 1 && v[0] != "":
			r.Attribute = v[0]
		case k == "ssh-format" && len(v) == 1 && v[0] == "openssh":
			r.SSHFormat = v[0]
		default:
			return fmt.Errorf("has the query %q, known are attribute and ssh-format=openssh", k)
		}
	}
	return nil
}

func decodePart(p string) (string, error) {
	d := p
	if strings.Contains(p, "%") {
		u, err := url.PathUnescape(p)
		if err != nil {
			return "", errors.New("has a percent sign that is no encoding (write %25 for a percent sign)")
		}
		d = u
	}
	switch {
	case strings.TrimSpace(d) == "":
		return "", errors.New("is empty")
	case !utf8.ValidString(d):
		return "", errors.New("is not UTF-8")
	case strings.ContainsFunc(d, unicode.IsControl):
		return "", errors.New("has a control character")
	}
	return d, nil
}

// Plain reports whether every part consists of the characters that 1Password's
// own reference syntax accepts: letters, digits, "_", ".", "-" and space.
func (r Reference) Plain() bool {
	for _, p := range []string{r.Vault, r.Item, r.Section, r.Field} {
		for i := 0; i < len(p); i++ {
			c := p[i]
			if c != '_' && c != '.' && c != '-' && c != ' ' &&
				(c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
				return false
			}
		}
	}
	return true
}
