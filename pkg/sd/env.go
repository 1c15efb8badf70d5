package sd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Env is what a service gets from its surroundings. Its methods may be called
// by several goroutines.
type Env struct {
	Name string       // log component and unit name, e.g. "agentdb"
	Log  *slog.Logger // never nil

	StateDir       string // durable files; "" if the unit has no StateDirectory=
	CacheDir       string // files that may vanish; "" if none
	RuntimeDir     string // sockets and files until the next boot; "" if none
	CredentialsDir string // one file a credential; "" if none

	local  bool
	mu     sync.Mutex
	passed []passed                           // sockets not yet taken, in order
	open   func(string) (net.Listener, error) // Local: makes the socket of a name
	notify func(state string)
	status string
	ready  chan struct{} // closed at READY
	once   sync.Once
}

type passed struct {
	name string
	ln   net.Listener
}

// FromSystemd returns the environment of a systemd unit: passed sockets,
// NOTIFY_SOCKET, *_DIRECTORY and CREDENTIALS_DIRECTORY. Started by hand it
// works too and simply has none of them.
func FromSystemd(name string) (*Env, error) {
	e := &Env{
		Name:           name,
		Log:            slog.New(NewHandler(name, LevelFromEnv())),
		StateDir:       firstDir("STATE_DIRECTORY"),
		CacheDir:       firstDir("CACHE_DIRECTORY"),
		RuntimeDir:     firstDir("RUNTIME_DIRECTORY"),
		CredentialsDir: os.Getenv("CREDENTIALS_DIRECTORY"),
		ready:          make(chan struct{}),
	}
	e.notify = func(state string) {
		if _, err := notify(state); err != nil {
			e.Log.Warn("notification lost", "error", err)
		}
	}
	var err error
	if e.passed, err = passedSockets(); err != nil {
		return nil, fmt.Errorf("take passed sockets: %w", err)
	}
	return e, nil
}

// Local returns the environment of a service that runs inside another process,
// below dir: sockets as dir/run/SOCKET.sock with mode 0600, state in
// dir/state/NAME, cache in dir/cache/NAME, credentials in dir/credentials.
// It creates the folders with mode 0700.
func Local(name, dir string, log *slog.Logger) (*Env, error) {
	e := &Env{
		Name: name, Log: log.With("component", name), local: true,
		StateDir:       filepath.Join(dir, "state", name),
		CacheDir:       filepath.Join(dir, "cache", name),
		RuntimeDir:     filepath.Join(dir, "run"),
		CredentialsDir: filepath.Join(dir, "credentials"),
		ready:          make(chan struct{}),
		notify:         func(string) {},
	}
	for _, d := range []string{e.StateDir, e.CacheDir, e.RuntimeDir, e.CredentialsDir} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, fmt.Errorf("create folder: %w", err)
		}
	}
	e.open = func(socket string) (net.Listener, error) {
		return listenUnix(LocalSocket(dir, socket), 0o600)
	}
	return e, nil
}

// LocalSocket returns the path of a service's socket in a Local environment.
func LocalSocket(dir, socket string) string {
	return filepath.Join(dir, "run", socket+".sock")
}

// IsLocal reports whether the environment was made by Local.
func (e *Env) IsLocal() bool { return e.local }

// ErrNoSocket means that no socket of that name was passed.
var ErrNoSocket = errors.New("no socket was passed")

// Listener returns the passed socket of that name (FileDescriptorName=), each
// one once. Without one it listens at addr ("unix:/path", "127.0.0.1:8080"),
// and without an address it returns ErrNoSocket with a hint.
func (e *Env) Listener(name, addr string) (net.Listener, error) {
	if e.open != nil && addr == "" {
		return e.open(name)
	}
	if ln := e.take(func(i int, p passed) bool { return p.name == name }); ln != nil {
		return ln, nil
	}
	if addr != "" {
		return Listen(addr)
	}
	return nil, Hint(fmt.Errorf("listen as %s: %w", name, ErrNoSocket),
		fmt.Sprintf("start it through its socket unit (systemctl start %s.socket), or set a listen address", name))
}

