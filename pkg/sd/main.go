package sd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
)

// Exit statuses, as every unit of the suite understands them.
// RestartPreventExitStatus=CONFIG names ExitConfig.
const (
	ExitOK     = 0
	ExitError  = 1  // a restart may help
	ExitUsage  = 64 // EX_USAGE of sysexits.h: the command line is wrong
	ExitConfig = 78 // EX_CONFIG of sysexits.h: a restart cannot help
)

// Version is set at link time by scripts/install
// (-ldflags "-X panther/pkg/sd.Version=..."); empty means that BuildVersion
// asks the build information instead.
var Version string

// BuildVersion returns the version that --version prints: the linked one, or
// the revision that the Go toolchain recorded, or "devel".
func BuildVersion() string {
	if Version != "" {
		return Version
	}
	if bi, ok := debug.ReadBuildInfo(); ok {
		for _, s := range bi.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				return "devel-" + s.Value[:12]
			}
		}
	}
	return "devel"
}

// Error is a failure with what an operator can do about it.
type Error struct {
	Err  error  // what happened; never nil
	Hint string // what to do next, one sentence; empty if there is nothing to say
	Code int    // exit status; 0 means ExitError
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// ExitCode returns the exit status that the failure asks for.
func (e *Error) ExitCode() int {
	if e.Code == 0 {
		return ExitError
	}
	return e.Code
}

// HintText returns what to do next.
func (e *Error) HintText() string { return e.Hint }

// Hint returns err with a hint for the operator. It returns nil for nil.
func Hint(err error, hint string) error {
	if err == nil {
		return nil
	}
	return &Error{Err: err, Hint: hint, Code: ExitCode(err)}
}

// ConfigError returns err marked as a configuration error: exit status 78, so
// that the unit is not restarted. It returns nil for nil.
func ConfigError(err error, hint string) error {
	if err == nil {
		return nil
	}
	return &Error{Err: err, Hint: hint, Code: ExitConfig}
}

// UsageError returns an error for a wrong command line: exit status 64.
func UsageError(format string, args ...any) error {
	return &Error{Err: fmt.Errorf(format, args...), Code: ExitUsage}
}

// ExitCode returns the exit status for err: 0 for nil, what the error itself
// asks for (a method ExitCode() int anywhere in its chain), and 1 otherwise.
func ExitCode(err error) int {
	if err == nil {
		return ExitOK
	}
	var coded interface{ ExitCode() int }
	if errors.As(err, &coded) {
		return coded.ExitCode()
	}
	return ExitError
}

// HintOf returns the outermost hint in err's chain, or "".
func HintOf(err error) string {
	for err != nil {
		var h interface{ HintText() string }
		if !errors.As(err, &h) {
			return ""
		}
		if s := h.HintText(); s != "" {
			return s
		}
		e, ok := h.(error)
		if !ok {
			return ""
		}
		err = errors.Unwrap(e)
	}
	return ""
}

// Main runs run until it returns and exits the process with its status. The
// context ends on SIGTERM and SIGINT; a second signal ends the process at
// once. An error is reported once: to the journal under systemd, and as
// "NAME: error" with its hint on a line of its own elsewhere.
func Main(run func(ctx context.Context) error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	context.AfterFunc(ctx, stop)
	limitMemory()
	err := run(ctx)
	stop()
	if err != nil && errors.Is(err, context.Canceled) && ctx.Err() != nil {
		err = nil
	}
	if err != nil {
		report(err)
	}
	if UnderJournal() {
		flushJournal(journalSocket)
	}
	os.Exit(ExitCode(err))
}

// statusOf puts the hint behind the error: it is the line that an operator who
// asks `systemctl status` reads first.
func statusOf(err error, hint string) string {
	if hint == "" {
		return err.Error()
	}
	return err.Error() + " | " + hint
}

func report(err error) {
	name := filepath.Base(os.Args[0])
	hint := HintOf(err)
	if UnderJournal() {
		slog.New(NewJournalHandler(name, slog.LevelDebug)).Error("service failed",
			"error", err, "hint", hint, MessageIDKey, MessageServiceFailed)
		// The status stays in `systemctl status` after the process is gone.
		_, _ = notify("STATUS=" + oneLine(statusOf(err, hint)))
		return
	}
	fmt.Fprintf(os.Stderr, "%s: %s\n", name, err)
	if hint != "" {
		fmt.Fprintf(os.Stderr, "hint: %s\n", hint)
	}
}
