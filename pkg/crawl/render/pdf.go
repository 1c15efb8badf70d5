package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"panther/pkg/sd"

	"golang.org/x/sys/unix"
)

const (
	pdfTime   = 60 * time.Second
	pdfMemory = 1 << 30  // bytes of address space
	maxText   = 32 << 20 // bytes: the longest standards have 5 MB
)

// pdfText runs poppler's pdftotext. It gets the file through a pipe, only after
// its limits are set: it may write no file and start no process.
func pdfText(ctx context.Context, pdf []byte) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, pdfTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "pdftotext", "-q", "-enc", "UTF-8", "-eol", "unix", "-", "-")
	if cmd.Err != nil {
		return "", sd.Hint(fmt.Errorf("run pdftotext: %w", cmd.Err), "install the package poppler-utils")
	}
	cmd.Dir, cmd.Env = "/", []string{"LC_ALL=C.UTF-8"}
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", fmt.Errorf("run pdftotext: %w", err)
	}
	var out, errs limited
	out.max, errs.max = maxText, 4096
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("run pdftotext: %w", err)
	}
	err = limit(cmd.Process.Pid)
	if err == nil {
		_, _ = in.Write(pdf) // what it does not read it says by its exit status
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
		return "", fmt.Errorf("text of the PDF exceeds %d bytes", maxText)
	case ctx.Err() != nil:
		return "", errors.New("PDF takes too long to read")
	case werr != nil:
		line, _, _ := strings.Cut(strings.TrimSpace(errs.b.String()), "\n")
		return "", fmt.Errorf("PDF cannot be read: %w: %s", werr, strconv.QuoteToGraphic(line[:min(len(line), 200)]))
	}
	return out.b.String(), nil
}

// limit bounds a process before it has read anything.
func limit(pid int) error {
	for _, l := range []struct {
		what int
		max  uint64
	}{{unix.RLIMIT_AS, pdfMemory}, {unix.RLIMIT_CPU, uint64(pdfTime / time.Second)}, {unix.RLIMIT_FSIZE, 0}, {unix.RLIMIT_CORE, 0}, {unix.RLIMIT_NOFILE, 64}} {
		if err := unix.Prlimit(pid, l.what, &unix.Rlimit{Cur: l.max, Max: l.max}, nil); err != nil {
			return fmt.Errorf("limit pdftotext: %w", err)
		}
	}
	return nil
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
