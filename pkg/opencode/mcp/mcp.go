// Package mcp has the tools of the configured Model Context Protocol servers.
// Each server is connected in the background and again when it was lost; its
// tools are there while it is. What a server says about itself is no
// instruction, and what its tools give back is the caller's to fence.
package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/sd"
)

// Servers are the configured servers. Run must run.
type Servers struct {
	servers []*server

	mu  sync.Mutex
	off map[switched]bool
}

// switched is a server that somebody does not use.
type switched struct {
	by     identity.Identity
	server string
}

type server struct {
	cfg     Server
	token   string
	log     *slog.Logger
	wake    chan struct{} // has it connected without waiting
	mu      sync.Mutex
	session *sdk.ClientSession
	list    []Tool
	err     error
}

// Tool is a tool of a server. Models see it as SERVER_TOOL.
type Tool struct {
	llm.Tool
	server *server
	name   string
}

// New reads the tokens of the servers.
func New(env *sd.Env, cfg []Server) (*Servers, error) {
	m := &Servers{off: map[switched]bool{}}
	for _, c := range cfg {
		s := &server{cfg: c, log: env.Log, wake: make(chan struct{}, 1)}
		if c.Credential != "" {
			var err error
			if s.token, err = env.Credential(c.Credential); err != nil {
				return nil, sd.Hint(fmt.Errorf("load token of MCP server %s: %w", c.Name, err), "add the credential to the unit, or leave mcp.credential out")
			}
		}
		m.servers = append(m.servers, s)
	}
	return m, nil
}

// Run keeps the servers connected until ctx ends.
func (m *Servers) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, s := range m.servers {
		wg.Go(func() {
			for wait := time.Second; ctx.Err() == nil; wait = min(2*wait, time.Minute) {
				began := time.Now()
				if err := sd.Guard("serve MCP connection", nil, func() error { return s.connect(ctx) }); err != nil && ctx.Err() == nil {
					s.log.Warn("MCP server was lost", "mcp_server", s.cfg.Name, "error", err)
				}
				if time.Since(began) > time.Minute {
					wait = time.Second
				}
				select {
				case <-ctx.Done():
				case <-s.wake:
				case <-time.After(wait):
				}
			}
		})
	}
	wg.Wait()
}

// connect serves one connection and returns when it ends.
func (s *server) connect(ctx context.Context) error {
	client := sdk.NewClient(&sdk.Implementation{Name: "panther", Version: sd.BuildVersion()}, nil)
	var tr sdk.Transport
	if s.cfg.URL != "" {
		tr = &sdk.StreamableClientTransport{Endpoint: s.cfg.URL, HTTPClient: &http.Client{Transport: bearer{s.token}}}
	} else {
		cmd := exec.CommandContext(ctx, s.cfg.Command[0], s.cfg.Command[1:]...)
		cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin:/run/current-system/sw/bin", "LANG=C.UTF-8"} // nothing of ours
		tr = &sdk.CommandTransport{Command: cmd}
	}
	cs, err := client.Connect(ctx, tr, nil)
	if err == nil {
		err = s.load(ctx, cs)
	}
	s.mu.Lock()
	s.err = err
	s.mu.Unlock()
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = cs.Close() })()
	err = cs.Wait()
	s.mu.Lock()
	s.session, s.list, s.err = nil, nil, fmt.Errorf("connection ended: %w", orClosed(err))
	s.mu.Unlock()
	return err
}

func orClosed(err error) error {
	if err == nil {
		return context.Canceled
	}
	return err
}

// bearer adds a token to requests.
type bearer struct{ token string }

func (b bearer) RoundTrip(q *http.Request) (*http.Response, error) {
	if b.token != "" {
		q = q.Clone(q.Context())
		q.Header.Set("Authorization", "Bearer "+b.token)
	}
	return http.DefaultTransport.RoundTrip(q)
}

var toolName = regexp.MustCompile(`[^a-zA-Z0-9_-]+`)

