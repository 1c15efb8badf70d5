package sessions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/ledger"
)

// Project is the one project that there is; OpenCode calls what belongs to no
// repository so too.
const Project = "global"

// Untitled begins the title of a session that has none yet, as OpenCode's does.
const Untitled = "New session - "

// ErrAborted is why a turn ends that somebody ended.
var ErrAborted = errors.New("the turn was aborted")

// Store is the sessions. It may be used by several goroutines.
type Store struct {
	know      *knowledge.Client
	ledger    *ledger.Ledger
	directory string
	version   string
	slots     slots
}

// New returns the sessions that agentdb has. New ones are told to be in
// directory, and made by version.
func New(know *knowledge.Client, l *ledger.Ledger, directory, version string) *Store {
	return &Store{know: know, ledger: l, directory: directory, version: version, slots: slots{list: map[string]*slot{}}}
}

// Directory is what clients are told they work in.
func (st *Store) Directory() string { return st.directory }

// Get returns a session as it is now, if it is the caller's. Whatever is done
// with a session begins here or with Edit.
func (st *Store) Get(ctx context.Context, id string) (*api.Session, error) {
	sl, done := st.slots.use(id)
	defer done()
	sl.mu.Lock()
	defer sl.mu.Unlock()
	if err := st.load(ctx, sl, id); err != nil {
		return nil, err
	}
	s := *sl.session
	return &s, nil
}

// load reads the session into its slot, which is locked.
func (st *Store) load(ctx context.Context, sl *slot, id string) error {
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
	k, err := st.know.Session(ctx, id)
	if isNotFound(err) {
		return api.NotFound("session", id)
	} else if err != nil {
		return err
	}
	s, err := decode(*k)
	if err != nil {
		return err
	}
	if s.Time.Deleted != 0 {
		return api.NotFound("session", id)
	}
	sl.session = &s
	return nil
}

func decode(k knowledge.Session) (api.Session, error) {
	s := api.Session{ID: k.ID, ParentID: k.ParentID, Title: k.Title, Time: api.SessionTime{Created: k.Created.UnixMilli(), Updated: k.Updated.UnixMilli()}}
	if len(k.Data) > 0 {
		if err := json.Unmarshal(k.Data, &s); err != nil {
			return s, fmt.Errorf("decode session %s: %w", k.ID, err)
		}
	}
	s.Owner, s.Pinned, s.Time.Deleted = k.Owner, k.Pinned, 0
	if k.Deleted != nil {
		s.Time.Deleted = k.Deleted.UnixMilli()
	}
	return s, nil
}

// Edit changes a session, stores it with more changes, and tells of it. One that
// belongs to nobody becomes the caller's.
func (st *Store) Edit(ctx context.Context, id string, f func(*api.Session), more ...ledger.Change) (*api.Session, error) {
	return st.edit(ctx, id, func(s *api.Session) { f(s); s.Time.Updated = now() }, more...)
}

// Tidy is Edit for what is no news: the session keeps its place in lists.
func (st *Store) Tidy(ctx context.Context, id string, f func(*api.Session)) (*api.Session, error) {
	return st.edit(ctx, id, f)
}

func (st *Store) edit(ctx context.Context, id string, f func(*api.Session), more ...ledger.Change) (*api.Session, error) {
	sl, done := st.slots.use(id)
	defer done()
	sl.mu.Lock()
	if err := st.load(ctx, sl, id); err != nil {
		sl.mu.Unlock()
		return nil, err
	}
	s := *sl.session
	f(&s)
	if id := identity.Of(ctx); s.Owner == "" && id.Person() {
		s.Owner = id
	}
	sl.session = &s
	change := ledger.Join(append([]ledger.Change{ledger.SessionChange(api.EventSessionUpdated, s)}, more...)...)
	receipt := st.ledger.Append(change) // in the order in which the session changed
	sl.mu.Unlock()
	if err := receipt.Wait(ctx); err != nil {
		return nil, err
	}
	return &s, nil
}

func isNotFound(err error) bool { return errors.Is(err, knowledge.ErrNotFound) }

func now() int64 { return time.Now().UnixMilli() }

// Create makes a session of the caller's, or of a parent's owner.
func (st *Store) Create(ctx context.Context, in api.CreateSession) (*api.Session, error) {
	owner := identity.Of(ctx)
	if in.ParentID != "" {
		p, err := st.Get(ctx, in.ParentID)
		if err != nil {
			return nil, err
		}
		owner = p.Owner // a sub-agent acts for whom its parent does
	} else if !owner.Person() {
		return nil, api.BadRequest("a session belongs to somebody, and nobody asked")
	}
	t := now()
	s := api.Session{ID: knowledge.NewID("ses"), Owner: owner, ProjectID: Project, Directory: st.directory, ParentID: in.ParentID, Title: gate.Line(in.Title, 200),
		Version: st.version, Agent: in.Agent, Model: in.Model, Permission: in.Permission, Metadata: in.Metadata,
		Time: api.SessionTime{Created: t, Updated: t}}
	s.Slug = s.ID[4:18]
	if s.Title == "" {
		s.Title = Untitled + time.UnixMilli(t).UTC().Format("2006-01-02T15:04:05.000Z")
	}
	return &s, st.ledger.Write(ctx, ledger.SessionChange(api.EventSessionCreated, s))
}

// AnyParent selects sessions whatever their parent is.
const AnyParent = "*"

// List lists sessions of a parent ("" means none), newest first.
func (st *Store) List(ctx context.Context, parent, search string, limit int) ([]api.Session, error) {
	return st.Select(ctx, knowledge.ListSessions{Parent: parent, Search: search, Limit: limit})
}

// Select lists the sessions that are selected.
func (st *Store) Select(ctx context.Context, sel knowledge.ListSessions) ([]api.Session, error) {
	list, err := st.know.Sessions(ctx, sel)
	if err != nil {
		return nil, err
	}
	out := make([]api.Session, 0, len(list))
	for _, k := range list {
		s, err := decode(k)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// maxChildren bounds the children of a session that are listed at once.
const maxChildren = 1000

// Children lists the sessions of a session's sub-agents.
func (st *Store) Children(ctx context.Context, id string) ([]api.Session, error) {
	return st.List(ctx, id, "", maxChildren)
}
