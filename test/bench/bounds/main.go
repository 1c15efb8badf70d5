// Command bounds measures what a peer can take of the runtime: 3,000 subscribers to events that never read, and 200
// request bodies that never end, against `panther local`. It prints its memory, what became of the peers and the slowest
// answer to anybody else meanwhile. Called by `scripts/bench bounds`; it needs no root.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	subscribers = 3000
	slowBodies  = 200
	events      = 400 // that the subscribers would have to read
	patience    = 60 * time.Second
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 4 * subscribers, Max: 4 * subscribers}); err != nil {
		return fmt.Errorf("raise the limit of open files: %w", err)
	}
	dir, err := os.MkdirTemp("", "panther-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	build := exec.Command("go", "build", "-o", dir+"/panther", "panther/cmd/panther")
	build.Env, build.Stderr = append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build panther: %w", err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0") // a port that is free
	if err != nil {
		return err
	}
	s := server{addr: ln.Addr().String()}
	ln.Close()
	cmd := exec.Command(dir+"/panther", "local", "--listen", s.addr)
	cmd.Env = append(os.Environ(), "PANTHER_HOME="+filepath.Join(dir, "home"))
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() { _ = cmd.Process.Signal(os.Interrupt); _ = cmd.Wait() }()
	s.pid = cmd.Process.Pid
	for began := time.Now(); s.ask(http.MethodGet, "") != nil; time.Sleep(100 * time.Millisecond) {
		if time.Since(began) > patience {
			return errors.New("panther local did not start")
		}
	}
	fmt.Printf("at rest                     %4d MB\n", s.memory())
	if err := s.flood(); err != nil {
		return err
	}
	return s.drip()
}

type server struct {
	addr string
	pid  int
	slow time.Duration // slowest answer to others
}

// ask makes a request as anybody would, and notes how long it took.
func (s *server) ask(method, body string) error {
	began := time.Now()
	q, err := http.NewRequest(method, "http://"+s.addr+"/session", strings.NewReader(body))
	if err != nil {
		return err
	}
	q.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	s.slow = max(s.slow, time.Since(began))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = errors.New(resp.Status)
	}
	return err
}

// memory is what the server holds, in megabytes.
func (s *server) memory() int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid))
	_, rest, _ := bytes.Cut(b, []byte("VmRSS:"))
	kb := 0
	_, _ = fmt.Sscan(string(rest), &kb)
	return kb / 1024
}

func (s *server) flood() error {
	began := time.Now()
	s.slow = 0
	var open []net.Conn
	for range subscribers {
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			return err
		}
		defer c.Close()
		open = append(open, c)
		if _, err := io.WriteString(c, "GET /event HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			continue // it was closed
		}
	}
	for range events {
		if err := s.ask(http.MethodPost, "{}"); err != nil {
			return fmt.Errorf("ask beside the subscribers: %w", err)
		}
	}
	memory, took := s.memory(), time.Since(began)
	answers := map[string]int{}
	for _, c := range open {
		answers[status(c, patience)]++
	}
	fmt.Printf("%d silent subscribers     %4d MB  slowest other answer %s, %d events in %s; %s\n", subscribers, memory,
		s.slow.Round(time.Millisecond), events, took.Round(time.Millisecond), counts(answers))
	return nil
}

// drip sends bodies byte by byte until the server ends them.
func (s *server) drip() error {
	began := time.Now()
	s.slow = 0
	open := map[net.Conn]bool{}
	for range slowBodies {
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			return err
		}
		defer c.Close()
		open[c] = true
		_, _ = io.WriteString(c, "POST /session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{")
	}
	memory := s.memory()
	ended := map[string]int{}
	for len(open) > 0 && time.Since(began) < 2*patience {
		if err := s.ask(http.MethodGet, ""); err != nil {
			return fmt.Errorf("ask beside slow bodies: %w", err)
		}
		for c := range open {
			if st := status(c, time.Millisecond); st != "" {
				ended[st]++
				delete(open, c)
			} else {
				_, _ = io.WriteString(c, " ")
			}
		}
		time.Sleep(time.Second)
	}
	if len(open) > 0 {
		ended["open still"] = len(open)
	}
	fmt.Printf("%d bodies that never end   %4d MB  slowest other answer %s, ended within %s; %s\n", slowBodies, memory,
		s.slow.Round(time.Millisecond), time.Since(began).Round(time.Second), counts(ended))
	return nil
}

// status is how a connection was answered, "" while it was not.
func status(c net.Conn, within time.Duration) string {
	_ = c.SetReadDeadline(time.Now().Add(within))
	line, err := bufio.NewReader(c).ReadString('\n')
	var late net.Error
	switch fields := strings.Fields(line); {
	case len(fields) > 1:
		return fields[1]
	case errors.As(err, &late) && late.Timeout():
		return ""
	}
	return "closed"
}

func counts(m map[string]int) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%d %s", m[k], k))
	}
	return strings.Join(parts, ", ")
}
