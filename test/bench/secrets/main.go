// Command secrets measures opnix: materializing sets of secrets from a local Connect server (time, peak memory,
// requests made), a run that changes nothing, and the time to serve the last good copy at boot; and beside it opnix
// 0.11, where OPNIX011 names its source. Called by `scripts/bench secrets`; it needs no root, and seals with
// systemd-creds where it has it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"panther/pkg/opnix/connect"
	"panther/pkg/opnix/connect/connecttest"
	"panther/pkg/opnix/lastgood"
	"panther/pkg/opnix/vault"
	"panther/pkg/opnix/vault/vaulttest"
)

// rounds is how often each figure is taken; the median is printed.
const rounds = 5

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	dir, err := os.MkdirTemp(memory(), "opnix-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	opnix := filepath.Join(dir, "opnix")
	build := exec.Command("go", "build", "-o", opnix, "panther/cmd/opnix")
	build.Env, build.Stderr = append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build opnix: %w", err)
	}
	fmt.Println("secrets   backend's   materialize   beyond the   unchanged   last-good    peak   requests")
	fmt.Println("          answers                   answers      again       at boot      memory")
	for _, n := range []int{10, 100, 1000} {
		if err := measure(dir, opnix, n); err != nil {
			return fmt.Errorf("%d secrets: %w", n, err)
		}
	}
	return beside(dir, opnix)
}

// memory is a folder in memory, as /run/opnix is on a machine.
func memory() string {
	if st, err := os.Stat("/dev/shm"); err == nil && st.IsDir() {
		return "/dev/shm"
	}
	return ""
}

func measure(dir, opnix string, n int) error {
	var entries []vaulttest.Entry
	var secrets []string
	var reqs []vault.Request
	for i := range n {
		e := vaulttest.Entry{Vault: "Homelab", Item: fmt.Sprintf("service %d", i), Field: "password", Content: fmt.Appendf(nil, "value-%d-%s", i, strings.Repeat("x", 40))}
		entries = append(entries, e)
		ref := fmt.Sprintf("op://Homelab/service %d/password", i)
		secrets = append(secrets, fmt.Sprintf(`{"path": "service%d/password", "reference": "%s"}`, i, ref))
		reqs = append(reqs, vaulttest.Ask(ref, false))
	}
	server := connecttest.Start(entries)
	defer server.Close()
	at := filepath.Join(dir, fmt.Sprint(n))
	sealer := `{"sealer": "age", "identity": "` + at + `/id"}`
	if os.Geteuid() == 0 && (lastgood.Systemd{}).Available() {
		sealer = `{"sealer": "systemd"}`
	}
	config := fmt.Sprintf(`{"backend": {"type": "connect", "url": "%s"}, "tokenFile": "%s/token", "outputDir": "%s/lib/secrets", "lastGood": %s, "secrets": [%s]}`,
		server.URL, at, at, sealer, strings.Join(secrets, ","))
	if err := os.MkdirAll(at, 0o700); err != nil {
		return err
	}
	for name, content := range map[string]string{"token": connecttest.Token, "id": connecttest.AgeIdentity(), "config.json": config} {
		if err := os.WriteFile(filepath.Join(at, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	var answers, fresh, again, restored []time.Duration
	var peak int64
	requests := 0
	for range rounds {
		start := time.Now()
		if _, err := (connect.Backend{URL: server.URL, Token: vault.NewValue([]byte(connecttest.Token))}).Resolve(context.Background(), reqs); err != nil {
			return err
		}
		answers = append(answers, time.Since(start))
		if err := errors.Join(os.RemoveAll(at+"/run"), os.RemoveAll(at+"/lib")); err != nil {
			return err
		}
		before := len(server.Log())
		took, rss, err := opnixRun(opnix, at, "materialize")
		if err != nil {
			return err
		}
		requests, fresh, peak = len(server.Log())-before, append(fresh, took), max(peak, rss)
		if took, _, err = opnixRun(opnix, at, "materialize"); err != nil {
			return err
		}
		again = append(again, took)
		if err := os.RemoveAll(at + "/run"); err != nil {
			return err
		}
		if took, _, err = opnixRun(opnix, at, "restore"); err != nil {
			return err
		}
		restored = append(restored, took)
	}
	a, f := median(answers), median(fresh)
	fmt.Printf("%7d %8d ms %10d ms %9d ms %8d ms %8d ms %5d MB %10d\n", n, a.Milliseconds(), f.Milliseconds(), (f - a).Milliseconds(),
		median(again).Milliseconds(), median(restored).Milliseconds(), peak>>10, requests)
	return nil
}

// opnixRun runs opnix as a process and returns its time and peak memory in KiB.
func opnixRun(opnix, at, verb string) (time.Duration, int64, error) {
	return timedRun(exec.Command(opnix, "-config", at+"/config.json", "-run-dir", at+"/run", "-state-dir", at+"/lib/state", verb))
}

func timedRun(cmd *exec.Cmd) (time.Duration, int64, error) {
	start := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(start)
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return took, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss, err
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
