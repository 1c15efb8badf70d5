package setup

import (
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"panther/pkg/agentdb/postgres/pgtest"
	"panther/pkg/sd"
)

// TestRun makes everything on a real server, twice, and looks at it as the new
// role does.
func TestRun(t *testing.T) {
	t.Parallel()
	name := "setup_" + strconv.Itoa(os.Getpid())
	target := Target{Admin: pgtest.Server(t), Database: name, Role: name}
	t.Cleanup(func() {
		pgtest.Exec(t, target.Admin, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)", "DROP ROLE IF EXISTS "+name)
	})

	made, err := Run(t.Context(), target)
	if err != nil || len(made) != 3 || !strings.HasPrefix(made[2], "created extension vector 0.") {
		t.Fatalf("first run made %q, %v", made, err)
	}
	if made, err = Run(t.Context(), target); err != nil || len(made) != 0 {
		t.Errorf("second run made %q, %v; want nothing", made, err)
	}
	u, err := url.Parse(target.Admin)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("user", name)
	u.Path, u.RawQuery = "/"+name, q.Encode()
	conn, err := pgx.Connect(t.Context(), u.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var encoding string
	var super bool
	err = conn.QueryRow(t.Context(), `SELECT current_setting('server_encoding'), rolsuper FROM pg_roles WHERE rolname = current_user`).
		Scan(&encoding, &super)
	if err != nil || encoding != "UTF8" || super {
		t.Errorf("encoding %s, superuser %t, %v; want UTF8 and no", encoding, super, err)
	}
	if _, err := conn.Exec(t.Context(), `CREATE TABLE v (e halfvec(3)); INSERT INTO v VALUES ('[1,2,3]')`); err != nil {
		t.Errorf("the owner cannot make a table of vectors: %v", err)
	}
}

func TestRunAway(t *testing.T) {
	t.Parallel()
	_, err := Run(t.Context(), Target{Admin: "postgres:///postgres?user=x&host=" + t.TempDir(), Database: "d", Role: "r"})
	if err == nil || sd.ExitCode(err) != sd.ExitError || sd.HintOf(err) == "" {
		t.Errorf("a server that is away: %v, exit status %d, hint %q; want one that a restart may cure", err, sd.ExitCode(err), sd.HintOf(err))
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		setting, database, role, host string
		ok                            bool
		code                          int
	}{
		{setting: "postgres:///agentdb?host=/run/postgresql", database: "agentdb", role: "agentdb", host: "/run/postgresql", ok: true},
		{setting: "postgres://kb@/docs?host=/tmp", database: "docs", role: "kb", host: "/tmp", ok: true},
		{setting: "postgresql:///?host=/tmp&user=kb", database: "kb", role: "kb", host: "/tmp", ok: true},
		{setting: "postgres://db.example:5432/agentdb"},
		{setting: "postgres:///agentdb?host=db.example"},
		{setting: "sqlite:/var/lib/agentdb/agentdb.db"},
		{setting: "mysql:///agentdb", code: sd.ExitConfig},
	} {
		got, ok, err := Parse(c.setting)
		if ok != c.ok || sd.ExitCode(err) != c.code || got.Database != c.database || got.Role != c.role {
			t.Errorf("%s: %+v, %t, %v", c.setting, got, ok, err)
		}
		if c.ok && !strings.Contains(got.Admin, url.QueryEscape(c.host)) {
			t.Errorf("%s: superuser connects to %s, not to the server at %s", c.setting, got.Admin, c.host)
		}
	}
}
