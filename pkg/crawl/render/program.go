package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
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
	cpu       time.Duration
}

// readers are the programs by what they read.
var readers = map[string]program{
	"pdf": {name: "pdftotext", pkg: "poppler-utils", what: "PDF", memory: 1 << 30, cpu: readTime,
		args: []string{"-q", "-enc", "UTF-8", "-eol", "unix", "-", "-"}},
	// Pandoc before 3.6 does not read mdoc.
	"mdoc": {name: "mandoc", pkg: "mandoc", what: "mdoc page", memory: 256 << 20, cpu: readTime, args: []string{"-mdoc", "-T", "html"}},
}

func init() {
	for _, from := range []string{"docx", "odt", "rtf", "epub", "org", "latex", "man", "textile", "mediawiki"} {
		// --sandbox: the document reads and fetches nothing. Its heap is bounded by
		// its own runtime, which reserves far more address space than it uses.
		readers[from] = program{name: "pandoc", pkg: "pandoc", what: from + " file", memory: 4 << 40, cpu: readTime,
			args: []string{"--sandbox", "--from", from, "--to", "html", "--standalone", "--metadata", "pagetitle= ", "--mathjax", "--wrap=none", "+RTS", "-M768m", "-RTS"}}
	}
}

// Program is one that is optional: without it, what it reads is left out.
type Program struct {
	Name, Package string
	Reads         []string // formats
}

// Programs lists those that read files.
func Programs() []Program {
	by := map[string]*Program{}
	add := func(p program, reads string) {
		if by[p.name] == nil {
			by[p.name] = &Program{Name: p.name, Package: p.pkg}
		}
		by[p.name].Reads = append(by[p.name].Reads, reads)
	}
	for _, format := range slices.Sorted(maps.Keys(readers)) {
		add(readers[format], format)
	}
	add(tesseract, "scans")
	var out []Program
	for _, name := range slices.Sorted(maps.Keys(by)) {
		out = append(out, *by[name])
	}
	return out
}

// readFile returns what the reader of a format makes of a file.
func readFile(ctx context.Context, as string, file []byte) (string, error) {
	p, ok := readers[as]
	if !ok {
		return "", errors.New("there is no reader for that format")
	}
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	return p.read(ctx, file)
}

// read returns what the program writes.
func (p program) read(ctx context.Context, body []byte) (string, error) {
	out := limited{max: maxText}
	if err := p.run(ctx, body, &out); err != nil {
		return "", err
	}
	if out.over {
		return "", fmt.Errorf("text of the %s exceeds %d bytes", p.what, maxText)
	}
	return out.b.String(), nil
}

// run gives the program a file, and to out what it writes.
func (p program) run(ctx context.Context, body []byte, out io.Writer) error {
	cmd := exec.CommandContext(ctx, p.name, p.args...)
	if cmd.Err != nil {
		return sd.Hint(fmt.Errorf("run %s: %w", p.name, cmd.Err), sd.PackageHint(p.pkg, "panther-render"))
	}
	// A program that includes files by their name finds none in an empty folder.
	empty, err := os.MkdirTemp("", "panther-render-")
	if err != nil {
		return fmt.Errorf("run %s: %w", p.name, err)
	}
	defer os.Remove(empty)
	cmd.Dir, cmd.Env = empty, []string{"LC_ALL=C.UTF-8", "OMP_THREAD_LIMIT=1"}
	in, err := cmd.StdinPipe()
	errs := limited{max: 4096}
	cmd.Stdout, cmd.Stderr = out, &errs
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return fmt.Errorf("run %s: %w", p.name, err)
	}
	if err = p.limit(cmd.Process.Pid); err == nil {
		_, _ = in.Write(body) // what it does not read it says by its exit status
	}
	_ = in.Close()
	if err != nil {
		_ = cmd.Process.Kill()
	}
	werr := cmd.Wait()
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("%s takes too long to read", p.what)
	case werr != nil:
		line, _, _ := strings.Cut(strings.TrimSpace(errs.b.String()), "\n")
		return fmt.Errorf("%s cannot be read: %w: %s", p.what, werr, strconv.QuoteToGraphic(line[:min(len(line), 200)]))
	}
	return nil
}

// limit bounds a process before it has read anything.
func (p program) limit(pid int) error {
	for _, l := range []struct {
		what int
		max  uint64
	}{{unix.RLIMIT_AS, p.memory}, {unix.RLIMIT_CPU, uint64(p.cpu / time.Second)}, {unix.RLIMIT_FSIZE, 0}, {unix.RLIMIT_CORE, 0}, {unix.RLIMIT_NOFILE, 64}} {
		if err := unix.Prlimit(pid, l.what, &unix.Rlimit{Cur: l.max, Max: l.max}, nil); err != nil {
			return fmt.Errorf("limit %s: %w", p.name, err)
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
