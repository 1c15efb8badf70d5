package sd

import (
	"context"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/journal"
	"github.com/lmittmann/tint"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// MessageIDKey is the attribute that becomes the journal's MESSAGE_ID. Its
// value is one of the constants below; units/panther.catalog explains each to
// `journalctl -x`.
const MessageIDKey = "message_id"

// Message identifiers of the events that an operator searches for (128-bit,
// made by `systemd-id128 new`).
const (
	MessageServiceFailed  = "9635fa053511449d8e6edf046ac851e8"
	MessageReloadRefused  = "4dc74ad2ca8c4655ab2f28f57cfb2721"
	MessageWatchdog       = "c8c63435ac7b4a69828ddfedba2f1510"
	MessageCrawlFinished  = "782933dcb8a646ce8a34f9d57fb67251"
	MessageCrawlSuspect   = "cd47d492517b4435b14c34e2eeb5498c"
	MessageInputDefect    = "5c0f3a6de1b94d0f8f3b0a7f5d2c9e14"
	MessageSecretsWritten = "9dfcf2533dcd4b1c965c3ca5c6fd06c0"
	MessageSecretsStale   = "e84d04ef3f1c465a900937f1e79656e2"
	MessageSecretsMissing = "57dd19f2a5034803befb2b7b9d979786"
	MessageStoreLost      = "28451e45caef40048a2452b35e784548"
	MessageStoreBack      = "7140b2f4c90b4613b21f60da31367d68"
	MessageSpaceSwapped   = "a10e05b385014c358f870366c9121852"
	MessageSpaceRefused   = "6f32d5a059a346679051c6bb81299b23"
	MessageCanariesLost   = "e290630780dc4fb1a5d9c27b7ce5feee"
	MessageTurnFinished   = "842dc7eb174c44c0af7430954fd21084"
	MessageTurnFailed     = "7f04ddb6ee304e959365d68d3b6572c3"
	MessageSubagentEnded  = "47c7f92a524346a584fa9e102263129a"
	MessageAccessRefused  = "e96d05b32076483e8d8b3557ee307030"
	MessageWrongPassword  = "c9d9ef972d2c4b7c94a2c8cf8ab9fa4d"
	MessagePeerRefused    = "28a4a5f723114f4892b007fecf6c41b3"
)

// LevelFromEnv returns the level that PANTHER_LOG asks for (debug, info, warn,
// error); info by default.
func LevelFromEnv() slog.Level {
	var l slog.Level
	if err := l.UnmarshalText([]byte(os.Getenv("PANTHER_LOG"))); err != nil {
		return slog.LevelInfo
	}
	return l
}

// UnderJournal reports whether standard error is connected to the journal.
func UnderJournal() bool {
	ok, err := journal.StderrIsJournalStream()
	return err == nil && ok
}

// NewHandler returns the handler for where the process runs: the native
// journal under systemd, colours on a terminal, logfmt lines elsewhere.
func NewHandler(name string, level slog.Leveler) slog.Handler {
	switch {
	case UnderJournal():
		return NewJournalHandler(name, level)
	case term.IsTerminal(int(os.Stderr.Fd())):
		return tint.NewTextHandler(os.Stderr, &tint.Options{Level: level, TimeFormat: time.TimeOnly})
	default:
		return slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})
	}
}

// journalSocket is where native records go (systemd-journald.service(8)).
const journalSocket = "/run/systemd/journal/socket"

// flushJournal waits, for a second at most, until the journal has read all that
// this process sent. It finds the unit of a record by asking the kernel for the
// sender, so the last words of a process that has ended belong to no unit. It
// reads in order and one by one: when an empty datagram, which it ignores, has
// left the queue, everything before it was dealt with.
func flushJournal(socket string) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer func() { _ = unix.Close(fd) }()
	if unix.Connect(fd, &unix.SockaddrUnix{Name: socket}) != nil || unix.Send(fd, nil, 0) != nil {
		return
	}
	for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if waiting, err := unix.IoctlGetInt(fd, unix.SIOCOUTQ); err != nil || waiting == 0 {
			return
		}
	}
}

