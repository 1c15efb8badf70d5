package test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// unitFile is a unit as it is written.
type unitFile struct {
	name   string
	lines  []string
	values map[string][]string // "Section.Key" to its values in order
}

func (u *unitFile) all(key string) []string {
	return strings.Fields(strings.Join(u.values[key], " "))
}

func (u *unitFile) last(key string) string {
	v := u.values[key]
	if len(v) == 0 {
		return ""
	}
	return v[len(v)-1]
}

// readUnits parses units/: NAME and NAME.d/*.conf.
func readUnits(t *testing.T) map[string]*unitFile {
	t.Helper()
	units := make(map[string]*unitFile)
	for _, pattern := range []string{"*.service", "*.socket", "*.timer", "*.path", "*.target", "*.slice", "*.mount", "*.d/*.conf"} {
		paths, err := filepath.Glob(filepath.Join("../units", pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("no units match %s (%v)", pattern, err)
		}
		for _, p := range paths {
			u := readUnit(t, p)
			units[u.name] = u
		}
	}
	return units
}

func readUnit(t *testing.T, path string) *unitFile {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	u := &unitFile{name: strings.TrimPrefix(path, "../units/"), values: make(map[string][]string)}
	section := ""
	for s := bufio.NewScanner(f); s.Scan(); {
		line := s.Text()
		u.lines = append(u.lines, line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			section = strings.Trim(line, "[]")
		default:
			k, v, ok := strings.Cut(line, "=")
			if !ok || section == "" {
				t.Errorf("%s: %q is no assignment", u.name, line)
			}
			u.values[section+"."+k] = append(u.values[section+"."+k], v)
		}
	}
	return u
}

// TestBootGraph compares what the units say with the graph of the design: who
// waits for whom, who starts whom, and who cannot be without whom.
func TestBootGraph(t *testing.T) {
	t.Parallel()
	units := readUnits(t)
	for _, e := range []struct{ unit, key, others string }{
		{"opnix-secrets.service", "After", "network-online.target"},
		{"opnix-secrets.service", "Wants", "network-online.target"},
		{"opnix-secrets.service", "After", "opnix-fetch.socket run-opnix.mount"},
		{"opnix-secrets.service", "Wants", "opnix-fetch.socket run-opnix.mount"},
		{"tailscaled.service.d/50-opnix.conf", "After", "opnix-secrets.service"},
		{"tailscaled.service.d/50-opnix.conf", "Wants", "opnix-secrets.service"},
		{"datadog-agent.service.d/50-opnix.conf", "After", "opnix-secrets.service"},
		{"datadog-agent.service.d/50-opnix.conf", "Requires", "opnix-secrets.service"},
		{"atticpersonal.service.d/50-opnix.conf", "After", "opnix-secrets.service"},
		{"atticpersonal.service.d/50-opnix.conf", "Requires", "opnix-secrets.service"},
		{"agentdb-setup.service", "Requires", "postgresql.service"},
		{"agentdb.service", "After", "postgresql.service agentdb-setup.service"},
		{"agentdb.service", "Wants", "postgresql.service agentdb-setup.service panther-embed.socket"},
		{"agentdb.service", "Requires", "agentdb.socket"},
		{"panther-embed.service", "Requires", "panther-embed.socket"},
		{"panther-crawl.service", "After", "network-online.target opnix-secrets.service"},
		{"panther-crawl.service", "Requires", "agentdb-crawl.socket"},
		{"opencode.service", "After", "postgresql.service opnix-secrets.service agentdb.service"},
		{"opencode.service", "Requires", "opencode.socket opnix-secrets.service"},
		{"opencode.service", "Wants", "agentdb.service opencode-subagent.socket"},
		{"panther.target", "Also", "opnix-secrets.service agentdb.service opencode.service panther-crawl.timer"},
	} {
		u := units[e.unit]
		if u == nil {
			t.Fatalf("%s is missing", e.unit)
		}
		section := "Unit."
		if e.key == "Also" {
			section = "Install."
		}
		for _, other := range strings.Fields(e.others) {
			if got := u.all(section + e.key); !slices.Contains(got, other) {
				t.Errorf("%s: %s= has %q, not %s", e.unit, e.key, got, other)
			}
		}
	}
	// The database may be stopped and come back: its clients live on.
	for _, name := range []string{"agentdb.service", "opencode.service", "panther-crawl.service"} {
		for _, key := range []string{"Requires", "BindsTo", "Requisite", "PartOf"} {
			if slices.Contains(units[name].all("Unit."+key), "postgresql.service") {
				t.Errorf("%s: %s=postgresql.service would end it with the database", name, key)
			}
		}
	}
	if got := units["panther-crawl.timer"].values["Timer.OnCalendar"]; !slices.Equal(got, []string{"*-*-* 02:00:00"}) {
		t.Errorf("panther-crawl.timer: OnCalendar=%q, want 02:00 in the machine's time zone", got)
	}
}

// TestUnitStyle checks the rules that every unit follows.
func TestUnitStyle(t *testing.T) {
	t.Parallel()
	bools := regexp.MustCompile(`=(true|false|on|off|1|0)$`)
	shell := regexp.MustCompile(`^Exec\w+=.*(\bsh\b|\bbash\b|[|;&><$]|\bsystemctl\b)`)
	for name, u := range readUnits(t) {
		dropin := strings.HasSuffix(name, ".conf")
		if len(u.lines) < 3 || !strings.HasPrefix(u.lines[0], "# ") || !strings.HasPrefix(u.lines[1], "# ") {
			t.Errorf("%s: does not begin with two lines that say what it is and when it is ready", name)
		}
		if !dropin && (u.last("Unit.Description") == "" || !strings.HasPrefix(u.last("Unit.Documentation"), "man:")) {
			t.Errorf("%s: lacks Description= or Documentation=", name)
		}
		for i, line := range u.lines {
			switch {
			case len(line) > 140:
				t.Errorf("%s:%d: longer than 140 columns", name, i+1)
			case strings.HasPrefix(line, "#"):
			case bools.MatchString(line) && !regexp.MustCompile(`^(Limit|StartLimit)`).MatchString(line):
				t.Errorf("%s:%d: %s: booleans are yes and no", name, i+1, line)
			case strings.Contains(line, " #"):
				t.Errorf("%s:%d: a trailing comment is part of the value", name, i+1)
			case shell.MatchString(line):
				t.Errorf("%s:%d: %s: no shell and no systemctl in Exec lines", name, i+1, line)
			case strings.HasPrefix(line, "Environment"):
				t.Errorf("%s:%d: %s: configuration is in files, secrets are credentials", name, i+1, line)
			case !dropin && regexp.MustCompile(`^(Requires|BindsTo)=`).MatchString(line) && !strings.HasPrefix(u.lines[i-1], "# "+line[:strings.Index(line, "=")]):
				t.Errorf("%s:%d: no line above says why %s", name, i+1, line)
			}
		}
		for _, other := range u.all("Unit.Requires") {
			if !slices.Contains(u.all("Unit.After"), other) {
				t.Errorf("%s: requires %s without After=", name, other)
			}
		}
		if strings.HasSuffix(name, ".socket") {
			checkSocket(t, u)
		}
	}
}

func checkSocket(t *testing.T, u *unitFile) {
	t.Helper()
	if u.last("Socket.FileDescriptorName") == "" || u.last("Socket.RemoveOnStop") != "yes" ||
		!slices.Contains([]string{"0660", "0600"}, u.last("Socket.SocketMode")) {
		t.Errorf("%s: wants FileDescriptorName=, RemoveOnStop=yes and SocketMode=0660 or 0600", u.name)
	}
	if u.last("Socket.Accept") == "yes" && u.last("Socket.MaxConnections") == "" {
		t.Errorf("%s: Accept=yes without MaxConnections=", u.name)
	}
}

// TestCommonSandbox checks that the sandbox block is the same, and sorted, in
// every service, and that what follows says how the service differs.
func TestCommonSandbox(t *testing.T) {
	t.Parallel()
	var common []string
	var from string
	for name, u := range readUnits(t) {
		if !strings.HasSuffix(name, ".service") {
			continue
		}
		start := slices.Index(u.lines, "CapabilityBoundingSet=")
		if start < 0 || start == 0 || u.lines[start-1] != "" {
			t.Errorf("%s: no sandbox block", name)
			continue
		}
		end := start + slices.Index(u.lines[start:], "")
		block := u.lines[start:end]
		if common == nil {
			common, from = block, name
			keys := make([]string, len(block))
			for i, l := range block {
				keys[i], _, _ = strings.Cut(l, "=")
			}
			if !slices.IsSorted(keys) {
				t.Errorf("%s: the sandbox block is not sorted", name)
			}
		}
		if !slices.Equal(block, common) {
			t.Errorf("%s: its sandbox block is not the one of %s", name, from)
		}
		limit := slices.IndexFunc(u.lines, func(l string) bool { return strings.HasPrefix(l, "MemoryMax=") })
		if why := slices.IndexFunc(u.lines, func(l string) bool { return strings.HasPrefix(l, "# MemoryMax=: ") }); limit < 0 || why < 0 || why > limit {
			t.Errorf("%s: no MemoryMax=, or no line above that says why", name)
		}
		if rest := u.lines[end+1:]; !strings.HasPrefix(rest[0], "# Differs in: ") {
			t.Errorf("%s: %q does not say how it differs, and why", name, rest[0])
		}
		if u.last("Service.Type") != "exec" && u.last("Service.Restart") != "" && !strings.HasPrefix(u.last("Service.RestartPreventExitStatus"), "CONFIG") {
			t.Errorf("%s: restarts without RestartPreventExitStatus=CONFIG", name)
		}
	}
}

// worstExposure is the limit for `systemd-analyze security`, which says 9.6
// for tailscaled and 1.5 for systemd-hostnamed.
const worstExposure = 1.5

// TestUnitsVerify stages an installation and lets systemd judge it.
func TestUnitsVerify(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is missing: the booted machine checks this too")
	}
	units := readUnits(t)
	root := stage(t, units)
	dir := filepath.Join(root, "lib/systemd/system")
	// What the units refer to and another package provides.
	if err := os.WriteFile(filepath.Join(dir, "postgresql.service"), []byte("[Service]\nExecStart=/bin/true\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var files []string
	for name := range units {
		if !strings.HasSuffix(name, ".conf") {
			files = append(files, filepath.Join(dir, name))
		}
	}
	slices.Sort(files)
	out, err := analyze(dir, append([]string{"verify", "--man=no"}, files...)...)
	if err != nil || out != "" {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	rating := regexp.MustCompile(`: (\d+\.\d) [A-Z]+`)
	for _, f := range files {
		name := filepath.Base(f)
		if !strings.HasSuffix(name, ".service") {
			continue
		}
		out, err := analyze(dir, "security", "--offline=true", "--no-pager", f)
		m := rating.FindStringSubmatch(out)
		if err != nil || m == nil {
			t.Errorf("systemd-analyze security %s: %v\n%s", name, err, out)
			continue
		}
		if got, _ := strconv.ParseFloat(m[1], 64); got > worstExposure {
			t.Errorf("%s: exposure %.1f, want at most %.1f\n%s", name, got, worstExposure, out)
		}
	}
}

// analyze runs systemd-analyze with the units of dir before the system's.
func analyze(dir string, args ...string) (string, error) {
	cmd := exec.Command("systemd-analyze", args...)
	cmd.Env = append(os.Environ(), "SYSTEMD_UNIT_PATH="+dir+":", "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// stage installs the units with an empty program for each one that they start,
// and returns the prefix.
func stage(t *testing.T, units map[string]*unitFile) string {
	t.Helper()
	bin, prefix := t.TempDir(), t.TempDir()
	for _, u := range units {
		for _, e := range u.values["Service.ExecStart"] {
			program := filepath.Join(bin, filepath.Base(strings.Fields(e)[0]))
			if err := os.WriteFile(program, []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	cmd := exec.Command("../scripts/install", "--prefix", prefix, "--destdir", "/", "--bin", bin)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return prefix
}
