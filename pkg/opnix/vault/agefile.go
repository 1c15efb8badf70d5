package vault

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"github.com/go-json-experiment/json"
)

// AgeFile is a backend for development and small fleets: one file encrypted
// with age, armoured or not, that holds a JSON object from references to
// values:
//
//	{"op://vault/item/field": "text", "op://vault/item/file": {"base64": "…"}}
type AgeFile struct {
	Path         string // the encrypted file
	IdentityFile string // age identities, or an unencrypted SSH private key
}

type ageValue struct {
	text   string
	binary []byte
}

func (v *ageValue) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &v.text)
	}
	var o struct {
		Base64 string `json:"base64"`
	}
	if err := json.Unmarshal(b, &o, json.RejectUnknownMembers(true)); err != nil {
		return errors.New("a value is text or {\"base64\": text}")
	}
	var err error
	if v.binary, err = base64.StdEncoding.DecodeString(o.Base64); err != nil {
		return errors.New("a base64 value cannot be read")
	}
	return nil
}

// Resolve decrypts the file once and looks every request up in it.
func (b AgeFile) Resolve(ctx context.Context, reqs []Request) (Answer, error) {
	if err := ctx.Err(); err != nil {
		return Answer{}, err
	}
	ids, err := ReadIdentities(b.IdentityFile)
	if err != nil {
		return Answer{}, &Error{Kind: Denied, Err: err}
	}
	plain, err := b.decrypt(ids)
	if err != nil {
		return Answer{}, err
	}
	entries := map[string]ageValue{}
	if err := json.Unmarshal(plain, &entries); err != nil {
		// The decoder's message may quote the document.
		return Answer{}, Errorf(Invalid, "read %s: the decrypted content is no JSON object from references to values", b.Path)
	}
	byRef := make(map[string]ageValue, len(entries))
	for k, v := range entries {
		ref, err := ParseReference(k)
		if err != nil {
			return Answer{}, Errorf(Invalid, "read %s: a key %w", b.Path, err)
		}
		byRef[place(ref)] = v
	}
	var a Answer
	for _, r := range reqs {
		v, ok := byRef[place(r.Ref)]
		switch {
		case !ok:
			a.Fail(r, Missing, "no such entry in %s", b.Path)
		case v.binary != nil:
			a.Put(r, NewValue(v.binary))
		default:
			a.Put(r, NewValue([]byte(v.text)))
		}
	}
	return a, nil
}

func place(r Reference) string {
	return fmt.Sprintf("%q/%q/%q/%q", r.Vault, r.Item, r.Section, r.Field)
}

func (b AgeFile) decrypt(ids []age.Identity) ([]byte, error) {
	enc, err := os.ReadFile(b.Path)
	if err != nil {
		return nil, Errorf(Unavailable, "open secrets file: %w", err)
	}
	var in io.Reader = bytes.NewReader(enc)
	if bytes.HasPrefix(bytes.TrimSpace(enc), []byte(armor.Header)) {
		in = armor.NewReader(in)
	}
	r, err := age.Decrypt(in, ids...)
	if err != nil {
		return nil, Errorf(Denied, "decrypt %s: %w", b.Path, err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, 4*MaxValue))
	if err != nil {
		return nil, Errorf(Invalid, "decrypt %s: %w", b.Path, err)
	}
	return plain, nil
}

// ReadIdentities reads a file of age identities or one SSH private key without
// a passphrase.
func ReadIdentities(path string) ([]age.Identity, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("open age identity: %w", err)
	}
	if bytes.HasPrefix(b, []byte("-----BEGIN")) {
		id, err := agessh.ParseIdentity(b)
		if err != nil {
			return nil, fmt.Errorf("read SSH key %s: it is encrypted or of a kind that age cannot use", path)
		}
		return []age.Identity{id}, nil
	}
	ids, err := age.ParseIdentities(bytes.NewReader(b))
	if err != nil {
		// age's message quotes the line, which may be a key with a typing error.
		return nil, fmt.Errorf("read age identity %s: it has a line that is no identity", path)
	}
	return ids, nil
}
