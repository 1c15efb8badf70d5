package opencode

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/ledger"
)

// projectID is the one project that there is; OpenCode calls what belongs to no
// repository so too.
const projectID = "global"

// slot is what the process holds of a session while it is in use: the record,
// and the turn that runs. Turns of a session come one after the other.
type slot struct {
	turn chan struct{} // holds a token while a turn runs

	mu      sync.Mutex
	session *api.Session
	cancel  context.CancelCauseFunc // of the running turn
	refs    int                     // guarded by sessions.mu
	deleted bool
}

// sessions holds the slots in use.
type sessions struct {
	mu    sync.Mutex
	slots map[string]*slot
}

// use returns the slot of a session and the function that gives it back.
func (s *sessions) use(id string) (*slot, func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sl := s.slots[id]
	if sl == nil {
		sl = &slot{turn: make(chan struct{}, 1)}
		s.slots[id] = sl
	}
	sl.refs++
	return sl, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if sl.refs--; sl.refs == 0 {
			delete(s.slots, id)
		}
	}
}

// running lists the sessions in which a turn runs.
func (s *sessions) running() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for id, sl := range s.slots {
		if len(sl.turn) > 0 {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// session returns a session as it is now, if it is the caller's: to others it is
// not there. Whatever is done with a session begins here or with edit, and so
// nobody else decides whose it is.
func (r *server) session(ctx context.Context, id string) (*api.Session, error) {
	sl, done := r.sessions.use(id)
	defer done()
	sl.mu.Lock()
	defer sl.mu.Unlock()
	if err := r.load(ctx, sl, id); err != nil {
		return nil, err
	}
	c := *sl.session
	return &c, nil
}

// load reads the session into its slot, which is locked.
func (r *server) load(ctx context.Context, sl *slot, id string) error {
	if sl.deleted {
		return api.NotFound("session", id)
	}
	if sl.session != nil {
		if !identity.Of(ctx).Sees(sl.session.Owner) {
			return api.NotFound("session", id)
		}
		return nil
	}
	if !strings.HasPrefix(id, "ses_") || len(id) > 64 {
		return api.NotFound("session", id)
	}
	k, err := r.know.Session(ctx, id)
	if errors.Is(err, knowledge.ErrNotFound) {
		return api.NotFound("session", id)
	} else if err != nil {
		return err
	}
	s, err := decodeSession(*k)
	if err != nil {
		return err
	}
	sl.session = &s
	return nil
}

func decodeSession(k knowledge.Session) (api.Session, error) {
	s := api.Session{ID: k.ID, ParentID: k.ParentID, Title: k.Title, Time: api.SessionTime{Created: k.Created.UnixMilli(), Updated: k.Updated.UnixMilli()}}
	if len(k.Data) > 0 {
		if err := json.Unmarshal(k.Data, &s); err != nil {
			return s, fmt.Errorf("decode session %s: %w", k.ID, err)
		}
	}
	s.Owner = k.Owner
	return s, nil
}

// edit changes a session, stores it with more changes, and tells of it. One that
// belongs to nobody becomes the caller's.
func (r *server) edit(ctx context.Context, id string, f func(*api.Session), more ...ledger.Change) (*api.Session, error) {
	sl, done := r.sessions.use(id)
	defer done()
	sl.mu.Lock()
	if err := r.load(ctx, sl, id); err != nil {
		sl.mu.Unlock()
		return nil, err
	}
	s := *sl.session
	f(&s)
	if id := identity.Of(ctx); s.Owner == "" && id.Person() {
		s.Owner = id
	}
	s.Time.Updated = now()
	sl.session = &s
	receipt := r.ledger.Append(ledger.Join(append([]ledger.Change{ledger.SessionChange(api.EventSessionUpdated, s)}, more...)...)) // in the order in which the session changed
	sl.mu.Unlock()
	if err := receipt.Wait(ctx); err != nil {
		return nil, err
	}
	return &s, nil
}

func now() int64 { return time.Now().UnixMilli() }

// untitled is how OpenCode calls a session before it has a title.
const untitled = "New session - "

func (r *server) createSession(ctx context.Context, in api.CreateSession) (*api.Session, error) {
	owner := identity.Of(ctx)
	if in.ParentID != "" {
		p, err := r.session(ctx, in.ParentID)
		if err != nil {
			return nil, err
		}
		owner = p.Owner // a sub-agent acts for whom its parent does
	} else if !owner.Person() {
		return nil, api.BadRequest("a session belongs to somebody, and nobody asked")
	}
	if in.Agent != "" && r.agent(in.Agent) == nil {
		return nil, api.BadRequest("there is no agent %q", gate.Line(in.Agent, 80)).WithHint("there are %s", agentNames(r.agents))
	}
	if err := checkRules(in.Permission); err != nil {
		return nil, err
	}
	t := now()
	s := api.Session{ID: knowledge.NewID("ses"), Owner: owner, ProjectID: projectID, Directory: r.directory(), ParentID: in.ParentID, Title: gate.Line(in.Title, 200),
		Version: r.version, Agent: in.Agent, Model: in.Model, Permission: in.Permission, Metadata: in.Metadata,
		Time: api.SessionTime{Created: t, Updated: t}}
	s.Slug = s.ID[4:18]
	if s.Title == "" {
		s.Title = untitled + time.UnixMilli(t).UTC().Format("2006-01-02T15:04:05.000Z")
	}
	return &s, r.ledger.Write(ctx, ledger.SessionChange(api.EventSessionCreated, s))
}

func checkRules(rules []api.PermissionRule) error {
	for _, p := range rules {
		if p.Action != api.ActionAllow && p.Action != api.ActionAsk && p.Action != api.ActionDeny {
			return api.BadRequest("permission %q: action %q is not allow, ask or deny", p.Permission, p.Action)
		}
	}
	return nil
}

// listSessions lists sessions, newest first. A parent of "*" means all.
func (r *server) listSessions(ctx context.Context, parent, search string, limit int) ([]api.Session, error) {
	list, err := r.know.Sessions(ctx, knowledge.ListSessions{Parent: parent, Search: search, Limit: limit})
	if err != nil {
		return nil, err
	}
	out := make([]api.Session, 0, len(list))
	for _, k := range list {
		s, err := decodeSession(k)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// deleteSession ends what runs in a session and its children and removes them.
func (r *server) deleteSession(ctx context.Context, id string) error {
	s, err := r.session(ctx, id)
	if err != nil {
		return err
	}
	all := []api.Session{*s}
	for i := 0; i < len(all); i++ {
		kids, err := r.listSessions(ctx, all[i].ID, "", 1000)
		if err != nil {
			return err
		}
		all = append(all, kids...)
	}
	var c ledger.Change
	for _, s := range all {
		sl, done := r.sessions.use(s.ID)
		defer done()
		sl.mu.Lock()
		sl.deleted = true
		if sl.cancel != nil {
			sl.cancel(errAborted)
		}
		sl.mu.Unlock()
		select { // what the turn still writes must not come after the deletion
		case sl.turn <- struct{}{}:
			defer func() { <-sl.turn }()
		case <-ctx.Done():
			return ctx.Err()
		}
		c.DeleteSessions = append(c.DeleteSessions, s.ID)
		c.Events = append(c.Events, ledger.DeletedEvent(s))
	}
	return r.ledger.Write(ctx, c)
}

// messages returns what was said in a session, oldest first.
func (r *server) messages(ctx context.Context, session string) ([]api.MessageWithParts, error) {
	list, err := r.know.Messages(ctx, session, "")
	if err != nil {
		return nil, err
	}
	out := make([]api.MessageWithParts, 0, len(list))
	for _, k := range list {
		m, err := decodeMessage(k)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

func decodeMessage(k knowledge.Message) (api.MessageWithParts, error) {
	m := api.MessageWithParts{Parts: []api.Part{}}
	if err := json.Unmarshal(k.Data, &m.Info); err != nil {
		return m, fmt.Errorf("decode message %s: %w", k.ID, err)
	}
	for _, kp := range k.Parts {
		var p api.Part
		if err := json.Unmarshal(kp.Data, &p); err != nil {
			return m, fmt.Errorf("decode part %s: %w", kp.ID, err)
		}
		m.Parts = append(m.Parts, p)
	}
	return m, nil
}

// fork copies a session up to a message, with new identifiers.
func (r *server) fork(ctx context.Context, id, before string) (*api.Session, error) {
	from, err := r.session(ctx, id)
	if err != nil {
		return nil, err
	}
	list, err := r.messages(ctx, id)
	if err != nil {
		return nil, err
	}
	if before != "" && !slices.ContainsFunc(list, func(m api.MessageWithParts) bool { return m.Info.ID == before }) {
		return nil, api.NotFound("message", before)
	}
	s := *from
	if id := identity.Of(ctx); id.Person() {
		s.Owner = id
	}
	t := now()
	s.ID, s.ParentID, s.Revert, s.Title = knowledge.NewID("ses"), "", nil, forkTitle(from.Title)
	s.Slug, s.Time, s.Cost, s.Tokens = s.ID[4:18], api.SessionTime{Created: t, Updated: t}, 0, api.Tokens{}
	c := ledger.SessionChange(api.EventSessionCreated, s)
	renamed := map[string]string{}
	for _, m := range list {
		if before != "" && m.Info.ID >= before {
			break
		}
		if m.Info.Role == api.RoleAssistant && m.Info.Time.Completed == 0 {
			continue // runs
		}
		old := m.Info.ID
		m.Info.ID, m.Info.SessionID, m.Info.ParentID = knowledge.NewID("msg"), s.ID, renamed[m.Info.ParentID]
		renamed[old] = m.Info.ID
		c.Messages = append(c.Messages, ledger.Message{Message: m.Info, Status: ledger.StatusOf(m.Info)})
		for _, p := range m.Parts {
			p.ID, p.SessionID, p.MessageID = knowledge.NewID("prt"), s.ID, m.Info.ID
			c.Parts = append(c.Parts, p)
		}
	}
	return &s, r.ledger.Write(ctx, c)
}

func forkTitle(t string) string {
	if strings.HasPrefix(t, untitled) || strings.HasSuffix(t, " (fork)") {
		return t
	}
	return t + " (fork)"
}
