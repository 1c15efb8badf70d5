package opnix

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"panther/pkg/config"
	"panther/pkg/opnix/vault"
)

// DefaultConfig is the configuration file of an installed system.
const DefaultConfig = "/etc/opnix/secrets.json"

// Policy says what may happen where a secret cannot be resolved.
type Policy string

// The policies of a secret.
const (
	Required Policy = "required" // only the password manager's own answer counts
	StaleOK  Policy = "stale_ok" // the last good copy may serve until it is too old
	Optional Policy = "optional" // as stale_ok, and without a copy the secret is left out
)

// defaultMaxAge is how old a last good copy may be where nothing else is said:
// long enough for a machine that was off over a holiday.
const defaultMaxAge = 30 * 24 * time.Hour

// Config is a configuration that was read and checked.
type Config struct {
	Backend   Backend
	Secrets   []Secret
	Templates []Template
	Output    string // the stable folder; "" means the run's default
	TokenFile string
	LastGood  LastGood
	Deadline  time.Duration // for the backend, in one run
	Systemd   Systemd
	Unread    []*config.Error // included files that cannot be used, in a run; nobody knows what they ask for
	sum       []byte          // of the files, for the fingerprint
}

// Sum returns the text of the configuration, for its fingerprint.
func (c *Config) Sum() []byte { return c.sum }

// Use is one request with what its user permits.
type Use struct {
	vault.Request
	Policy Policy
	MaxAge time.Duration
}

// Uses lists what the secrets and templates ask for. A reference in a template
// may be served from the last good copy.
func (c *Config) Uses() []Use {
	var out []Use
	for i := range c.Secrets {
		s := &c.Secrets[i]
		out = append(out, Use{Request: s.Request, Policy: s.Policy, MaxAge: s.MaxAge})
	}
	for i := range c.Templates {
		for _, p := range c.Templates[i].parts {
			if p.isRef && c.Templates[i].Broken == "" {
				out = append(out, Use{Request: p.req, Policy: StaleOK, MaxAge: defaultMaxAge})
			}
		}
	}
	return out
}

// Requests lists the distinct requests of the configuration, in its order.
func (c *Config) Requests() []vault.Request {
	seen := map[string]bool{}
	var out []vault.Request
	for _, u := range c.Uses() {
		if k := u.Request.Key(); !seen[k] {
			seen[k] = true
			out = append(out, u.Request)
		}
	}
	return out
}

// Check reports what is wrong with a value, without a word of it.
func (s *Secret) Check(v vault.Value) error { return s.validator.check(v) }

// Backend selects and configures the password manager.
type Backend struct {
	Type     string `json:"type"`     // "1password" (default), "connect", "folder", "age"
	URL      string `json:"url"`      // connect: base URL of the server
	CAFile   string `json:"caFile"`   // connect: certificate authorities, PEM; "" means the system's
	Path     string `json:"path"`     // folder, age: what to read
	Identity string `json:"identity"` // age: the identity file
}

// NeedsToken reports whether the backend asks for an access token.
func (b Backend) NeedsToken() bool { return b.Type == Type1Password || b.Type == TypeConnect }

// The types of backend.
const (
	Type1Password = "1password"
	TypeConnect   = "connect"
	TypeFolder    = "folder"
	TypeAge       = "age"
)

// LastGood configures the copy that serves while the password manager is down.
type LastGood struct {
	Enable   *bool  `json:"enable"`   // nil means yes
	Sealer   string `json:"sealer"`   // "systemd" (default) or "age"
	Identity string `json:"identity"` // age: identity file, e.g. /etc/ssh/ssh_host_ed25519_key
}

// Secret is one configured secret.
type Secret struct {
	Name      string // how messages call it: its path
	Path      string // relative to the output, or absolute
	InPlace   bool   // an absolute path is a file, not a link into the output
	Request   vault.Request
	Owner     Owner
	Mode      uint32
	Symlinks  []string
	Copies    []string
	Backup    bool // a person's own file at one of the places is moved, not in the way
	Services  []Service
	Policy    Policy
	MaxAge    time.Duration
	Validate  []string
	Pattern   string
	validator validator
}

