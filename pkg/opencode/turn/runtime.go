package turn

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"panther/pkg/config"
	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/account"
	"panther/pkg/opencode/agents"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/ledger"
	"panther/pkg/opencode/mcp"
	"panther/pkg/opencode/permission"
	"panther/pkg/opencode/sessions"
	"panther/pkg/opencode/subagent"
	"panther/pkg/sd"
)

// Runtime is what turns need of the process.
type Runtime struct {
	Config    Config
	Log       *slog.Logger
	Knowledge *knowledge.Client
	Models    *llm.Set
	Agents    *agents.Set
	Policy    permission.Policy
	MCP       *mcp.Servers
	Sessions  *sessions.Store
	Ledger    *ledger.Ledger
	Requests  *permission.Requests
	Account   *account.Account
	Slots     chan struct{} // a token for each sub-agent that runs
}

// Config is what the configuration says about turns.
type Config struct {
	Knowledge Knowledge
	Memory    Memory
	Budget    Budget
	Subagents Subagents
	Steps     int // answers of the model in a turn
}

// Knowledge is how agentdb is reached and asked.
type Knowledge struct {
	URL        string   `toml:"url"`
	Credential string   `toml:"credential"` // bearer token for http(s)
	Tokens     int      `toml:"tokens"`     // of passages that go with a question
	Memories   int      `toml:"memories"`   // that go with a question
	Sources    []string `toml:"sources"`    // only these; none means all
}

// Memory is what agents may remember.
type Memory struct {
	// AfterReading is allow, ask or deny, for agents that have read what the
	// person did not write: passages, results of tools and sub-agents, files.
	AfterReading string `toml:"after_reading"`
}

// Budget is what may be spent, in US dollars; 0 means no limit. A day's account
// begins anew with the process.
type Budget struct {
	Session float64 `toml:"session"`
	Day     float64 `toml:"day"`
}

// Subagents is how delegated tasks are run.
type Subagents struct {
	Socket string          `toml:"socket"` // "" runs them in this process, without a sandbox
	Max    int             `toml:"max"`    // at once
	Time   config.Duration `toml:"time"`   // deadline of a task
	Shell  bool            `toml:"shell"`  // lets them run commands in their sandbox
}

// delegates names the agents that tasks may go to, for the model.
func (rt *Runtime) delegates() string {
	var b strings.Builder
	for _, a := range rt.Agents.All() {
		if a.Mode != api.ModePrimary && !a.Hidden {
			fmt.Fprintf(&b, "\n- %s: %s", a.Name, a.Description)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return " Agents:" + b.String()
}

// Reads refuses files that the model does not read.
func (rt *Runtime) Reads(ask Question) error {
	info, _ := rt.Models.Find(ask.Model)
	for _, f := range ask.Files {
		if ask.Model != "" && info.Takes(f) {
			continue
		}
		var able []string
		for _, i := range rt.Models.Infos() {
			if i.Takes(f) {
				able = append(able, i.Ref())
			}
		}
		err := api.BadRequest("the model that answers cannot read %s (%s)", f.Name, f.Type)
		if len(able) == 0 {
			return err.WithHint("no configured model can; set inputs of one that does in opencode.toml")
		}
		return err.WithHint("choose %s", strings.Join(able, " or "))
	}
	return nil
}

// dial connects to a new sub-agent: through systemd, which starts a sandboxed
// one for the connection, or one in this process where no socket is configured.
func (rt *Runtime) dial(ctx context.Context) (net.Conn, error) {
	if rt.Config.Subagents.Socket != "" {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "unix", rt.Config.Subagents.Socket)
		if err != nil {
			return nil, sd.Hint(fmt.Errorf("start sub-agent: %w", err), "see: systemctl status opencode-subagent.socket")
		}
		return conn, nil
	}
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("start sub-agent: %w", err)
	}
	var ends [2]net.Conn
	for i, fd := range fds {
		f := os.NewFile(uintptr(fd), "subagent")
		ends[i], err = net.FileConn(f)
		_ = f.Close()
		if err != nil {
			return nil, fmt.Errorf("start sub-agent: %w", err)
		}
	}
	go func() {
		// It has no log of its own: everything it does is done here.
		if err := subagent.Serve(ctx, ends[1], slog.New(slog.DiscardHandler)); err != nil {
			rt.Log.Debug("sub-agent ended", "error", err)
		}
	}()
	return ends[0], nil
}