// maxTools bounds what one server may offer: more would fill a model's context
// with descriptions.
const maxTools = 64

func (s *server) load(ctx context.Context, cs *sdk.ClientSession) error {
	var list []Tool
	for tool, err := range cs.Tools(ctx, nil) {
		if err != nil {
			return fmt.Errorf("list tools: %w", err)
		}
		b, err := json.Marshal(tool.InputSchema)
		if err != nil || !json.Valid(b) || string(b) == "null" {
			b = []byte(`{"type":"object"}`)
		}
		name := s.cfg.Prefix() + toolName.ReplaceAllString(tool.Name, "_")
		if len(name) > 64 { // the limit of the providers
			name = name[:64]
		}
		if slices.ContainsFunc(list, func(t Tool) bool { return t.Name == name }) {
			s.log.Warn("tool left out: another one of the server has its name", "mcp_server", s.cfg.Name, "tool", name)
			continue
		}
		// What a server says about itself is no instruction either.
		list = append(list, Tool{llm.Tool{Name: name, Description: gate.Line(tool.Description, 1000), Schema: b}, s, tool.Name})
		if len(list) == maxTools {
			break
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.session, s.list = cs, list
	s.log.Info("MCP server connected", "mcp_server", s.cfg.Name, "tools", len(list))
	return nil
}

// Switch has the turns of id use a server or not, until the process ends. One
// that is to be used and is not connected is tried at once. It reports whether
// there is such a server.
func (m *Servers) Switch(id identity.Identity, name string, on bool) bool {
	i := slices.IndexFunc(m.servers, func(s *server) bool { return s.cfg.Name == name })
	if i < 0 {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !on {
		m.off[switched{id, name}] = true
		return true
	}
	delete(m.off, switched{id, name})
	select {
	case m.servers[i].wake <- struct{}{}:
	default:
	}
	return true
}

// uses reports whether the turns of id use a server.
func (m *Servers) uses(id identity.Identity, name string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.off[switched{id, name}]
}

// Tools returns the tools that are there now for the turns of id.
func (m *Servers) Tools(id identity.Identity) []Tool {
	var out []Tool
	for _, s := range m.servers {
		if !m.uses(id, s.cfg.Name) {
			continue
		}
		s.mu.Lock()
		out = append(out, s.list...)
		s.mu.Unlock()
	}
	return out
}

// Call uses a tool and returns its text.
func (t Tool) Call(ctx context.Context, args json.RawMessage) (string, error) {
	t.server.mu.Lock()
	cs := t.server.session
	t.server.mu.Unlock()
	if cs == nil {
		return "", fmt.Errorf("the MCP server %s is not connected", t.server.cfg.Name)
	}
	r, err := cs.CallTool(ctx, &sdk.CallToolParams{Name: t.name, Arguments: args})
	if err != nil {
		return "", fmt.Errorf("call %s: %w", t.Name, err)
	}
	var b strings.Builder
	for _, c := range r.Content {
		if text, ok := c.(*sdk.TextContent); ok {
			b.WriteString(text.Text + "\n")
		}
	}
	if r.IsError {
		return "", fmt.Errorf("call %s: %s", t.Name, gate.Line(b.String(), 2000))
	}
	return b.String(), nil
}

// Status tells id how the servers are, by their names.
func (m *Servers) Status(id identity.Identity) map[string]api.MCPStatus {
	out := map[string]api.MCPStatus{}
	for _, s := range m.servers {
		if !m.uses(id, s.cfg.Name) {
			out[s.cfg.Name] = api.MCPStatus{Status: "disabled"}
			continue
		}
		s.mu.Lock()
		v := api.MCPStatus{Status: "connected"}
		if s.session == nil {
			v.Status = "failed"
			if s.err != nil {
				v.Error = s.err.Error()
			}
		}
		s.mu.Unlock()
		out[s.cfg.Name] = v
	}
	return out
}
