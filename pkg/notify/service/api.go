package service

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"panther/pkg/notify"
	"panther/pkg/notify/channel"
	"panther/pkg/notify/outbox"
	"panther/pkg/sd"
)

const (
	maxBody = 64 << 10
	// testTime is how long a test waits for what comes of it.
	testTime = 30 * time.Second
	// maxListed is how much of the outbox an answer holds.
	maxListed = 500
)

type body[T any] struct{ Body T }

// handler serves the API.
func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	cfg := huma.DefaultConfig(Name, sd.BuildVersion())
	cfg.Info.Description = "Events to tell, the outbox that keeps them, and the browsers that take them."
	cfg.DocsPath, cfg.SchemasPath, cfg.CreateHooks = "", "", nil
	cfg.AllowAdditionalPropertiesByDefault, cfg.FieldsOptionalByDefault = true, true
	api := humago.New(mux, cfg)
	add(api, s, sender, http.MethodPost, "/v1/events", "Keep an event and tell it; again with the same id it changes nothing", http.StatusAccepted, s.postEvent)
	add(api, s, person, http.MethodPost, "/v1/test", "Send a test and wait for what comes of it", http.StatusOK, s.postTest)
	add(api, s, root, http.MethodGet, "/v1/outbox", "The newest deliveries, and the targets that take none", http.StatusOK, s.getOutbox)
	add(api, s, sender, http.MethodGet, "/v1/push", "The key that a page subscribes with", http.StatusOK, s.getPush)
	add(api, s, sender, http.MethodPost, "/v1/push/subscriptions", "Keep the subscription of a browser", http.StatusOK, s.postSubscription)
	add(api, s, sender, http.MethodDelete, "/v1/push/subscriptions", "Forget the subscription of a browser", http.StatusOK, s.deleteSubscription)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("{\"status\":\"ok\"}\n"))
	})
	return mux
}

// add registers an operation for peers of a role, and those above it.
func add[In, Out any](api huma.API, s *service, least role, method, path, summary string, status int, handle func(context.Context, *In) (*Out, error)) {
	op := huma.Operation{Method: method, Path: path, OperationID: huma.GenerateOperationID(method, path, (*Out)(nil)), Summary: summary,
		DefaultStatus: status, MaxBodyBytes: maxBody, Errors: []int{http.StatusForbidden, http.StatusUnprocessableEntity}}
	op.Middlewares = huma.Middlewares{func(c huma.Context, next func(huma.Context)) {
		peer, ok := sd.PeerOf(c.Context())
		if !ok || s.peers.role(peer) < least {
			s.log.Warn("peer was refused", "method", method, "path", path, "peer_uid", peer.UID, "peer_pid", peer.PID, sd.MessageIDKey, sd.MessagePeerRefused)
			_ = huma.WriteErr(api, c, http.StatusForbidden, "this account may not do that; panther(7) says who may")
			return
		}
		next(c)
	}}
	huma.Register(api, op, func(ctx context.Context, in *In) (*Out, error) {
		out, err := handle(ctx, in)
		var known huma.StatusError
		if err != nil && !errors.As(err, &known) {
			s.log.Error("request failed", "operation", op.OperationID, "error", err)
			return nil, huma.Error500InternalServerError("the request failed; panther-notify's log says why")
		}
		return out, err
	})
}

// Accepted is the answer to an event.
type Accepted struct {
	ID  string `json:"id"`
	New bool   `json:"new" doc:"False if it was kept before"`
}

func (s *service) postEvent(ctx context.Context, in *body[notify.Event]) (*body[Accepted], error) {
	e, err := in.Body.Normal()
	if err != nil {
		return nil, huma.Error422UnprocessableEntity(err.Error())
	}
	accepted, err := s.accept(ctx, e, func(t *Target) bool { return t.wants(e) })
	return &body[Accepted]{Accepted{e.ID, accepted}}, err
}

// accept keeps an event for the targets that are wanted and wakes their workers.
func (s *service) accept(ctx context.Context, e notify.Event, wanted func(*Target) bool) (accepted bool, err error) {
	var to []outbox.To
	for i := range s.cfg.Targets {
		t := &s.cfg.Targets[i]
		if !wanted(t) {
			continue
		}
		if t.Channel != "webpush" {
			to = append(to, outbox.To{Target: t.Name})
			continue
		}
		subs, err := s.store.Subscriptions(ctx)
		if err != nil {
			return false, err
		}
		for _, sub := range subs {
			to = append(to, outbox.To{Target: t.Name, Recipient: sub.Endpoint})
		}
	}
	if accepted, err = s.store.Accept(ctx, e, to, s.now()); err != nil || !accepted {
		return false, err
	}
	s.changed()
	s.tidy(ctx)
	s.wakeAll()
	return true, nil
}

// TestRequest names a target.
type TestRequest struct {
	Target string `json:"target,omitempty" doc:"All without it"`
}

// Outcomes is what came of a test.
type Outcomes struct {
	Outcomes []notify.Outcome `json:"outcomes"`
}

