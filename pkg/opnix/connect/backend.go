package connect

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"panther/pkg/opnix/vault"
)

// Backend answers from a Connect server.
type Backend struct {
	URL   string
	Token vault.Value
	CA    []byte // certificate authorities, PEM; nil means the system's
}

// fewItems is up to how many items of a vault are looked up one by one with the
// server's filter; more are found in one listing of the vault.
const fewItems = 2

// uuid is the form of 1Password's identifiers.
var uuid = regexp.MustCompile(`^[a-z0-9]{26}$`)

// Resolve asks for every item that the requests name, each once, a few at a
// time. The first answer that concerns all of them (a refused token, a limit, a
// server that is down) ends it.
func (b Backend) Resolve(ctx context.Context, reqs []vault.Request) (vault.Answer, error) {
	tr, err := newTransport(b.CA)
	if err != nil {
		return vault.Answer{}, &vault.Error{Kind: vault.Invalid, Err: err}
	}
	defer tr.CloseIdleConnections()
	c := &client{base: strings.TrimRight(b.URL, "/"), token: b.Token, http: &http.Client{Transport: tr,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	r := &resolution{client: c}
	err = r.run(ctx, reqs)
	r.answer.Requests = int(c.requests.Load())
	return r.answer, err
}

// resolution is the state of one Resolve.
type resolution struct {
	*client
	mu     sync.Mutex
	answer vault.Answer
}

func (r *resolution) put(q vault.Request, v vault.Value) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer.Put(q, v)
}

func (r *resolution) fail(k vault.Kind, detail string, reqs ...vault.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, q := range reqs {
		r.answer.Fail(q, k, "%s", detail)
	}
}

// refused turns the errors that concern only some requests into failures of
// those and returns the others.
func (r *resolution) refused(err error, what string, reqs []vault.Request) error {
	switch {
	case errors.Is(err, errNotFound):
		r.fail(vault.Missing, "no "+what, reqs...)
	case errors.Is(err, errForbidden):
		r.fail(vault.Missing, what+": "+err.Error(), reqs...)
	default:
		return err
	}
	return nil
}

func (r *resolution) run(ctx context.Context, reqs []vault.Request) error {
	byVault := group(reqs, func(q vault.Request) string { return q.Ref.Vault })
	ids, err := r.vaultIDs(ctx, byVault)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for _, name := range slices.Sorted(maps.Keys(ids)) {
		if err := r.vault(ctx, g, ids[name], byVault[name]); err != nil {
			_ = g.Wait()
			return err
		}
	}
	return g.Wait()
}

// vaultIDs finds the ID of each vault; those without one become failures. What
// looks like an ID is one.
func (r *resolution) vaultIDs(ctx context.Context, byVault map[string][]vault.Request) (map[string]string, error) {
	ids := map[string]string{}
	var names []string
	for _, n := range slices.Sorted(maps.Keys(byVault)) {
		if uuid.MatchString(n) {
			ids[n] = n
			continue
		}
		names = append(names, n)
	}
	if len(names) == 0 {
		return ids, nil
	}
	filter := ""
	if len(names) == 1 {
		filter = eq("name", names[0])
	}
	all, err := r.vaults(ctx, filter)
	if err != nil {
		var reqs []vault.Request
		for _, n := range names {
			reqs = append(reqs, byVault[n]...)
		}
		return ids, r.refused(err, "vaults", reqs)
	}
	named := make([]vault.Section, len(all)) // Pick needs an ID and a name, which is what a section is
	for i, v := range all {
		named[i] = vault.Section{ID: v.ID, Label: v.Name}
	}
	for _, n := range names {
		v, f := vault.Pick("vault", n, named)
		if f != nil {
			r.fail(f.Kind, f.Detail, byVault[n]...)
			continue
		}
		ids[n] = v.ID
	}
	return ids, nil
}

// eq returns a filter of the server; "" for a name that it cannot express.
func eq(attribute, name string) string {
	if strings.ContainsAny(name, `"\`) {
		return ""
	}
	return attribute + ` eq "` + name + `"`
}

// vault finds the items of one vault and has them fetched.
func (r *resolution) vault(ctx context.Context, g *errgroup.Group, id string, reqs []vault.Request) error {
	byItem := group(reqs, func(q vault.Request) string { return q.Ref.Item })
	items := slices.Sorted(maps.Keys(byItem))
	var names []string
	for _, it := range items {
		if !uuid.MatchString(it) {
			names = append(names, it)
			continue
		}
		g.Go(func() error { return r.fetch(ctx, id, it, byItem[it]) })
	}
	if len(names) <= fewItems {
		for _, n := range names {
			g.Go(func() error { return r.find(ctx, id, eq("title", n), []string{n}, byItem, nil) })
		}
		return nil
	}
	return r.find(ctx, id, "", names, byItem, g)
}

// find looks items up by their names and fetches them, in g where there is one.
func (r *resolution) find(ctx context.Context, vaultID, filter string, names []string, byItem map[string][]vault.Request, g *errgroup.Group) error {
	all, err := r.items(ctx, vaultID, filter)
	if err != nil {
		var reqs []vault.Request
		for _, n := range names {
			reqs = append(reqs, byItem[n]...)
		}
		return r.refused(err, fmt.Sprintf("vault %q", reqs[0].Ref.Vault), reqs)
	}
	index := indexOf(all)
	for _, n := range names {
		it, f := vault.Pick("item", n, index[strings.ToLower(n)])
		if f != nil {
			r.fail(f.Kind, f.Detail, byItem[n]...)
			continue
		}
		if g == nil {
			if err := r.fetch(ctx, vaultID, it.ID, byItem[n]); err != nil {
				return err
			}
			continue
		}
		g.Go(func() error { return r.fetch(ctx, vaultID, it.ID, byItem[n]) })
	}
	return nil
}

// indexOf lists items by their ID and by their title in lower case, so that
// finding a thousand in a vault of thousands does not compare millions.
func indexOf(all []wireSummary) map[string][]vault.Section {
	out := make(map[string][]vault.Section, len(all))
	for _, it := range all {
		s := vault.Section{ID: it.ID, Label: it.Title}
		t := strings.ToLower(it.Title)
		out[t] = append(out[t], s)
		if id := strings.ToLower(it.ID); id != t {
			out[id] = append(out[id], s)
		}
	}
	return out
}

// fetch gets an item and answers every request for it.
func (r *resolution) fetch(ctx context.Context, vaultID, id string, reqs []vault.Request) error {
	it, err := r.item(ctx, vaultID, id)
	if err != nil {
		return r.refused(err, fmt.Sprintf("item %q", reqs[0].Ref.Item), reqs)
	}
	// One item after the other: its files are few.
	for _, q := range reqs {
		if q.File {
			if err := r.fetchFile(ctx, vaultID, it, q); err != nil {
				return err
			}
			continue
		}
		v, f := it.PickField(q.Ref)
		if f != nil {
			r.fail(f.Kind, f.Detail, q)
			continue
		}
		r.put(q, v)
	}
	return nil
}

func (r *resolution) fetchFile(ctx context.Context, vaultID string, it vault.Item, q vault.Request) error {
	file, f := it.PickFile(q.Ref)
	if f != nil {
		r.fail(f.Kind, f.Detail, q)
		return nil
	}
	b, err := r.file(ctx, vaultID, it.ID, file.ID)
	if err != nil {
		return r.refused(err, fmt.Sprintf("file %q", q.Ref.Field), []vault.Request{q})
	}
	r.put(q, vault.NewValue(b))
	return nil
}

func group(reqs []vault.Request, key func(vault.Request) string) map[string][]vault.Request {
	out := map[string][]vault.Request{}
	for _, q := range reqs {
		out[key(q)] = append(out[key(q)], q)
	}
	return out
}
