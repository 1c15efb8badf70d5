package opnix

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"panther/pkg/sd"
)

// maxConfig bounds a configuration file; more is none.
const maxConfig = 16 << 20

// maxLinks is the kernel's bound on symbolic links in a path.
const maxLinks = 40

// read reads a file of the configuration that nobody but root and the caller can
// change: neither the file, nor a folder above it, nor a link on the way. What is
// no regular file, such as a pipe, has an owner and nothing else to look at.
func (l Loader) read(p string, limit int64) ([]byte, error) {
	f, err := os.Open(p)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err == nil && !l.AnyOwner {
		if err = trusted(p, st); err == nil && st.Mode().IsRegular() {
			err = trustedWay(p)
		}
	}
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, cause(err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("it is larger than %d MiB", limit>>20)
	}
	return b, nil
}

// hintOr is the hint of err, or another one.
func hintOr(err error, other string) string {
	if h := sd.HintOf(err); h != "" {
		return h
	}
	return other
}

// trustedWay looks at each folder and link that leads to p, and at what it leads
// to.
func trustedWay(p string) error {
	p, err := filepath.Abs(p)
	if err != nil {
		return err
	}
	cur, rest := "/", split(p)
	for links := 0; ; {
		st, err := os.Lstat(cur)
		if err != nil {
			return err
		}
		if err := trusted(cur, st); err != nil {
			return err
		}
		if st.Mode()&os.ModeSymlink != 0 {
			target, err := os.Readlink(cur)
			if links++; err != nil || links > maxLinks {
				return fmt.Errorf("link %s leads nowhere", cur)
			}
			rest = append(split(target), rest...)
			cur = filepath.Dir(cur)
			if filepath.IsAbs(target) {
				cur = "/"
			}
		}
		if len(rest) == 0 {
			return nil
		}
		cur, rest = filepath.Join(cur, rest[0]), rest[1:]
	}
}

func split(p string) []string {
	return strings.FieldsFunc(p, func(r rune) bool { return r == '/' })
}

// trusted returns an error unless only root and the caller can change a file, or
// the names in a folder. In a sticky folder others change no names but their own.
func trusted(p string, st os.FileInfo) error {
	sys, ok := st.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("%s: its owner is not known", p)
	}
	kind := "file"
	if st.IsDir() {
		kind = "folder"
	}
	if sys.Uid != 0 && int(sys.Uid) != os.Geteuid() {
		return sd.Hint(fmt.Errorf("%s %s belongs to account %d, who could change which secrets go where", kind, p, sys.Uid),
			fmt.Sprintf("run: chown -h %d %s", os.Geteuid(), p))
	}
	sticky := st.IsDir() && st.Mode()&os.ModeSticky != 0
	switch others := st.Mode().Perm() & 0o022; {
	case sticky || !st.IsDir() && !st.Mode().IsRegular():
	case others&0o002 != 0:
		return sd.Hint(fmt.Errorf("everybody can change %s %s", kind, p), "run: chmod go-w "+p)
	case others != 0:
		return sd.Hint(fmt.Errorf("group %d can change %s %s", sys.Gid, kind, p), "run: chmod go-w "+p)
	}
	return nil
}