func (s *service) postTest(ctx context.Context, in *body[TestRequest]) (*body[Outcomes], error) {
	name := in.Body.Target
	var names []string
	for _, t := range s.cfg.Targets {
		names = append(names, t.Name)
	}
	switch {
	case len(names) == 0:
		return nil, huma.Error422UnprocessableEntity("no target is configured: panther-notify.toml")
	case name != "" && !slices.Contains(names, name):
		return nil, huma.Error422UnprocessableEntity("there is no such target; there are: " + strings.Join(names, ", "))
	}
	if !s.testing.TryLock() {
		return nil, huma.Error429TooManyRequests("another test is under way")
	}
	defer s.testing.Unlock()
	e := notify.Event{ID: "test-" + rand.Text(), Kind: notify.Test, Severity: notify.Info, Title: "Panther can reach you", Text: "This is a test."}
	if _, err := s.accept(ctx, e, func(t *Target) bool { return name == "" || t.Name == name }); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	return s.outcomes(ctx, e.ID)
}

// outcomes waits until every delivery of an event was tried.
func (s *service) outcomes(ctx context.Context, id string) (*body[Outcomes], error) {
	for {
		news := s.news.next()
		ds, err := s.store.Of(context.WithoutCancel(ctx), id)
		if err != nil {
			return nil, err
		}
		out, tried := Outcomes{Outcomes: []notify.Outcome{}}, true
		for _, d := range ds {
			out.Outcomes = append(out.Outcomes, notify.Outcome{Target: d.Target, State: d.State, Detail: d.Detail})
			tried = tried && (d.State != outbox.Waiting || d.Attempts > 0)
		}
		if tried || ctx.Err() != nil {
			return &body[Outcomes]{out}, nil
		}
		select {
		case <-news:
		case <-ctx.Done():
		}
	}
}

// Outbox is what is kept.
type Outbox struct {
	Deliveries []Delivery `json:"deliveries"`
	Problems   []Problem  `json:"problems" doc:"Targets that take nothing"`
}

// Delivery is an event for one recipient.
type Delivery struct {
	Event    notify.Event `json:"event"`
	At       time.Time    `json:"at"`
	Target   string       `json:"target"`
	State    string       `json:"state" enum:"waiting,delivered,rejected,refused,expired"`
	Attempts int          `json:"attempts"`
	Due      *time.Time   `json:"due,omitempty" doc:"While it waits"`
	Detail   string       `json:"detail,omitempty" doc:"What went wrong last"`
}

// Problem is why a target takes nothing.
type Problem struct {
	Target  string    `json:"target"`
	Problem string    `json:"problem"`
	Since   time.Time `json:"since"`
}

func (s *service) getOutbox(ctx context.Context, _ *struct{}) (*body[Outbox], error) {
	ds, err := s.store.List(ctx, maxListed)
	if err != nil {
		return nil, err
	}
	ps, err := s.store.Problems(ctx)
	out := Outbox{Deliveries: []Delivery{}, Problems: []Problem{}}
	for _, d := range ds {
		v := Delivery{Event: d.Event, At: d.At, Target: d.Target, State: d.State, Attempts: d.Attempts, Detail: d.Detail}
		if d.State == outbox.Waiting {
			v.Due = &d.Due
		}
		out.Deliveries = append(out.Deliveries, v)
	}
	for _, p := range ps {
		out.Problems = append(out.Problems, Problem(p))
	}
	return &body[Outbox]{out}, err
}

// PushKey is the public key of Web Push.
type PushKey struct {
	Key string `json:"key" doc:"applicationServerKey of PushManager.subscribe"`
}

func (s *service) getPush(context.Context, *struct{}) (*body[PushKey], error) {
	return &body[PushKey]{PushKey{s.push.Public}}, nil
}

// Subscription is a PushSubscription as a browser writes it.
type Subscription struct {
	Endpoint string `json:"endpoint"`
	Keys     struct {
		P256dh string `json:"p256dh"`
		Auth   string `json:"auth"`
	} `json:"keys"`
}

func (s *service) postSubscription(ctx context.Context, in *body[Subscription]) (*struct{}, error) {
	sub := in.Body
	if err := checkSubscription(sub); err != nil {
		return nil, huma.Error422UnprocessableEntity(err.Error())
	}
	return nil, s.store.Subscribe(ctx, outbox.Subscription{Endpoint: sub.Endpoint, P256dh: sub.Keys.P256dh, Auth: sub.Keys.Auth}, s.now())
}

func checkSubscription(sub Subscription) error {
	if err := channel.CheckURL(sub.Endpoint, false); err != nil || len(sub.Endpoint) > 1024 {
		return errors.New("the endpoint is no https address")
	}
	point, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(sub.Keys.P256dh, "="))
	if err == nil {
		_, err = ecdh.P256().NewPublicKey(point)
	}
	if err != nil {
		return errors.New("keys.p256dh is no key")
	}
	if secret, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(sub.Keys.Auth, "=")); err != nil || len(secret) != 16 {
		return errors.New("keys.auth is no secret of 16 bytes")
	}
	return nil
}

func (s *service) deleteSubscription(ctx context.Context, in *body[Subscription]) (*struct{}, error) {
	return nil, s.store.Unsubscribe(ctx, in.Body.Endpoint)
}