// Template is a file with placeholders, rendered with each generation.
type Template struct {
	Path     string
	InPlace  bool
	Content  string
	Source   string // the file of which Content is; "" if it is in the configuration
	Owner    Owner
	Mode     uint32
	Symlinks []string
	Copies   []string
	Backup   bool
	Services []Service
	Broken   string // why there is nothing to render, in a run; such a file is not written
	parts    []part
}

// Owner is who a file belongs to. -1 means whoever runs opnix.
type Owner struct {
	User, Group string
	UID, GID    int
	Unknown     string // which of the names nobody has; such a file is not written
}

// Action is what a service needs when a secret of its changed.
type Action string

// The actions.
const (
	Restart Action = "restart"
	Reload  Action = "reload"
	Signal  Action = "signal"
	Nothing Action = "nothing"
	Start   Action = "start" // not configured: of a unit that could not start without its secrets
)

// Service is a unit that depends on a secret.
type Service struct {
	Unit   string // with its suffix
	Action Action
	Signal string // with Signal, e.g. "SIGHUP"
}

// Systemd is opnix 0.11's systemdIntegration.
type Systemd struct {
	Enable          bool
	RestartOnChange bool
	Services        []string // units that need all secrets
}

// file is the JSON document: opnix 0.11's schema and what this one adds to it.
type file struct {
	Version            int               `json:"version"`
	Include            []string          `json:"include"`
	Backend            Backend           `json:"backend"`
	Secrets            []fileSecret      `json:"secrets"`
	Templates          []fileTemplate    `json:"templates"`
	PathTemplate       string            `json:"pathTemplate"`
	Defaults           map[string]string `json:"defaults"`
	SystemdIntegration *fileSystemd      `json:"systemdIntegration"`
	TokenFile          string            `json:"tokenFile"`
	Output             string            `json:"outputDir"`
	LastGood           LastGood          `json:"lastGood"`
	Deadline           duration          `json:"deadline"`
	Policy             Policy            `json:"policy"`
	MaxAge             duration          `json:"maxAge"`
}

type fileSecret struct {
	Path      string            `json:"path"`
	Reference string            `json:"reference"`
	Kind      string            `json:"kind"`
	Owner     string            `json:"owner"`
	Group     string            `json:"group"`
	Mode      string            `json:"mode"`
	Symlinks  []string          `json:"symlinks"`
	Copies    []string          `json:"copies"`
	Backup    bool              `json:"backup"`
	Variables map[string]string `json:"variables"`
	Services  services          `json:"services"`
	Policy    Policy            `json:"policy"`
	MaxAge    duration          `json:"maxAge"`
	Validate  []string          `json:"validate"`
	Pattern   string            `json:"pattern"`
}

type fileTemplate struct {
	Path     string   `json:"path"`
	Content  string   `json:"content"`
	Source   string   `json:"source"`
	Owner    string   `json:"owner"`
	Group    string   `json:"group"`
	Mode     string   `json:"mode"`
	Symlinks []string `json:"symlinks"`
	Copies   []string `json:"copies"`
	Backup   bool     `json:"backup"`
	Services services `json:"services"`
}

type fileSystemd struct {
	Enable          bool     `json:"enable"`
	Services        []string `json:"services"`
	RestartOnChange bool     `json:"restartOnChange"`
	ChangeDetection struct {
		Enable   bool   `json:"enable"`
		HashFile string `json:"hashFile"`
	} `json:"changeDetection"`
	Polling struct {
		Enable   bool   `json:"enable"`
		Interval string `json:"interval"`
	} `json:"polling"`
	ErrorHandling struct {
		RollbackOnFailure bool `json:"rollbackOnFailure"`
		ContinueOnError   bool `json:"continueOnError"`
		MaxRetries        int  `json:"maxRetries"`
	} `json:"errorHandling"`
}

