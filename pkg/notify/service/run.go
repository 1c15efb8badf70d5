package service

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"
	"github.com/google/renameio/v2"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"panther/pkg/notify/channel"
	"panther/pkg/notify/outbox"
	"panther/pkg/sd"
)

// Name is the service's unit, socket and log component.
const Name = "panther-notify"

const (
	// remember is how long the id of an event is known.
	remember = 30 * 24 * time.Hour
	// maxWaiting bounds the deliveries that wait; the oldest are given up.
	maxWaiting = 2000
)

type service struct {
	cfg     Config
	store   *outbox.Store
	log     *slog.Logger
	now     func() time.Time
	peers   *peers
	push    channel.PushKeys
	roots   *x509.CertPool // nil for the system's
	workers []*worker
	news    broadcast
	testing sync.Mutex
	changed func()
}

// Run serves until ctx ends or, as a unit, until nothing waits and nobody asked
// for a while.
func Run(ctx context.Context, env *sd.Env, cfg Config) error {
	return run(ctx, env, cfg, nil)
}

func run(ctx context.Context, env *sd.Env, cfg Config, roots *x509.CertPool) error {
	if env.StateDir == "" {
		return sd.Hint(errors.New("there is no state folder"), "run it by its unit (systemctl start panther-notify.socket), or set STATE_DIRECTORY")
	}
	ln, err := env.Listener(Name, "")
	if err != nil {
		return err
	}
	s := &service{cfg: cfg, log: env.Log, now: time.Now, roots: roots}
	if s.peers, err = findPeers(cfg); err != nil && !env.IsLocal() {
		env.Log.Warn("accounts were not found", "error", err)
	}
	if s.store, err = outbox.Open(filepath.Join(env.StateDir, "outbox.db")); err != nil {
		return err
	}
	defer s.store.Close()
	if s.push, err = pushKeys(filepath.Join(env.StateDir, "vapid.json")); err != nil {
		return err
	}
	if err := s.openTargets(env); err != nil {
		return err
	}
	idle := sd.NewIdle(0)
	if !env.IsLocal() {
		idle = sd.NewIdle(cfg.IdleExit.D())
	}
	ctx, cancel := idle.Context(ctx)
	defer cancel()
	s.changed = s.follow(ctx, env, idle)
	s.tidy(ctx)
	s.changed()
	env.Ready("%s", s.statusLine(ctx))
	defer env.Stopping()
	var work sync.WaitGroup
	defer work.Wait()
	for _, w := range s.workers {
		work.Go(func() { w.run(ctx) })
	}
	return sd.ServeHTTP(ctx, idle.Handler(s.handler()), ln)
}

// follow returns the function that is called whenever the outbox has changed: it
// keeps the service from leaving while something waits.
func (s *service) follow(ctx context.Context, env *sd.Env, idle *sd.Idle) func() {
	var mu sync.Mutex
	var leave func()
	return func() {
		mu.Lock()
		defer mu.Unlock()
		n, err := s.store.Count(ctx, outbox.Waiting)
		switch {
		case err != nil || n > 0 && leave != nil:
		case n > 0:
			leave = idle.Begin()
		case leave != nil:
			leave()
			leave = nil
		}
		env.Status("%s", s.statusLine(ctx))
		s.news.tell()
	}
}

func (s *service) statusLine(ctx context.Context) string {
	n, _ := s.store.Count(ctx, outbox.Waiting)
	line := fmt.Sprintf("%d targets, %d waiting", len(s.cfg.Targets), n)
	if ps, _ := s.store.Problems(ctx); len(ps) > 0 {
		for _, p := range ps {
			line += fmt.Sprintf("; %s: %s", p.Target, p.Problem)
		}
	}
	return line
}

// tidy gives up what cannot be told any more.
func (s *service) tidy(ctx context.Context) {
	names := make([]string, len(s.cfg.Targets))
	for i, t := range s.cfg.Targets {
		names[i] = t.Name
	}
	now := s.now()
	ended, err := s.store.Tidy(ctx, names, now.Add(-s.cfg.MaxAge.D()), now.Add(-remember), maxWaiting, now)
	if err != nil {
		s.log.Error("outbox failed", "error", err)
	}
	if ended > 0 {
		s.log.Warn("notifications were given up", "deliveries", ended, "hint", "they were too old, too many, or for a target that is no more; see GET /v1/outbox")
	}
}

