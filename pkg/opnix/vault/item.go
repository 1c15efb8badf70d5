package vault

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Item is an entry of a vault, in the form that both 1Password backends turn
// theirs into, so that a reference selects the same field in each.
type Item struct {
	ID, Title string
	Sections  []Section
	Fields    []Field
	Files     []File
}

// Section groups fields.
type Section struct{ ID, Label string }

// Field is one value of an item.
type Field struct {
	ID, Label, SectionID string
	Type                 string // as the server names it
	Value                Value
	OTP                  Value // the current one-time code, if the field is a seed
}

// File is a document or an attachment.
type File struct {
	ID, Name, SectionID string
	Size                int64
}

// Named is anything that has an ID and a name.
type Named interface{ names() (id, name string) }

func (s Section) names() (string, string) { return s.ID, s.Label }
func (f Field) names() (string, string)   { return f.ID, f.Label }
func (f File) names() (string, string)    { return f.ID, f.Name }

// Pick selects the one element that want names: by ID or name exactly, else by
// name without regard to case, as 1Password does. More than one match is
// Ambiguous.
func Pick[T Named](what, want string, all []T) (T, *Failure) {
	var exact, fold []T
	for _, e := range all {
		id, name := e.names()
		switch {
		case id == want || name == want:
			exact = append(exact, e)
		case strings.EqualFold(name, want):
			fold = append(fold, e)
		}
	}
	if len(exact) == 0 {
		exact = fold
	}
	var none T
	switch len(exact) {
	case 0:
		return none, &Failure{Kind: Missing, Detail: fmt.Sprintf("no %s %q", what, want)}
	case 1:
		return exact[0], nil
	default:
		return none, &Failure{Kind: Ambiguous, Detail: fmt.Sprintf("%d matches for %s %q, use its ID", len(exact), what, want)}
	}
}

// PickField returns the value that ref selects in the item. Without a section
// a field outside of all sections wins over one inside.
func (i Item) PickField(ref Reference) (Value, *Failure) {
	fields, f := i.inSection(ref)
	if f != nil {
		return Value{}, f
	}
	field, f := Pick("field", ref.Field, fields)
	if f != nil && f.Kind == Ambiguous && ref.Section == "" {
		var outside []Field
		for _, x := range fields {
			if x.SectionID == "" {
				outside = append(outside, x)
			}
		}
		if top, g := Pick("field", ref.Field, outside); g == nil {
			field, f = top, nil
		}
	}
	if f != nil {
		return Value{}, f
	}
	return field.convert(ref)
}

func (i Item) inSection(ref Reference) ([]Field, *Failure) {
	if ref.Section == "" {
		return i.Fields, nil
	}
	s, f := Pick("section", ref.Section, i.Sections)
	if f != nil {
		return nil, f
	}
	var in []Field
	for _, x := range i.Fields {
		if x.SectionID == s.ID {
			in = append(in, x)
		}
	}
	return in, nil
}

func (f Field) convert(ref Reference) (Value, *Failure) {
	switch ref.Attribute {
	case "":
	case "otp", "totp":
		if f.OTP.Len() == 0 {
			return Value{}, &Failure{Kind: Invalid, Detail: "the field has no one-time code"}
		}
		return f.OTP, nil
	case "type":
		return NewValue([]byte(f.Type)), nil
	case "id":
		return NewValue([]byte(f.ID)), nil
	default:
		return Value{}, &Failure{Kind: Invalid, Detail: fmt.Sprintf("attribute %q is not known here, use otp, type or id", ref.Attribute)}
	}
	if ref.SSHFormat == "" {
		return f.Value, nil
	}
	return openSSH(f.Value)
}

// openSSH converts a PKCS#8 private key, which is what 1Password stores, into
// the format of ssh-keygen. The errors say nothing of the key.
func openSSH(v Value) (Value, *Failure) {
	block, _ := pem.Decode(v.Bytes())
	if block == nil {
		return Value{}, &Failure{Kind: Invalid, Detail: "ssh-format is for private keys, the field holds none"}
	}
	if block.Type == "OPENSSH PRIVATE KEY" {
		return v, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return Value{}, &Failure{Kind: Invalid, Detail: "the field holds a private key of another format than PKCS#8"}
	}
	out, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		return Value{}, &Failure{Kind: Invalid, Detail: "the private key has no OpenSSH form"}
	}
	return NewValue(pem.EncodeToMemory(out)), nil
}

// PickFile returns the document or attachment that ref names.
func (i Item) PickFile(ref Reference) (File, *Failure) {
	files := i.Files
	if ref.Section != "" {
		s, f := Pick("section", ref.Section, i.Sections)
		if f != nil {
			return File{}, f
		}
		files = nil
		for _, x := range i.Files {
			if x.SectionID == s.ID {
				files = append(files, x)
			}
		}
	}
	return Pick("file", ref.Field, files)
}
