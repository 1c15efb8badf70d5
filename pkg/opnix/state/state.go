// Package state keeps what opnix must remember across runs and boots, in a
// folder that only its owner can enter: the key of the fingerprints, the breaker
// that spares the password manager, the intent to tell services of a change,
// what was placed outside of the generation, and how the last run went.
//
// Nothing here is a secret value or could be turned into one without the key.
// Each record is one JSON file, replaced in one durable step; a missing file is
// the zero value, and a damaged one is an error, because guessing what a breaker
// or an intent said is worse than stopping.
package state

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"panther/pkg/opnix/confined"
	"panther/pkg/opnix/generation"
	"panther/pkg/opnix/vault"
	"panther/pkg/sd"
)

// The records.
const (
	keyName     = "key"
	BreakerName = "breaker.json"
	IntentName  = "intent.json"
	PlacedName  = "placed.json"
	StatusName  = "status.json"
	HoldName    = "hold.json"
	CopyName    = "last-good"
)

// Dir is the open state folder. Close it after use.
type Dir struct{ d *confined.Dir }

// Open opens the state folder, made with mode 0700 if it is not there.
func Open(p string) (*Dir, error) {
	d, err := confined.OpenOwn(p, 0o700)
	if err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	return &Dir{d: d}, nil
}

// Close releases the folder.
func (s *Dir) Close() { s.d.Close() }

// Key returns the key of the fingerprints, made at the first call.
func (s *Dir) Key() (generation.Key, error) {
	b, err := s.d.ReadFile(keyName)
	if err == nil && len(b) == 32 {
		return b, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	b = make([]byte, 32)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	if err := s.d.Replace(keyName, b, -1, -1, 0o600); err != nil {
		return nil, err
	}
	return b, nil
}

// Read fills into from a record and reports whether there is one.
func (s *Dir) Read(name string, into any) (bool, error) {
	b, err := s.d.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return false, sd.Hint(fmt.Errorf("read %s: the record is damaged", s.d.At(name)), "remove the file; opnix makes a new one")
	}
	return true, nil
}

// Write replaces a record.
func (s *Dir) Write(name string, v any) error {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	return s.d.Replace(name, append(b, '\n'), -1, -1, 0o600)
}

// ReadBytes returns a file of the folder; fs.ErrNotExist if there is none.
func (s *Dir) ReadBytes(name string) ([]byte, error) { return s.d.ReadFile(name) }

// WriteBytes replaces a file of the folder.
func (s *Dir) WriteBytes(name string, b []byte) error { return s.d.Replace(name, b, -1, -1, 0o600) }

// Remove removes a record.
func (s *Dir) Remove(name string) error { return s.d.Unlink(name) }

// Breaker says that the password manager is not to be asked.
type Breaker struct {
	Kind   vault.Kind `json:"kind"`
	Reason string     `json:"reason"`
	Since  time.Time  `json:"since"`
	Until  time.Time  `json:"until,omitzero"` // when to ask again; zero with a refused token, or where there is no pause
	Token  string     `json:"token"`          // fingerprints of what was refused
	Config string     `json:"config"`
	Tries  int        `json:"tries,omitempty"` // without an answer to everything, one after the other
	Boot   string     `json:"boot,omitempty"`  // in which they were
}

// Blocks reports whether the breaker forbids to ask with that token for that
// configuration: a refused token until the token changes, a rate limit until its
// time is over. A server that is away is asked less and less often within a boot,
// and so is one that lacks an entry of the same configuration.
func (b *Breaker) Blocks(now time.Time, token, config, boot string) bool {
	if b.Kind == "" || b.Token != token {
		return false
	}
	switch b.Kind {
	case vault.Denied:
		return true
	case vault.RateLimited:
		return now.Before(b.Until)
	case vault.Unavailable:
		return b.Boot == boot && now.Before(b.Until)
	case vault.Missing, vault.Ambiguous, vault.Invalid:
		return b.Boot == boot && b.Config == config && now.Before(b.Until)
	}
	return false
}

// Hold keeps the current generation after a rollback: it is not refreshed
// until somebody asks for it.
type Hold struct {
	Generation uint64    `json:"generation"`
	Since      time.Time `json:"since"`
}

// Status is how the last run went.
type Status struct {
	Time       time.Time `json:"time"`
	Outcome    string    `json:"outcome"`           // fresh, incomplete, stale, kept, failed
	Missing    []string  `json:"missing,omitempty"` // references without a value
	Error      string    `json:"error,omitempty"`
	Hint       string    `json:"hint,omitempty"`
	ExitCode   int       `json:"exit_code"`
	Generation uint64    `json:"generation"`
	Boot       string    `json:"boot"`
	Fresh      time.Time `json:"fresh,omitzero"` // when the password manager last answered everything
	Requests   int       `json:"requests"`       // made to it in this run
	Millis     int64     `json:"milliseconds"`
}