func (s *service) wakeAll() {
	for _, w := range s.workers {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// openTargets makes a worker of each target. A target whose credential is missing
// is one that refuses: the others go on.
func (s *service) openTargets(env *sd.Env) error {
	for _, t := range s.cfg.Targets {
		secret, err := credential(env, t.Credential)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		w := &worker{Target: t, secret: secret, store: s.store, log: s.log, now: s.now, maxAge: s.cfg.MaxAge.D(),
			wake: make(chan struct{}, 1), changed: func() { s.tidy(context.Background()); s.changed() }}
		w.channel = s.open(t, secret)
		s.workers = append(s.workers, w)
	}
	return nil
}

// credential reads a target's: a unit has the folder opnix/secrets/notify as
// notify_NAME.
func credential(env *sd.Env, name string) (string, error) {
	secret, err := env.Credential("notify_" + name)
	if errors.Is(err, fs.ErrNotExist) {
		secret, err = env.Credential(name)
	}
	return strings.TrimSpace(secret), err
}

func (s *service) open(t Target, secret string) channel.Channel {
	client := channel.HTTPClient(s.roots, false)
	switch t.Channel {
	case "ntfy":
		return &channel.Ntfy{Client: client, URL: t.URL, Token: secret}
	case "gotify":
		return &channel.Gotify{Client: client, URL: t.URL, Token: secret}
	case "telegram":
		return &channel.Telegram{Client: client, URL: strings.TrimRight(t.URL, "/"), Token: secret, Chat: t.Chat}
	case "email":
		return &channel.Mail{Server: t.Server, Implicit: strings.HasSuffix(t.Server, ":465"), Plain: t.Plain, User: t.User, Password: secret,
			From: t.From, To: t.To, Roots: s.roots}
	case "webpush":
		return &channel.Push{Client: channel.HTTPClient(s.roots, s.roots == nil), Contact: t.Contact, Keys: s.push, Find: s.findSubscription}
	case "webhook":
		w := &channel.Webhook{Client: client, URL: t.URL}
		if secret == "" {
			return w
		}
		key, err := standardwebhooks.NewWebhook(secret)
		if err != nil { // a key that is not written as Standard Webhooks has it
			key, _ = standardwebhooks.NewWebhookRaw([]byte(secret))
		}
		w.Sign = key.Sign
		return w
	}
	return channel.Desktop{}
}

func (s *service) findSubscription(ctx context.Context, endpoint string) (webpush.Keys, bool, error) {
	subs, err := s.store.Subscriptions(ctx)
	for _, sub := range subs {
		if sub.Endpoint == endpoint {
			return webpush.Keys{P256dh: sub.P256dh, Auth: sub.Auth}, true, nil
		}
	}
	return webpush.Keys{}, false, err
}

// pushKeys reads the key pair of Web Push, and makes it at the first start: a
// browser's subscription holds for one.
func pushKeys(path string) (channel.PushKeys, error) {
	var k channel.PushKeys
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if k, err = channel.NewPushKeys(); err != nil {
			return k, err
		}
		if b, err = json.Marshal(k); err == nil {
			err = renameio.WriteFile(path, b, 0o600)
		}
		if err != nil {
			return k, fmt.Errorf("keep key of Web Push: %w", err)
		}
		return k, nil
	case err != nil:
		return k, fmt.Errorf("read key of Web Push: %w", err)
	}
	if err := json.Unmarshal(b, &k); err != nil {
		return k, sd.Hint(fmt.Errorf("read key of Web Push %s: %w", path, err), "remove it; browsers then have to subscribe again")
	}
	return k, nil
}

// broadcast tells all that wait for the next of something.
type broadcast struct {
	mu sync.Mutex
	c  chan struct{}
}

func (b *broadcast) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.c == nil {
		b.c = make(chan struct{})
	}
	return b.c
}

func (b *broadcast) tell() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.c != nil {
		close(b.c)
		b.c = nil
	}
}
