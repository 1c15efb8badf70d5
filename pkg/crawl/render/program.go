package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"panther/pkg/sd"

	"golang.org/x/sys/unix"
)

const (
	readTime = 60 * time.Second
	maxText  = 32 << 20 // bytes: the longest standards have 5 MB
)

// program is a reader of files that is none of ours. It gets a file through a
// pipe, only after its limits are set: it may write no file.
type program struct {
	name, pkg string   // its command, and the package that has it
	what      string   // what it reads, for errors
	args      []string // it reads standard input and writes standard output
	memory    uint64   // bytes of address space
}

func (p program) read(ctx context.Context, body []byte) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.name, p.args...)
	if cmd.Err != nil {
		return "", sd.Hint(fmt.Errorf("run %s: %w", p.name, cmd.Err), "install the package "+p.pkg)
	}
	cmd.Dir, cmd.Env = "/", []string{"LC_ALL=C.UTF-8"}
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", fmt.Errorf("run %s: %w", p.name, err)
	}
	var out, errs limited
	out.max, errs.max = maxText, 4096
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("run %s: %w", p.name, err)
	}
	err = p.limit(cmd.Process.Pid)
	if err == nil {
		_, _ = in.Write(body) // what it does not read it says by its exit status
	}
	_ = in.Close()
	if err != nil {
		_ = cmd.Process.Kill()
	}
	werr := cmd.Wait()
	switch {
	case err != nil:
		return "", err
	case out.over:
		return "", fmt.Errorf("text of the %s exceeds %d bytes", p.what, maxText)
	case ctx.Err() != nil:
		return "", fmt.Errorf("%s takes too long to read", p.what)
	case werr != nil:
		line, _, _ := strings.Cut(strings.TrimSpace(errs.b.String()), "\n")
		return "", fmt.Errorf("%s cannot be read: %w: %s", p.what, werr, strconv.QuoteToGraphic(line[:min(len(line), 200)]))
	}
	return out.b.String(), nil
}

// limit bounds a process before it has read anything.
func (p program) limit(pid int) error {
	for _, l := range []struct {
		what int
		max  uint64
	}{{unix.RLIMIT_AS, p.memory}, {unix.RLIMIT_CPU, uint64(readTime / time.Second)}, {unix.RLIMIT_FSIZE, 0}, {unix.RLIMIT_CORE, 0}, {unix.RLIMIT_NOFILE, 64}} {
		if err := unix.Prlimit(pid, l.what, &unix.Rlimit{Cur: l.max, Max: l.max}, nil); err != nil {
			return fmt.Errorf("limit %s: %w", p.name, err)
		}
	}
	return nil
}

// pdfText returns the text of a PDF file.
func pdfText(ctx context.Context, pdf []byte) (string, error) {
	return program{name: "pdftotext", pkg: "poppler-utils", what: "PDF", memory: 1 << 30,
		args: []string{"-q", "-enc", "UTF-8", "-eol", "unix", "-", "-"}}.read(ctx, pdf)
}

// pandocFormats are the readers of Pandoc that a client may name. Each works on
// one file alone.
var pandocFormats = []string{"docx", "odt", "rtf", "epub", "org", "latex", "man", "textile", "mediawiki"}

// pandoc returns a document as HTML.
func pandoc(ctx context.Context, from string, doc []byte) (string, error) {
	if !slices.Contains(pandocFormats, from) {
		return "", errors.New("format is none that is read by pandoc")
	}
	// --sandbox: the document reads and fetches nothing. Its heap is bounded by
	// its own runtime, which reserves far more address space than it uses.
	return program{name: "pandoc", pkg: "pandoc", what: from + " file", memory: 4 << 40,
		args: []string{"--sandbox", "--from", from, "--to", "html", "--standalone", "--metadata", "pagetitle= ", "--mathjax", "--wrap=none", "+RTS", "-M768m", "-RTS"}}.read(ctx, doc)
}

// limited keeps what is written up to max bytes and lets the rest pass.
type limited struct {
	b    bytes.Buffer
	max  int
	over bool
}

func (l *limited) Write(p []byte) (int, error) {
	if n := l.max - l.b.Len(); n < len(p) {
		l.over = true
		l.b.Write(p[:n])
		return len(p), nil
	}
	return l.b.Write(p)
}
