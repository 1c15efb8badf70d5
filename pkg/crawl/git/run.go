package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// What a repository may cost. It comes from anybody: a few kilobytes can hold
// blobs of gigabytes and a tree of billions of paths.
const (
	maxPack   = 4 << 30 // bytes of any file that git writes; the Linux kernel without history has 0.3 GB
	maxMemory = 2 << 30 // address space of a process of git, packs that it maps included
	maxFetch  = 2 * time.Hour
	maxOutput = 2 * maxRead // of what is held in memory
	maxErrors = 64 << 10

	// bounds has git stream blobs that are larger than any page, and map packs
	// in pieces.
	bounds = "\tbigFileThreshold = 16m\n\tpackedGitLimit = 256m\n\tpackedGitWindowSize = 32m\n\tmaxTreeDepth = 256\n[pack]\n\tthreads = 2\n"
)

// run runs git without anything from outside but its arguments.
func (r *Repository) run(ctx context.Context, args ...string) ([]byte, error) {
	return r.input(ctx, nil, args...)
}

// input does so with standard input.
func (r *Repository) input(ctx context.Context, in io.Reader, args ...string) ([]byte, error) {
	out := limited{limit: maxOutput}
	err := r.stream(ctx, in, &out, args...)
	return out.Bytes(), err
}

// stream does so with standard output. An error of out ends git and is what is
// returned.
func (r *Repository) stream(ctx context.Context, in io.Reader, out io.Writer, args ...string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	cmd := exec.CommandContext(ctx, "git", append([]string{"--git-dir=" + r.dir, "--no-pager", "--literal-pathspecs"}, args...)...)
	cmd.Dir = filepath.Dir(r.config)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir, "LC_ALL=C", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + r.config,
		"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=true", "GIT_ATTR_NOSYSTEM=1", "GIT_NO_LAZY_FETCH=1", "GIT_PROTOCOL_FROM_USER=0", "GIT_OPTIONAL_LOCKS=0"}
	errs := limited{limit: maxErrors, cut: true}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &ender{out, cancel}, &errs
	cmd.WaitDelay = 10 * time.Second // for what a killed git has started
	err := cmd.Start()
	if err == nil {
		// Before it has read its configuration; what it starts inherits them.
		err = errors.Join(limit(cmd.Process.Pid, unix.RLIMIT_FSIZE, maxPack), limit(cmd.Process.Pid, unix.RLIMIT_AS, maxMemory))
		err = errors.Join(cmd.Wait(), err)
	}
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause
	}
	if err != nil {
		line, _, _ := strings.Cut(strings.TrimSpace(errs.String()), "\n")
		return fmt.Errorf("git %s: %w: %s", args[0], err, strconv.QuoteToGraphic(line[:min(len(line), 200)]))
	}
	return nil
}

func limit(pid, resource int, n uint64) error {
	err := unix.Prlimit(pid, resource, &unix.Rlimit{Cur: n, Max: n}, nil)
	if err != nil && !errors.Is(err, unix.ESRCH) { // it has ended already
		return fmt.Errorf("limit git: %w", err)
	}
	return nil
}

// ender ends what writes when w wants no more.
type ender struct {
	w      io.Writer
	cancel context.CancelCauseFunc
}

func (e *ender) Write(p []byte) (int, error) {
	n, err := e.w.Write(p)
	if err != nil {
		e.cancel(err)
	}
	return n, err
}

// limited is a buffer of bounded size, which cuts what is more or refuses it.
type limited struct {
	bytes.Buffer
	limit int
	cut   bool
}

func (l *limited) Write(p []byte) (int, error) {
	n := l.limit - l.Len()
	if len(p) <= n {
		return l.Buffer.Write(p)
	}
	if !l.cut {
		return 0, fmt.Errorf("git answered more than %d MiB", l.limit>>20)
	}
	_, _ = l.Buffer.Write(p[:n])
	return len(p), nil
}
