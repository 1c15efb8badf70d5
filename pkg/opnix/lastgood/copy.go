// Package lastgood keeps an encrypted copy of the secrets that a password
// manager last gave, to be served while it is down.
//
// The copy is one file: a line of JSON with a data key that a Sealer has sealed
// to this machine, then everything else encrypted with that key
// (XChaCha20-Poly1305, the line being authenticated too). It is refused when it
// was tampered with, comes from another host, or is not the one that was written
// last: its keyed fingerprint is recorded elsewhere. Whoever can put back both
// an old copy and an old record can replay that state of the machine; what
// bounds it is the maximum age, which counts from when the password manager gave
// a value and is inside the encryption.
//
// The password manager stays authoritative: the copy is never a reason not to
// ask, and holds no secret whose policy forbids it.
package lastgood

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

// Sealer encrypts a short key so that only this machine can read it.
type Sealer interface {
	Seal(ctx context.Context, key []byte) ([]byte, error)
	Open(ctx context.Context, sealed []byte) ([]byte, error)
}

// Entry is one value of a copy.
type Entry struct {
	Value    []byte    `json:"value"`
	Resolved time.Time `json:"resolved"` // when the password manager gave it
}

// Copy is the content of the file.
type Copy struct {
	Host    string           `json:"host"` // the machine that wrote it
	Entries map[string]Entry `json:"entries"`
}

type header struct {
	Version int    `json:"version"`
	Key     []byte `json:"key"` // sealed
	Nonce   []byte `json:"nonce"`
}

// ErrRefused means that a copy is not to be used.
var ErrRefused = errors.New("the last good copy is refused")

func refused(why string) error { return fmt.Errorf("%w: %s", ErrRefused, why) }

// Encrypt returns the file for c.
func Encrypt(ctx context.Context, s Sealer, c Copy) ([]byte, error) {
	key := make([]byte, chacha20poly1305.KeySize)
	h := header{Version: 1, Nonce: make([]byte, chacha20poly1305.NonceSizeX)}
	_, _ = rand.Read(key) // never fails (crypto/rand)
	_, _ = rand.Read(h.Nonce)
	defer clear(key)
	var err error
	if h.Key, err = s.Seal(ctx, key); err != nil {
		return nil, fmt.Errorf("seal the key of the last good copy: %w", err)
	}
	line, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("encode header: %w", err)
	}
	plain, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("encode copy: %w", err)
	}
	defer clear(plain)
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("encrypt copy: %w", err)
	}
	out := append(line, '\n')
	return aead.Seal(out, h.Nonce, plain, line), nil
}

// Decrypt returns the content of a file that this host wrote.
func Decrypt(ctx context.Context, s Sealer, file []byte, host string) (*Copy, error) {
	line, rest, ok := bytes.Cut(file, []byte("\n"))
	var h header
	if !ok || json.Unmarshal(line, &h) != nil || len(h.Nonce) != chacha20poly1305.NonceSizeX {
		return nil, refused("it is damaged")
	}
	if h.Version != 1 {
		return nil, refused(fmt.Sprintf("version %d is not known", h.Version))
	}
	key, err := s.Open(ctx, h.Key)
	if err != nil {
		return nil, fmt.Errorf("%w: its key cannot be opened on this host: %w", ErrRefused, err)
	}
	defer clear(key)
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, refused("its key is damaged")
	}
	plain, err := aead.Open(nil, h.Nonce, rest, line)
	if err != nil {
		return nil, refused("it was changed since it was written")
	}
	defer clear(plain)
	var c Copy
	if err := json.Unmarshal(plain, &c); err != nil {
		return nil, refused("it is damaged")
	}
	if c.Host != host {
		return nil, refused("it is from another host")
	}
	return &c, nil
}
