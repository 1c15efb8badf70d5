package opnix

import (
	"context"
	"fmt"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// lookup returns the ID of a user (database "passwd") or group ("group"), by
// name or number: from the files in /etc, then from getent, which knows users
// of directories and dynamic users too.
func lookup(database, name string) (int, error) {
	what := map[string]string{"passwd": "user", "group": "group"}[database]
	if n, err := strconv.ParseUint(name, 10, 31); err == nil {
		return int(n), nil
	}
	if name == "root" {
		return 0, nil
	}
	var id string
	if database == "passwd" {
		if u, err := user.Lookup(name); err == nil {
			id = u.Uid
		}
	} else if g, err := user.LookupGroup(name); err == nil {
		id = g.Gid
	}
	if id == "" && len(name) < 256 && !strings.HasPrefix(name, "-") && !strings.ContainsAny(name, ":\x00\n") {
		id = getent(database, name)
	}
	n, err := strconv.Atoi(id)
	if err != nil {
		return -1, fmt.Errorf("there is no %s %q", what, clip(name))
	}
	return n, nil
}

func getent(database, name string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "getent", database, name).Output()
	if err != nil {
		return ""
	}
	fields := strings.Split(strings.TrimSpace(string(out)), ":")
	if len(fields) < 3 {
		return ""
	}
	return fields[2]
}

// signalNumber returns the number of a signal by its name, with or without
// SIG; 0 if there is none.
func signalNumber(name string) int {
	if !strings.HasPrefix(name, "SIG") {
		name = "SIG" + name
	}
	return int(unix.SignalNum(name))
}