// ListenerAt returns the passed socket at position i, counted from 0 over all
// sockets of the unit as systemd orders them, or nil if there is none or it
// was taken.
func (e *Env) ListenerAt(i int) net.Listener {
	return e.take(func(j int, _ passed) bool { return i == j })
}

func (e *Env) take(match func(int, passed) bool) net.Listener {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, p := range e.passed {
		if p.ln != nil && match(i, p) {
			e.passed[i].ln = nil
			return p.ln
		}
	}
	return nil
}

// Ready announces that the service can be used, with a first status line. Only
// the first call counts.
func (e *Env) Ready(format string, args ...any) {
	e.once.Do(func() {
		s := e.setStatus(format, args...)
		e.notify("READY=1\nSTATUS=" + s)
		close(e.ready)
	})
}

// ReadyC is closed when the service has announced Ready.
func (e *Env) ReadyC() <-chan struct{} { return e.ready }

// Status sets the line that `systemctl status` shows. Setting the same line
// again costs nothing.
func (e *Env) Status(format string, args ...any) {
	e.mu.Lock()
	old := e.status
	e.mu.Unlock()
	if s := e.setStatus(format, args...); s != old {
		e.notify("STATUS=" + s)
	}
}

func (e *Env) setStatus(format string, args ...any) string {
	s := oneLine(fmt.Sprintf(format, args...))
	e.mu.Lock()
	defer e.mu.Unlock()
	e.status = s
	return s
}

// StatusLine returns the last status.
func (e *Env) StatusLine() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.status
}

// Stopping announces that the service is on its way down.
func (e *Env) Stopping() { e.notify("STOPPING=1") }

// Extend asks the service manager for more time to start, stop or run:
// EXTEND_TIMEOUT_USEC.
func (e *Env) Extend(usec int64) { e.notify(fmt.Sprintf("EXTEND_TIMEOUT_USEC=%d", usec)) }

// Credential returns the content of a credential without trailing line breaks.
// The error wraps fs.ErrNotExist where there is none; an empty one counts as
// none, because a unit makes a credential optional by an empty SetCredential=
// beside its LoadCredential=.
func (e *Env) Credential(name string) (string, error) {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
		return "", fmt.Errorf("credential name %q is not a file name", name)
	}
	if e.CredentialsDir == "" {
		return "", fmt.Errorf("read credential %s: %w", name, fs.ErrNotExist)
	}
	b, err := os.ReadFile(filepath.Join(e.CredentialsDir, name))
	if err != nil {
		return "", fmt.Errorf("read credential %s: %w", name, err)
	}
	value := strings.TrimRight(string(b), "\r\n")
	if value == "" {
		return "", fmt.Errorf("read credential %s: it is empty: %w", name, fs.ErrNotExist)
	}
	return value, nil
}

// OnReload calls reload for every SIGHUP until ctx ends, and tells the service
// manager when it began and ended. An error is logged; the service goes on with
// what it had. A Local environment never reloads.
func (e *Env) OnReload(ctx context.Context, reload func(context.Context) error) {
	if e.local {
		return
	}
	go watchHangups(ctx, func() {
		e.notify(fmt.Sprintf("RELOADING=1\nMONOTONIC_USEC=%d", monotonicUsec()))
		if err := reload(ctx); err != nil {
			e.Log.Error("reload refused", "error", err, "hint", HintOf(err), MessageIDKey, MessageReloadRefused)
		}
		e.notify("READY=1\nSTATUS=" + e.StatusLine())
	})
}

// firstDir returns the first of the colon-separated folders in an environment
// variable of systemd.exec(5).
func firstDir(key string) string {
	d, _, _ := strings.Cut(os.Getenv(key), ":")
	return d
}

func oneLine(s string) string {
	return strings.Join(strings.Fields(s), " ")
}
