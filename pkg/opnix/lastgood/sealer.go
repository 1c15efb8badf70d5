package lastgood

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"filippo.io/age"
	"filippo.io/age/agessh"

	"panther/pkg/opnix/vault"
)

// Systemd seals with systemd-creds(1): to the TPM2 where there is one, and to
// the host's key in /var/lib/systemd. Only root can.
type Systemd struct{}

// credentialName is authenticated by systemd: a credential made for another
// purpose does not open as this one.
const credentialName = "opnix-last-good"

// Available reports whether systemd-creds is there.
func (Systemd) Available() bool {
	_, err := exec.LookPath("systemd-creds")
	return err == nil
}

// Seal encrypts key.
func (Systemd) Seal(ctx context.Context, key []byte) ([]byte, error) {
	return creds(ctx, key, "encrypt", "--with-key=auto")
}

// Open decrypts what Seal returned.
func (Systemd) Open(ctx context.Context, sealed []byte) ([]byte, error) {
	return creds(ctx, sealed, "decrypt")
}

func creds(ctx context.Context, in []byte, verb string, flags ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second) // a TPM is slow, not that slow
	defer cancel()
	args := append([]string{verb, "--name=" + credentialName}, flags...)
	cmd := exec.CommandContext(ctx, "systemd-creds", append(args, "-", "-")...)
	cmd.Stdin = bytes.NewReader(in)
	var out, msg bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &msg
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("systemd-creds %s: %w: %s", verb, err, lastLine(msg.Bytes()))
	}
	return out.Bytes(), nil
}

// lastLine returns the last line of what a program said: systemd-creds notes
// first and says what was wrong at the end.
func lastLine(b []byte) string {
	lines := bytes.Split(bytes.TrimSpace(b), []byte("\n"))
	return vault.FirstLine(string(lines[len(lines)-1]))
}

// Age seals to an age identity or an SSH host key, for machines without
// systemd-creds and for users.
type Age struct {
	IdentityFile string
}

// Seal encrypts key to the recipients of the identities.
func (a Age) Seal(_ context.Context, key []byte) ([]byte, error) {
	ids, err := vault.ReadIdentities(a.IdentityFile)
	if err != nil {
		return nil, err
	}
	var to []age.Recipient
	for _, id := range ids {
		r, err := recipient(id)
		if err != nil {
			return nil, fmt.Errorf("age identity %s: %w", a.IdentityFile, err)
		}
		to = append(to, r)
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to...)
	if err != nil {
		return nil, fmt.Errorf("encrypt with age: %w", err)
	}
	_, werr := w.Write(key)
	if err := errors.Join(werr, w.Close()); err != nil {
		return nil, fmt.Errorf("encrypt with age: %w", err)
	}
	return out.Bytes(), nil
}

func recipient(id age.Identity) (age.Recipient, error) {
	switch id := id.(type) {
	case *age.X25519Identity:
		return id.Recipient(), nil
	case *age.HybridIdentity:
		return id.Recipient(), nil
	case *agessh.Ed25519Identity:
		return id.Recipient(), nil
	case *agessh.RSAIdentity:
		return id.Recipient(), nil
	default:
		return nil, errors.New("its kind is not known")
	}
}

// Open decrypts what Seal returned.
func (a Age) Open(_ context.Context, sealed []byte) ([]byte, error) {
	ids, err := vault.ReadIdentities(a.IdentityFile)
	if err != nil {
		return nil, err
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), ids...)
	if err != nil {
		return nil, fmt.Errorf("decrypt with age: %w", err)
	}
	return io.ReadAll(io.LimitReader(r, 1<<10))
}
