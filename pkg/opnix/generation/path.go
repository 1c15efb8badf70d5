package generation

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// AbsoluteDir is the folder inside a generation that holds the secrets whose
// configured path is absolute. No other secret may use the name.
const AbsoluteDir = ".absolute"

// CheckPath reports what is wrong with a relative path of a secret: it must be
// clean, its components at most 255 bytes of UTF-8 without control characters.
func CheckPath(p string) error {
	switch {
	case p == "":
		return errors.New("is empty")
	case len(p) > 4000:
		return errors.New("is longer than 4000 bytes")
	case !utf8.ValidString(p):
		return errors.New("is not UTF-8")
	case strings.ContainsFunc(p, unicode.IsControl):
		return errors.New("has a control character")
	}
	for _, c := range strings.Split(strings.TrimPrefix(p, "/"), "/") {
		switch {
		case c == "":
			return errors.New("has an empty component")
		case c == "." || c == "..":
			return fmt.Errorf("has the component %q", c)
		case len(c) > 255:
			return errors.New("has a component of more than 255 bytes")
		}
	}
	if first, _, _ := strings.Cut(p, "/"); first == AbsoluteDir {
		return fmt.Errorf("uses the reserved name %s", AbsoluteDir)
	}
	return nil
}

// InGeneration returns where a secret's configured path lies below the
// generation's files: relative paths as they are, absolute ones in AbsoluteDir.
func InGeneration(p string) string {
	if path.IsAbs(p) {
		return AbsoluteDir + p
	}
	return p
}

// Conflict returns the first two paths of which one is the other or a folder
// above it.
func Conflict(paths []string) (a, b string, found bool) {
	seen := make(map[string]bool, len(paths))
	for _, p := range paths {
		if seen[p] {
			return p, p, true
		}
		seen[p] = true
	}
	for _, p := range paths {
		for up := path.Dir(p); up != "." && up != "/"; up = path.Dir(up) {
			if seen[up] {
				return up, p, true
			}
		}
	}
	return "", "", false
}

// InMemory reports whether p lies in memory that is never written to a swap
// device: ramfs, or tmpfs mounted with noswap. A path that does not exist yet
// counts as the nearest folder above it.
func InMemory(p string) bool {
	var st unix.Statfs_t
	for unix.Statfs(p, &st) == unix.ENOENT && p != "/" {
		p = path.Dir(p)
	}
	switch st.Type {
	case unix.RAMFS_MAGIC:
		return true
	case unix.TMPFS_MAGIC:
		return mountHasOption(p, "noswap") || noSwap()
	}
	return false
}

// noSwap reports whether the machine has no swap device at all.
func noSwap() bool {
	b, err := os.ReadFile("/proc/swaps")
	return err == nil && strings.Count(string(b), "\n") <= 1
}

func mountHasOption(p, option string) bool {
	b, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return false
	}
	best, has := "", false
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) < 10 {
			continue
		}
		at := f[4]
		if (p == at || at == "/" || strings.HasPrefix(p, at+"/")) && len(at) >= len(best) {
			super := f[len(f)-1]
			best, has = at, strings.Contains(","+super+",", ","+option+",")
		}
	}
	return has
}