// JournalHandler writes native journal records (systemd.journal-fields(7)):
// MESSAGE holds the message and its attributes as logfmt for people, and every
// attribute is a field of its own for `journalctl FIELD=value`: run_id becomes
// RUN_ID, groups are joined by an underscore. The position of the call is
// CODE_FILE, CODE_LINE and CODE_FUNC. Records that the journal refuses are
// dropped: logging never stops a service.
type JournalHandler struct {
	level  slog.Leveler
	prefix string            // of open groups, "GROUP_"
	vars   map[string]string // fields from With
	text   string            // logfmt of With
	send   func(msg string, p journal.Priority, vars map[string]string) error
}

// NewJournalHandler returns a handler that writes as name
// (SYSLOG_IDENTIFIER, what `journalctl -t` selects).
func NewJournalHandler(name string, level slog.Leveler) *JournalHandler {
	return &JournalHandler{level: level, send: journal.Send,
		vars: map[string]string{"SYSLOG_IDENTIFIER": name}}
}

// Enabled reports whether records of that level are written.
func (h *JournalHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level.Level() }

// Handle writes one record.
func (h *JournalHandler) Handle(_ context.Context, r slog.Record) error {
	c := h.clone()
	r.Attrs(func(a slog.Attr) bool { c.add(c.prefix, a); return true })
	if r.PC != 0 {
		f, _ := runtime.CallersFrames([]uintptr{r.PC}).Next()
		c.vars["CODE_FILE"], c.vars["CODE_LINE"], c.vars["CODE_FUNC"] = f.File, strconv.Itoa(f.Line), f.Function
	}
	return c.send(r.Message+c.text, priority(r.Level), c.vars)
}

// WithAttrs returns a handler that adds attrs to every record.
func (h *JournalHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := h.clone()
	for _, a := range attrs {
		c.add(c.prefix, a)
	}
	return c
}

// WithGroup returns a handler that prefixes the following fields.
func (h *JournalHandler) WithGroup(name string) slog.Handler {
	c := h.clone()
	if name != "" {
		c.prefix += name + "_"
	}
	return c
}

func (h *JournalHandler) clone() *JournalHandler {
	c := *h
	c.vars = make(map[string]string, len(h.vars)+8)
	for k, v := range h.vars {
		c.vars[k] = v
	}
	return &c
}

func (h *JournalHandler) add(prefix string, a slog.Attr) {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			prefix += a.Key + "_"
		}
		for _, b := range v.Group() {
			h.add(prefix, b)
		}
		return
	}
	name, s := FieldName(prefix+a.Key), valueText(v)
	if name == "" || s == "" {
		return
	}
	h.vars[name] = s
	if a.Key != MessageIDKey {
		h.text += " " + strings.ToLower(prefix+a.Key) + "=" + quote(s)
	}
}

// FieldName turns an attribute key into a journal field name: upper case,
// letters, digits and underscores, no leading underscore or digit, at most 64
// bytes. The journal drops records' fields with other names in silence. It
// returns "" where nothing is left.
func FieldName(key string) string {
	b := make([]byte, 0, len(key))
	for i := 0; i < len(key); i++ {
		switch c := key[i]; {
		case c >= 'a' && c <= 'z':
			b = append(b, c-'a'+'A')
		case c >= 'A' && c <= 'Z', c >= '0' && c <= '9' && len(b) > 0:
			b = append(b, c)
		case len(b) > 0:
			b = append(b, '_')
		}
	}
	if len(b) > 64 {
		b = b[:64]
	}
	return string(b)
}

func valueText(v slog.Value) string {
	return v.String()
}

func quote(s string) string {
	if strings.ContainsAny(s, " \t\n\r\"=") {
		return strconv.Quote(s)
	}
	return s
}

func priority(l slog.Level) journal.Priority {
	switch {
	case l >= slog.LevelError:
		return journal.PriErr
	case l >= slog.LevelWarn:
		return journal.PriWarning
	case l >= slog.LevelInfo:
		return journal.PriInfo
	default:
		return journal.PriDebug
	}
}
