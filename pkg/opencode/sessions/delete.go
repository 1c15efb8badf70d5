package sessions

import (
	"context"
	"strings"
	"time"

	"panther/pkg/knowledge"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/ledger"
)

// Delete ends what runs in a session and its children and removes them.
func (st *Store) Delete(ctx context.Context, id string) error {
	all, release, err := st.end(ctx, id)
	defer release()
	if err != nil {
		return err
	}
	var c ledger.Change
	for _, s := range all {
		c.DeleteSessions = append(c.DeleteSessions, s.ID)
		c.Events = append(c.Events, ledger.DeletedEvent(s))
	}
	return st.ledger.Write(ctx, c)
}

// Discard ends what runs in a session and its children and lays them aside:
// nobody sees them, and Restore brings them back until agentdb has removed them,
// which the time is the earliest for.
func (st *Store) Discard(ctx context.Context, id string) (until time.Time, err error) {
	all, release, err := st.end(ctx, id)
	defer release()
	if err != nil {
		return time.Time{}, err
	}
	at := now()
	var c ledger.Change
	for _, s := range all {
		s.Time.Deleted = at
		c.Sessions = append(c.Sessions, s)
		c.Events = append(c.Events, ledger.DeletedEvent(s))
	}
	return time.UnixMilli(at).Add(knowledge.UndeleteFor).UTC(), st.ledger.Write(ctx, c)
}

// end finds a session and its children, ends what runs in them, and keeps them as
// deleted for everybody until release is called, which is never nil.
func (st *Store) end(ctx context.Context, id string) (all []api.Session, release func(), err error) {
	var undo []func()
	release = func() {
		for _, f := range undo {
			f()
		}
	}
	s, err := st.Get(ctx, id)
	if err != nil {
		return nil, release, err
	}
	all = []api.Session{*s}
	for i := 0; i < len(all); i++ {
		kids, err := st.Children(ctx, all[i].ID)
		if err != nil {
			return nil, release, err
		}
		all = append(all, kids...)
	}
	for _, s := range all {
		sl, done := st.slots.use(s.ID)
		undo = append(undo, done)
		sl.mu.Lock()
		sl.deleted = true
		sl.mu.Unlock()
		sl.abort()
		select { // what the turn still writes must not come after the deletion
		case sl.turn <- struct{}{}:
			undo = append(undo, func() { <-sl.turn })
		case <-ctx.Done():
			return nil, release, ctx.Err()
		}
	}
	return all, release, nil
}

// Restore brings back a session that was discarded, with its children.
func (st *Store) Restore(ctx context.Context, id string) (*api.Session, error) {
	if !strings.HasPrefix(id, "ses_") || len(id) > 64 {
		return nil, api.NotFound("session", id)
	}
	k, err := st.know.Session(ctx, id)
	if err != nil || k.Deleted == nil {
		if err == nil || isNotFound(err) {
			err = api.NotFound("deleted session", id)
		}
		return nil, err
	}
	s, err := decode(*k)
	if err != nil {
		return nil, err
	}
	all := []api.Session{s}
	for i := 0; i < len(all); i++ {
		kids, err := st.Select(ctx, knowledge.ListSessions{Parent: all[i].ID, Deleted: true, Limit: maxChildren})
		if err != nil {
			return nil, err
		}
		all = append(all, kids...)
	}
	var c ledger.Change
	for _, s := range all {
		s.Time.Deleted = 0
		change := ledger.SessionChange(api.EventSessionCreated, s)
		c.Sessions, c.Events = append(c.Sessions, change.Sessions...), append(c.Events, change.Events...)
	}
	if err := st.ledger.Write(ctx, c); err != nil {
		return nil, err
	}
	for _, s := range all { // who still holds one sees it again
		sl, done := st.slots.use(s.ID)
		sl.mu.Lock()
		sl.deleted, sl.session = false, nil
		sl.mu.Unlock()
		done()
	}
	s.Time.Deleted = 0
	return &s, nil
}

// Found is a session with what a search found in it: the newest message, "" where
// only the title has the words.
type Found struct {
	api.Session
	MessageID string
	Excerpt   string // of its text
}

// Search finds sessions by their titles and by what was said in them, newest
// first.
func (st *Store) Search(ctx context.Context, query string, sel knowledge.SearchSessions) ([]Found, error) {
	list, err := st.know.SearchSessions(ctx, query, sel)
	if err != nil {
		return nil, err
	}
	out := make([]Found, 0, len(list))
	for _, k := range list {
		s, err := decode(k.Session)
		if err != nil {
			return nil, err
		}
		out = append(out, Found{s, k.MessageID, k.Excerpt})
	}
	return out, nil
}
