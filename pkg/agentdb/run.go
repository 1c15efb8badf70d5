package agentdb

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"panther/pkg/agentdb/rights"
	"panther/pkg/sd"
)

// Name is the service's unit, socket and log component.
const Name = "agentdb"

// readyWait is how long READY waits for a database that comes up at the same
// time; without one the service is ready to say so.
const readyWait = 3 * time.Second

// Run serves until ctx ends. It is ready when the database is open and migrated,
// or has been away for a few seconds.
func Run(ctx context.Context, env *sd.Env, cfg Config) error {
	lns, token, err := listeners(env, cfg)
	if err != nil {
		return err
	}
	if cfg.Database == Default().Database && env.IsLocal() {
		cfg.Database = "sqlite:" + env.StateDir + "/agentdb.db"
	}
	p, err := newProvider(env, cfg.Embedding)
	if err != nil {
		return err
	}
	peers, err := rights.NewPeers(cfg.Accounts)
	if err != nil && !env.IsLocal() { // there the one user is all
		env.Log.Warn("accounts are missing and may do nothing", "error", err)
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	d := &database{setting: cfg.Database, slow: cfg.SlowQuery.D(), maxLost: cfg.Canaries.MaxLost, env: env}
	opened := make(chan struct{})
	var background sync.WaitGroup
	background.Go(func() {
		if err := d.open(ctx, p); err != nil {
			stop(err)
			return
		}
		close(opened)
		background.Go(func() { d.watch(ctx) })
		background.Go(func() { d.prepare(ctx) })
		d.engine.Load().Embed(ctx)
	})
	background.Go(func() {
		select {
		case <-ctx.Done():
			return
		case <-opened:
		case <-time.After(readyWait):
		}
		keepStatus(ctx, env, d)
	})
	env.Watchdog(ctx, func(context.Context) error { return nil }) // serving is all that a restart could bring back
	err = sd.ServeHTTP(ctx, handler(env, cfg, d, token, peers), lns...)
	env.Stopping()
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	stop(nil)
	background.Wait()
	if e := d.engine.Load(); e != nil {
		err = errors.Join(err, e.Store().Close())
	}
	return err
}

// crawlSocket is the name of the socket by which the crawler comes: another group
// than that of persons may connect. What it may do its account decides.
const crawlSocket = "agentdb-crawl"

// listeners returns the passed sockets and the configured one.
func listeners(env *sd.Env, cfg Config) (lns []net.Listener, token string, err error) {
	ln, err := env.Listener(Name, "")
	switch {
	case err == nil:
		lns = append(lns, ln)
	case !errors.Is(err, sd.ErrNoSocket) || cfg.Listen == "":
		return nil, "", err
	}
	if !env.IsLocal() { // there the crawler is the same user
		if ln, err = env.Listener(crawlSocket, ""); err == nil {
			lns = append(lns, ln)
		} else if !errors.Is(err, sd.ErrNoSocket) {
			return nil, "", err
		}
	}
	if cfg.Listen == "" {
		return lns, "", nil
	}
	if strings.HasPrefix(cfg.Listen, "unix:") {
		if ln, err = sd.Listen(cfg.Listen); err != nil {
			return nil, "", err
		}
		return append(lns, ln), "", nil
	}
	if token, err = env.Credential("agentdb-token"); err != nil {
		return nil, "", sd.ConfigError(fmt.Errorf("listen at %s: %w", cfg.Listen, err), "give the service the credential agentdb-token, or remove listen")
	}
	if ln, err = sd.Listen(cfg.Listen); err != nil {
		return nil, "", err
	}
	return append(lns, ln), token, nil
}

// authorized lets requests over the unix socket through, where file modes have
// decided already, and asks others for the token.
func authorized(token string, next http.Handler) http.Handler {
	want := sha256.Sum256([]byte(token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := sd.PeerOf(r.Context()); !ok {
			given, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			got := sha256.Sum256([]byte(given)) // equal lengths, so that the comparison takes constant time
			if !bearer || token == "" || subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
				w.Header().Set("WWW-Authenticate", "Bearer")
				problem(w, http.StatusUnauthorized, "unauthorized", "send the token of the credential agentdb-token")
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// keepStatus announces READY and keeps the status line.
func keepStatus(ctx context.Context, env *sd.Env, d *database) {
	const every = 2 * time.Second
	t := time.NewTicker(every)
	defer t.Stop()
	last := int64(-1)
	for {
		line := "database away: "
		if err := d.away(); err != nil {
			line += err.Error()
		} else if st, err := d.engine.Load().Stats(ctx); err != nil {
			line += err.Error()
		} else {
			line = statusLine(*st, last, every)
			last = st.Searches
		}
		env.Ready("%s", line)
		env.Status("%s", line)
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// grouped writes n with commas between thousands.
func grouped[T int | int64](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
