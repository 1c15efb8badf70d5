package sd

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"
)

// notify sends state to NOTIFY_SOCKET; it reports false where there is none.
func notify(state string) (bool, error) { return daemon.SdNotify(false, state) }

// monotonicUsec is CLOCK_MONOTONIC in microseconds, which RELOADING=1 must
// carry (sd_notify(3)).
func monotonicUsec() int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return 0
	}
	return ts.Nano() / 1000
}

func watchHangups(ctx context.Context, reload func()) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
			reload()
		}
	}
}

// Watchdog pings the service manager at half of WatchdogSec= for as long as
// check returns nil, and returns at once if the unit has no watchdog. A check
// gets a quarter of the interval; one that fails or hangs withholds the ping,
// so that the manager ends a service which is alive but of no use.
func (e *Env) Watchdog(ctx context.Context, check func(context.Context) error) {
	if e.local {
		return
	}
	interval, err := daemon.SdWatchdogEnabled(false)
	if err != nil || interval == 0 {
		return
	}
	go func() {
		t := time.NewTicker(interval / 2)
		defer t.Stop()
		for {
			cctx, cancel := context.WithTimeout(ctx, interval/4)
			err := check(cctx)
			cancel()
			switch {
			case ctx.Err() != nil:
				return
			case err != nil:
				e.Log.Warn("watchdog ping withheld", "error", err, MessageIDKey, MessageWatchdog)
			default:
				e.notify("WATCHDOG=1")
			}
			select {
			case <-ctx.Done():
				return
			case <-t.C:
			}
		}
	}()
}
