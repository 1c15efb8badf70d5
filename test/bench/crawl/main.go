// Command crawl measures the crawler on a local site: fetching and finding
// links only, the whole way to Markdown files, and a second night on which
// nothing changed, beside a plain net/http pool, colly and wget in the same
// run; then the same at 20 ms latency of the server, and the memory that
// 100,000 pages take. `scripts/bench crawl` runs it.
//
// The site is served by a process of its own, and each measure runs in a
// process of its own with one core, so that its time and memory are its own.
// Beside pages per second of the clock stand pages per second of its
// processor: the former depend on what else the machine does.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"
)

// bench is one site and what is measured on it.
type bench struct {
	pages int
	url   string
	dir   string // of files and state, kept from the first night to the second
}

// measures are run in this order; `unchanged night` needs the night before it.
var measures = []struct {
	name string
	run  func(*bench, context.Context) error
}{
	{"net/http pool, links only", (*bench).pool},
	{"colly, links only", (*bench).colly},
	{"ours, links only", (*bench).fetchOnly},
	{"to Markdown files", (*bench).night},
	{"unchanged night", (*bench).night},
	{"wget -r", (*bench).wget},
}

func main() {
	pages := flag.Int("pages", 2000, "pages of the site")
	large := flag.Int("large", 100000, "pages of the site that memory is measured on, 0 to leave that out")
	only := flag.String("only", "", "one measure, by the start of its name")
	serve := flag.Duration("serve", -1, "serve the site with this latency (the benchmark starts itself so)")
	size := flag.Int("size", 20, "kilobytes of a page")
	one := flag.String("measure", "", "run one measure on the site at -url (the benchmark starts itself so)")
	b := &bench{}
	flag.StringVar(&b.url, "url", "", "address of the site")
	flag.StringVar(&b.dir, "dir", "", "folder of a measure")
	profile := flag.String("profile", "", "with -only: file for a CPU profile")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	b.pages = *pages
	var err error
	switch {
	case *serve >= 0:
		err = serveSite(*pages, *size, *serve)
	case *one != "":
		err = b.measure(ctx, *one, *profile)
	default:
		err = table(ctx, *pages, *large, *only, *profile)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench crawl:", err)
		os.Exit(1)
	}
}

// measure runs one measure in this process.
func (b *bench) measure(ctx context.Context, name, profile string) error {
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	for _, m := range measures {
		if m.name == name {
			return m.run(b, ctx)
		}
	}
	return fmt.Errorf("no measure %q", name)
}

// table prints all measures, or those whose name starts with only.
func table(ctx context.Context, pages, large int, only, profile string) error {
	for _, latency := range []time.Duration{0, 20 * time.Millisecond} {
		if err := site(ctx, pages, 20, latency, only, profile); err != nil {
			return err
		}
	}
	if large == 0 {
		return nil
	}
	return site(ctx, large, 2, 0, "to Markdown", "")
}

// site prints the measures on one site.
func site(ctx context.Context, pages, size int, latency time.Duration, only, profile string) error {
	dir, err := os.MkdirTemp("", "bench-crawl-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	address, stop, err := start(pages, size, latency)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Printf("%d pages of %d KB with 20 links, latency %v, one core for the client\n", pages, size, latency)
	fmt.Printf("  %-28s %9s %15s %7s\n", "", "pages/s", "per core second", "MB")
	for _, m := range measures {
		if !strings.HasPrefix(m.name, only) && (only != "unchanged" || m.name != "to Markdown files") {
			continue
		}
		args := []string{"-measure", m.name, "-url", "http://" + address, "-dir", dir, "-pages", fmt.Sprint(pages)}
		if only != "" {
			args = append(args, "-profile", profile)
		}
		cmd := exec.CommandContext(ctx, os.Args[0], args...)
		cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
		cmd.Stderr = os.Stderr
		begin := time.Now()
		err := cmd.Run()
		took := time.Since(begin)
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == notInstalled {
			fmt.Printf("  %-28s not installed\n", m.name)
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		ps := cmd.ProcessState
		cpu := (ps.UserTime() + ps.SystemTime()).Seconds()
		memory := ps.SysUsage().(*syscall.Rusage).Maxrss / 1024
		fmt.Printf("  %-28s %9.0f %15.0f %7d\n", m.name, float64(pages)/took.Seconds(), float64(pages)/cpu, memory)
	}
	return nil
}

// notInstalled is the status of a measure whose command is not there.
const notInstalled = 69 // EX_UNAVAILABLE

// start serves the site in a process of its own, which ends when its standard
// input does: with this process, whatever ends that.
func start(pages, size int, latency time.Duration) (address string, stop func(), err error) {
	server := exec.Command(os.Args[0], "-serve", latency.String(), "-pages", fmt.Sprint(pages), "-size", fmt.Sprint(size))
	server.Stderr = os.Stderr
	if _, err := server.StdinPipe(); err != nil {
		return "", nil, err
	}
	out, err := server.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := server.Start(); err != nil {
		return "", nil, err
	}
	stop = func() { _ = server.Process.Kill(); _ = server.Wait() }
	address, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("start the site: %w", err)
	}
	return strings.TrimSpace(address), stop, nil
}

// wget is the measure of a command that is not ours; it replaces this process.
func (b *bench) wget(context.Context) error {
	path, err := exec.LookPath("wget")
	if err != nil {
		os.Exit(notInstalled)
	}
	return syscall.Exec(path, []string{"wget", "-q", "-r", "-l", "inf", "-P", filepath.Join(b.dir, "wget"), b.url + "/"}, os.Environ())
}