type duration struct{ config.Duration }

func (d *duration) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return errors.New("want a text like \"30s\" or \"7d\"")
	}
	return d.UnmarshalText([]byte(s))
}

// services is a list of unit names or an object from unit names to actions.
type services []fileService

type fileService struct {
	name   string
	action *serviceAction // nil: the default
}

type serviceAction struct {
	Restart *bool    `json:"restart"`
	Reload  *bool    `json:"reload"`
	Signal  *string  `json:"signal"`
	After   []string `json:"after"`
}

func (s *services) UnmarshalJSON(b []byte) error {
	*s = nil
	switch {
	case bytes.HasPrefix(b, []byte("[")):
		var names []string
		if err := json.Unmarshal(b, &names); err != nil {
			return err
		}
		for _, n := range names {
			*s = append(*s, fileService{name: n})
		}
	case bytes.HasPrefix(b, []byte("{")):
		actions := map[string]serviceAction{}
		if err := json.Unmarshal(b, &actions, json.RejectUnknownMembers(true)); err != nil {
			return err
		}
		for _, n := range sortedKeys(actions) {
			a := actions[n]
			*s = append(*s, fileService{name: n, action: &a})
		}
	case string(b) == "null":
	default:
		return errors.New("want a list of units or an object from units to actions")
	}
	return nil
}

func decode(name string, b []byte) (file, error) {
	var f file
	err := json.Unmarshal(b, &f, json.RejectUnknownMembers(true))
	if err == nil && f.Version > config.Version {
		err = fmt.Errorf("version is %d, this build reads %d", f.Version, config.Version)
	}
	if err == nil {
		return f, nil
	}
	ce := &config.Error{File: name, Err: errors.New("is no valid JSON"), Hint: "correct the file; `opnix -check -config FILE` tells when it is right"}
	var syn *jsontext.SyntacticError
	var sem *json.SemanticError
	switch {
	case errors.As(err, &syn):
		ce.Line, ce.Column = lineColumn(b, syn.ByteOffset)
		ce.Key, ce.Err = pointerKey(syn.JSONPointer), syn.Err
	case errors.As(err, &sem):
		ce.Line, ce.Column = lineColumn(b, sem.ByteOffset)
		ce.Key = pointerKey(sem.JSONPointer)
		switch {
		case errors.Is(sem.Err, json.ErrUnknownName):
			ce.Err, ce.Hint = errors.New("no such setting"), "remove it or correct its name; the manual page lists the settings"
		case sem.Err != nil:
			ce.Err = innermost(sem.Err)
		default:
			ce.Err = fmt.Errorf("a JSON %s does not fit here", sem.JSONKind)
		}
	default:
		ce.Err = err
	}
	return f, ce
}

// innermost unwraps the decoder's own wrapping, which quotes the document.
func innermost(err error) error {
	var sem *json.SemanticError
	for errors.As(err, &sem) && sem.Err != nil {
		err = sem.Err
	}
	if errors.As(err, &sem) && sem.Err == nil {
		return fmt.Errorf("a JSON %s does not fit here", sem.JSONKind)
	}
	return err
}

func lineColumn(b []byte, off int64) (int, int) {
	before := b[:min(int(off), len(b))]
	return bytes.Count(before, []byte("\n")) + 1, len(before) - bytes.LastIndexByte(before, '\n')
}

func pointerKey(p jsontext.Pointer) string {
	var out []string
	for t := range p.Tokens() {
		if _, err := strconv.Atoi(t); err == nil && len(out) > 0 {
			out[len(out)-1] += "[" + t + "]"
			continue
		}
		out = append(out, t)
	}
	return strings.Join(out, ".")
}

func cause(err error) error {
	if u := errors.Unwrap(err); u != nil {
		return u
	}
	return err
}
