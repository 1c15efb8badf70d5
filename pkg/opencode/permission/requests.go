package permission

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/ledger"
	"panther/pkg/opencode/sessions"
)

// Why a call that had to be asked for is not allowed.
var (
	ErrRefused = errors.New("the user does not allow it")
	ErrNobody  = errors.New("permission would have to be asked for, and nobody is there")
)

// answerTime is how long a question waits for a person: long enough to come back
// from another window, and below the time that a call may take.
const answerTime = 5 * time.Minute

// Requests holds the permission requests that wait for an answer.
type Requests struct {
	sessions *sessions.Store
	ledger   *ledger.Ledger

	mu   sync.Mutex
	open map[string]*request
}

// NewRequests returns the requests of the sessions' turns.
func NewRequests(s *sessions.Store, l *ledger.Ledger) *Requests {
	return &Requests{sessions: s, ledger: l, open: map[string]*request{}}
}

type request struct {
	api.PermissionRequest
	owner identity.Identity
	reply chan replied // takes one
}

// replied is an answer and who gave it.
type replied struct {
	api.PermissionReply
	by string
}

// List returns what waits for an answer of id.
func (r *Requests) List(id identity.Identity) []api.PermissionRequest {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]api.PermissionRequest, 0, len(r.open))
	for _, v := range r.open {
		if id.Sees(v.owner) {
			out = append(out, v.PermissionRequest)
		}
	}
	slices.SortFunc(out, func(x, y api.PermissionRequest) int { return strings.Compare(x.ID, y.ID) })
	return out
}

// take removes a request that waits for an answer of id and returns it; only one
// answer counts.
func (r *Requests) take(id identity.Identity, request string) *request {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := r.open[request]
	if v == nil || !id.Sees(v.owner) {
		return nil
	}
	delete(r.open, request)
	return v
}

// Ask asks the owner of a session for what q says, and returns who allowed it.
// It fails with ErrRefused, ErrNobody, or what ended ctx.
func (r *Requests) Ask(ctx context.Context, owner identity.Identity, q api.PermissionRequest) (by string, err error) {
	q.ID = api.NewID("per")
	v := &request{PermissionRequest: q, owner: owner, reply: make(chan replied, 1)}
	r.mu.Lock()
	r.open[q.ID] = v
	r.mu.Unlock()
	defer r.take(identity.Everyone, q.ID)
	if err := r.ledger.Write(ctx, ledger.Change{Events: []ledger.Event{{SessionID: q.SessionID, Type: api.EventPermissionAsked, Data: q}}}); err != nil {
		return "", err
	}
	timer := time.NewTimer(answerTime)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case <-timer.C:
		return "", ErrNobody
	case reply := <-v.reply:
		switch {
		case reply.Reply != "reject":
			return reply.by, nil
		case reply.Message == api.Nobody:
			return "", ErrNobody
		case reply.Message != "":
			return "", fmt.Errorf("%w: %s", ErrRefused, reply.Message)
		}
		return "", ErrRefused
	}
}

// Reply answers a request and tells the other clients.
func (r *Requests) Reply(ctx context.Context, id string, in api.PermissionReply) error {
	if in.Reply != "once" && in.Reply != "always" && in.Reply != "reject" {
		return api.BadRequest("reply %q is not once, always or reject", gate.Line(in.Reply, 40))
	}
	v := r.take(identity.Of(ctx), id)
	if v == nil {
		return api.NotFound("permission request", id)
	}
	v.reply <- replied{in, cmp.Or(string(identity.Of(ctx)), "user")}
	if in.Reply == "always" {
		if _, err := r.sessions.Edit(ctx, v.SessionID, func(s *api.Session) {
			for _, p := range v.Always {
				s.Permission = append(s.Permission[:len(s.Permission):len(s.Permission)],
					api.PermissionRule{Permission: v.Permission, Pattern: p, Action: api.ActionAllow})
			}
		}); err != nil {
			return err
		}
	}
	told := struct {
		SessionID    string `json:"sessionID"`
		RequestID    string `json:"requestID"`
		PermissionID string `json:"permissionID"` // older clients
		Reply        string `json:"reply"`
		Response     string `json:"response"` // older clients
	}{v.SessionID, id, id, in.Reply, in.Reply}
	return r.ledger.Write(ctx, ledger.Change{Events: []ledger.Event{{SessionID: v.SessionID, Type: api.EventPermissionReplied, Data: told}}})
}
