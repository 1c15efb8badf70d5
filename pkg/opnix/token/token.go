// Package token keeps the access token of a password manager in a file that
// only its owner, and a group that its owner chose, can read.
//
// It checks the file, never the token's validity, which only the server knows;
// an expiry that the token itself states is reported. Every error is a *sd.Error
// with exit status 78 and a hint: until the file changes, trying again is of no
// use. A file that is not there has a status of its own, ExitMissing. No error
// holds any part of a token.
package token

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/renameio/v2"
	"golang.org/x/sys/unix"

	"panther/pkg/opnix/vault"
	"panther/pkg/sd"
)

// DefaultPath is where `opnix token set` stores the token.
const DefaultPath = "/etc/opnix-token"

// ExitMissing is the exit status where there is no token yet: EX_NOINPUT of
// sysexits.h. It counts as a success of the units, which wait for one.
const ExitMissing = 66

const (
	maxSize  = 64 << 10
	setHint  = "run: sudo opnix token set"
	modeHint = "run: sudo chmod 0600 %s"
)

func wrong(hint, format string, args ...any) error {
	return sd.ConfigError(fmt.Errorf(format, args...), hint)
}

// Load reads the token from the file at path, which must be a regular file,
// not readable by others, with one token and at most a line feed after it.
func Load(path string) (vault.Value, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return vault.Value{}, &sd.Error{Err: fmt.Errorf("token file %s: is missing", path), Hint: setHint, Code: ExitMissing}
	case errors.Is(err, unix.ELOOP):
		return vault.Value{}, wrong("remove the link and "+setHint, "token file %s: is a symbolic link", path)
	case errors.Is(err, fs.ErrPermission):
		return vault.Value{}, wrong("run the command with sudo, or make the file readable for this user", "token file %s: is not readable for this user", path)
	case err != nil:
		return vault.Value{}, wrong(setHint, "token file %s: %w", path, err)
	}
	f := os.NewFile(uintptr(fd), path)
	defer f.Close()
	if err := checkFile(f, path); err != nil {
		return vault.Value{}, err
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return vault.Value{}, wrong(setHint, "token file %s: cannot be read", path)
	}
	b = bytes.TrimSuffix(b, []byte("\n"))
	if err := check(b); err != nil {
		return vault.Value{}, wrong(setHint, "token file %s: %w", path, err)
	}
	return vault.NewValue(b), nil
}

func checkFile(f *os.File, path string) error {
	st, err := f.Stat()
	if err != nil {
		return wrong(setHint, "token file %s: %w", path, err)
	}
	if !st.Mode().IsRegular() {
		return wrong("remove it and "+setHint, "token file %s: is not a regular file", path)
	}
	if m := st.Mode().Perm(); m&0o007 != 0 || m&0o020 != 0 {
		return wrong(fmt.Sprintf(modeHint, path)+"; if others could have read it, make a new token",
			"token file %s: mode %04o lets others read or change it", path, m)
	}
	var raw unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &raw); err == nil && raw.Uid != 0 && int(raw.Uid) != os.Geteuid() {
		return wrong("run: sudo chown root "+path, "token file %s: belongs to another user (%d)", path, raw.Uid)
	}
	return nil
}

// check looks at a token without its last line feed.
func check(b []byte) error {
	switch {
	case len(bytes.TrimSpace(b)) == 0:
		return errors.New("is empty")
	case len(b) > maxSize:
		return errors.New("is larger than 64 KiB")
	case bytes.HasSuffix(b, []byte("\r")):
		return errors.New("has a Windows line ending (CRLF)")
	}
	for _, c := range b {
		if c <= ' ' || c >= 0x7f {
			return errors.New("holds something else than one token on one line")
		}
	}
	if exp, ok := expiry(b); ok && !time.Now().Before(exp) {
		return fmt.Errorf("the token expired at %s", exp.UTC().Format(time.RFC3339))
	}
	return nil
}

// expiry returns the exp claim of a JSON Web Token, which Connect tokens are
// (RFC 7519). Service-account tokens state none.
func expiry(b []byte) (time.Time, bool) {
	parts := strings.Split(string(b), ".")
	if len(parts) != 3 {
		return time.Time{}, false
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return time.Time{}, false
	}
	var c struct {
		Exp float64 `json:"exp"`
	}
	if err := json.Unmarshal(claims, &c); err != nil || c.Exp <= 0 || c.Exp > 1e11 {
		return time.Time{}, false
	}
	return time.Unix(int64(c.Exp), 0), true
}

// Expiry returns when the token ends, if it says so itself.
func Expiry(v vault.Value) (time.Time, bool) { return expiry(v.Bytes()) }

// Group is the group whose members may read a token that root has stored, on a
// system that has it: the NixOS module makes it, for users who run opnix themselves.
const Group = "onepassword-secrets"

// Store puts a token that a person typed or piped into the file at path, with
// mode 0600 and the caller as owner, or 0640 for Group, in one atomic step. Space
// and line ends around it are dropped.
func Store(path string, raw []byte) error {
	b := bytes.TrimSpace(raw)
	if err := check(b); err != nil {
		return &sd.Error{Err: fmt.Errorf("store token: the input %w", err), Hint: "paste the token as 1Password shows it", Code: sd.ExitUsage}
	}
	if st, err := os.Lstat(path); err == nil && !st.Mode().IsRegular() {
		return wrong("remove it first", "token file %s: is not a regular file", path)
	}
	f, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)), renameio.WithStaticPermissions(0o600))
	if err == nil {
		defer func() { _ = f.Cleanup() }()
		if _, err = f.Write(b); err == nil {
			err = share(f.File)
		}
		if err == nil {
			err = f.CloseAtomicallyReplace()
		}
	}
	if err != nil {
		return sd.Hint(fmt.Errorf("store token: %w", err), "run it with sudo, or name another file with -path")
	}
	return syncDir(filepath.Dir(path))
}

// share lets Group read a file of root's.
func share(f *os.File) error {
	if os.Geteuid() != 0 {
		return nil
	}
	g, err := user.LookupGroup(Group)
	if err != nil {
		return nil // this system shares it with nobody
	}
	gid, err := strconv.Atoi(g.Gid)
	if err != nil {
		return fmt.Errorf("read group %s: %w", Group, err)
	}
	return errors.Join(f.Chown(0, gid), f.Chmod(0o640))
}

// Remove deletes the token file. It is no error if there is none.
func Remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return sd.Hint(fmt.Errorf("remove token: %w", err), "run it with sudo")
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(p string) error {
	d, err := os.Open(p)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}
